"""Training of a DSSM: examples in, artifact out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn

from data import artifact
from data.artifact import Artifact, Manifest
from data.text.padding import pad_rows
from data.training.export import export, quantize_with_golden
from retrieval import matcher_training
from retrieval.dssm.config import Config
from retrieval.dssm.featurizer import GRAPH, Featurizer
from retrieval.dssm.net import DSSM
from retrieval.examples import Example
from retrieval.matcher_training import Task, TrainedMatcher


@dataclass(frozen=True)
class Batch:
    """Queries [B, T], earlier turns [B, E], replies [B * (1 + negatives), R].

    The right reply of each query comes first.
    """

    ids: Tensor
    earlier: Tensor
    replies: Tensor


class Towers(nn.Module):
    """Both towers as one graph, so that what they share is stored once.

    A reply has no earlier turns.
    """

    def __init__(self, net: DSSM) -> None:
        super().__init__()
        self.net = net

    def forward(self, ids: Tensor, earlier: Tensor) -> tuple[Tensor, Tensor]:
        """Return unit vectors float32 [B, width] of ids as queries and as replies.

        ids are int64 [B, T]; earlier are int64 [B, E] and belong to the queries.
        """
        return self.net.query(ids, earlier), _encode_replies(self.net, ids)


def build_featurizer(config: Config) -> Featurizer:
    """Build the featurizer that belongs to a config."""
    # The published one reads all of a text; ours the beginning, where a turn says what it is about and which pads little.
    is_published = config.variant == "huang"
    return Featurizer(config.buckets, False, 400) if is_published else Featurizer(config.buckets, True, 128)


def train(task: Task, config: Config, small: bool = False) -> TrainedMatcher:
    """Train a DSSM; with small, it is saved in eight bits."""
    featurizer = build_featurizer(config)
    hash_units = cache(featurizer.hash_units)

    def collate(chosen: list[Example], chance: random.Random) -> Batch:
        wrong = matcher_training.sample_negatives(chosen, chance, config.negatives)
        earlier = [
            [id for turn in one.context[:-1] for id in hash_units(turn)][-featurizer.max_units :] for one in chosen
        ]
        texts = [text for one, others in zip(chosen, wrong, strict=True) for text in (one.right, *others)]
        rows = ([hash_units(one.context[-1]) for one in chosen], earlier, [hash_units(text) for text in texts])
        return Batch(*(torch.from_numpy(pad_rows(part)).to(task.plan.device) for part in rows))

    def loss_of(net: DSSM, batch: Batch) -> Tensor:
        query = net.query(batch.ids, batch.earlier)
        replies = _encode_replies(net, batch.replies).view(len(query), -1, config.width)
        labels = torch.arange(len(query), device=query.device)
        right, wrong = replies[:, 0], replies[:, 1:].reshape(-1, config.width)
        # The posterior of section 3.3, with the replies of the whole batch as wrong ones beside the query's own.
        answers = F.cross_entropy(config.gamma * query @ torch.cat([right, wrong]).T, labels)
        if config.variant == "huang":
            return answers
        # A reply must find its query as well: twice the signal from the same work.
        return (answers + F.cross_entropy(config.gamma * right @ query.T, labels)) / 2

    def compute(net: DSSM, context: Sequence[str], candidates: Sequence[str]) -> Tensor:
        query = {name: torch.from_numpy(ids) for name, ids in featurizer.encode_queries([context]).items()}
        replies = _encode_replies(net, torch.from_numpy(featurizer.encode(candidates)["ids"]))
        cosines: Tensor = replies @ net.query(query["ids"], query["earlier"])[0]
        return cosines

    return matcher_training.train(
        task,
        "dssm",
        lambda: DSSM(config).to(task.plan.device),
        collate,
        loss_of,
        compute,
        partial(_save, featurizer, config, small),
    )


def _save(featurizer: Featurizer, config: Config, small: bool, net: DSSM, manifest: Manifest, folder: Path) -> Artifact:
    """Write the net as an artifact of one graph."""
    texts = ["什么是卷积神经网络？", "what is an LSTM", "你好", "thanks a lot"]
    given = featurizer.encode_queries([(text[::-1], text) for text in texts])
    axes = {"ids": {0: "B", 1: "T"}, "earlier": {0: "B", 1: "E"}, "query": {0: "B"}, "reply": {0: "B"}}
    graph, golden = export(Towers(net), given, ["query", "reply"], axes, GRAPH)
    if small:
        graph, golden = quantize_with_golden(graph, given, GRAPH)
    described = replace(manifest, config={"model": "dssm", **config.to_dict()}, codec=featurizer.to_dict())
    return artifact.write(folder, described, {GRAPH: graph}, golden=golden)


def _encode_replies(net: DSSM, ids: Tensor) -> Tensor:
    vectors: Tensor = net.reply(ids, torch.zeros_like(ids[:, :1]))
    return vectors
