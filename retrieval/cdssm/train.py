"""Training a CDSSM: examples in, artifact out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from numpy.typing import NDArray
from torch import Tensor

from data import artifact
from data.artifact import Artifact, Manifest
from data.records import Selection
from data.training.export import export
from data.training.loop import Plan
from retrieval import matcher_training
from retrieval.cdssm.config import Config
from retrieval.cdssm.featurizer import Featurizer
from retrieval.cdssm.net import CDSSM
from retrieval.examples import Example
from retrieval.postings import Floats

_WRONG = 4


@dataclass(frozen=True)
class Batch:
    """Queries [B, W, G] and replies [B * (1 + negatives), W, G].

    The right reply of each query comes first.
    """

    queries: Tensor
    replies: Tensor


@dataclass(frozen=True)
class Evaluated:
    """The net under training, as it will score when it serves."""

    net: CDSSM
    featurizer: Featurizer
    name: str = "cdssm"

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        """Return the cosine of the last turn with each candidate as a reply."""
        query, replies = (torch.from_numpy(self.featurizer.encode(part)["ids"]) for part in (context[-1:], candidates))
        with torch.no_grad():
            made: Floats = (self.net.reply(replies) @ self.net.query(query)[0]).numpy()
        return made


def build_featurizer(config: Config) -> Featurizer:
    """Build the featurizer that belongs to a config."""
    return Featurizer(config.buckets, config.max_words, config.max_ngrams)


def train(
    examples: Sequence[Example], dev: Sequence[Selection], config: Config, plan: Plan, size: int, folder: Path
) -> tuple[CDSSM, float]:
    """Train a net; return the best one on dev, and its mean average precision there."""
    featurizer = build_featurizer(config)
    torch.manual_seed(plan.seed)
    net = CDSSM(config)

    def collate(chosen: list[Example], chance: random.Random) -> Batch:
        wrong = matcher_training.sample_negatives(chosen, chance, _WRONG)
        replies = [text for one, others in zip(chosen, wrong, strict=True) for text in (one.right, *others)]
        queries = featurizer.encode([one.context[-1] for one in chosen])
        return Batch(torch.from_numpy(queries["ids"]), torch.from_numpy(featurizer.encode(replies)["ids"]))

    def loss_of(model: CDSSM, batch: Batch) -> Tensor:
        query = model.query(batch.queries)
        replies = model.reply(batch.replies).view(len(query), -1, config.width)
        right, wrong = replies[:, 0], replies[:, 1:].reshape(-1, config.width)
        # Shen et al. 2014, section 4.2, with the replies of the whole batch as wrong ones beside the query's own.
        near = config.gamma * query @ torch.cat([right, wrong]).T
        return F.cross_entropy(near, torch.arange(len(query)))

    best = matcher_training.train(
        net, examples, dev, collate, loss_of, lambda model: Evaluated(model, featurizer), plan, size, folder
    )
    return net, best


def save(net: CDSSM, config: Config, manifest: Manifest, folder: Path) -> Artifact:
    """Write the net as an artifact of two graphs, query.onnx and reply.onnx."""
    featurizer = build_featurizer(config)
    given = featurizer.encode(["什么是卷积神经网络？", "what is an LSTM", "你好"])
    free = {"ids": {0: "B", 1: "W", 2: "G"}, "vector": {0: "B"}}
    graphs: dict[str, bytes] = {}
    golden: dict[str, NDArray[Any]] = {}
    for file, tower in (("query.onnx", net.query), ("reply.onnx", net.reply)):
        graphs[file], made = export(tower, given, ["vector"], free, file)
        golden |= made
    described = replace(manifest, config={"model": "cdssm", **config.to_dict()}, codec=featurizer.to_dict())
    return artifact.write(folder, described, graphs, golden=golden)
