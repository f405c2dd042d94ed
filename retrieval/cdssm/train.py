"""Training of a CDSSM: examples in, artifact out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from numpy.typing import NDArray
from torch import Tensor

from data import artifact
from data.artifact import Artifact, Manifest
from data.training.export import export
from retrieval import matcher_training
from retrieval.cdssm.config import Config
from retrieval.cdssm.featurizer import Featurizer
from retrieval.cdssm.net import CDSSM
from retrieval.examples import Example
from retrieval.matcher_training import NEGATIVES, Task, TrainedMatcher


@dataclass(frozen=True)
class Batch:
    """Queries [B, W, G] and replies [B * (1 + NEGATIVES), W, G].

    The right reply of each query comes first.
    """

    queries: Tensor
    replies: Tensor


def train(task: Task, config: Config) -> TrainedMatcher:
    """Train a CDSSM."""
    featurizer = Featurizer(config.buckets, config.max_words, config.max_ngrams)

    def encode(texts: Sequence[str]) -> Tensor:
        return torch.from_numpy(featurizer.encode(texts)["ids"])

    def collate(chosen: list[Example], chance: random.Random) -> Batch:
        wrong = matcher_training.sample_negatives(chosen, chance, NEGATIVES)
        replies = [text for one, others in zip(chosen, wrong, strict=True) for text in (one.right, *others)]
        return Batch(encode([one.context[-1] for one in chosen]), encode(replies))

    def loss_of(net: CDSSM, batch: Batch) -> Tensor:
        query = net.query(batch.queries)
        replies = net.reply(batch.replies).view(len(query), -1, config.width)
        right, wrong = replies[:, 0], replies[:, 1:].reshape(-1, config.width)
        # Shen et al. 2014, section 4.2, with the replies of the whole batch as wrong ones beside the query's own.
        near = config.gamma * query @ torch.cat([right, wrong]).T
        return F.cross_entropy(near, torch.arange(len(query)))

    def compute(net: CDSSM, context: Sequence[str], candidates: Sequence[str]) -> Tensor:
        cosines: Tensor = net.reply(encode(candidates)) @ net.query(encode(context[-1:]))[0]
        return cosines

    return matcher_training.train(
        task, "cdssm", lambda: CDSSM(config), collate, loss_of, compute, partial(_save, featurizer, config)
    )


def _save(featurizer: Featurizer, config: Config, net: CDSSM, manifest: Manifest, folder: Path) -> Artifact:
    """Write the net as an artifact of two graphs, query.onnx and reply.onnx."""
    given = featurizer.encode(["什么是卷积神经网络？", "what is an LSTM", "你好"])
    free = {"ids": {0: "B", 1: "W", 2: "G"}, "vector": {0: "B"}}
    graphs: dict[str, bytes] = {}
    golden: dict[str, NDArray[Any]] = {}
    for file, tower in (("query.onnx", net.query), ("reply.onnx", net.reply)):
        graphs[file], outputs = export(tower, given, ["vector"], free, file)
        golden |= outputs
    described = replace(manifest, config={"model": "cdssm", **config.to_dict()}, codec=featurizer.to_dict())
    return artifact.write(folder, described, graphs, golden=golden)
