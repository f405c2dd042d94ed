"""Training a DSSM: examples in, artifact out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn

from data import artifact
from data.artifact import Artifact, Manifest
from data.records import Selection
from data.text.padding import pad_rows
from data.training.export import export, quantize_with_golden
from data.training.loop import Plan
from retrieval import matcher_training
from retrieval.dssm.config import Config
from retrieval.dssm.featurizer import GRAPH, Featurizer
from retrieval.dssm.net import DSSM
from retrieval.examples import Example
from retrieval.postings import Floats


@dataclass(frozen=True)
class Batch:
    """Queries [B, T], earlier turns [B, E], replies [B * (1 + negatives), R].

    The right reply of each query comes first.
    """

    ids: Tensor
    earlier: Tensor
    replies: Tensor


@dataclass(frozen=True)
class Evaluated:
    """The net under training, as it will score when it serves."""

    net: DSSM
    featurizer: Featurizer
    name: str = "dssm"

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        """Return the cosine of the context with each candidate as a reply."""
        query = {name: torch.from_numpy(ids) for name, ids in self.featurizer.encode_queries([context]).items()}
        replies = torch.from_numpy(self.featurizer.encode(candidates)["ids"])
        with torch.no_grad():
            made: Floats = (_reply(self.net, replies) @ self.net.query(query["ids"], query["earlier"])[0]).numpy()
        return made


class Towers(nn.Module):
    """Both towers as one graph, so that what they share is stored once.

    Args:
        reply has no earlier turns.
    """

    def __init__(self, net: DSSM) -> None:
        super().__init__()
        self.net = net

    def forward(self, ids: Tensor, earlier: Tensor) -> tuple[Tensor, Tensor]:
        """Return unit vectors float32 [B, width] of ids as queries and as replies.

        ids are int64 [B, T]; earlier are int64 [B, E] and belong to the queries.
        """
        return self.net.query(ids, earlier), _reply(self.net, ids)


def build_featurizer(config: Config) -> Featurizer:
    """Build the featurizer that belongs to a config."""
    # The published one reads all of a text; ours the beginning, where a turn says what it is about and which pads little.
    return (
        Featurizer(config.buckets, False, 400) if config.variant == "huang" else Featurizer(config.buckets, True, 128)
    )


def train(
    examples: Sequence[Example], dev: Sequence[Selection], config: Config, plan: Plan, size: int, folder: Path
) -> tuple[DSSM, float]:
    """Train a net; return the best one on dev, and its mean average precision there."""
    featurizer = build_featurizer(config)
    torch.manual_seed(plan.seed)
    net = DSSM(config).to(plan.device)
    ids = cache(featurizer.hash_units)

    def collate(chosen: list[Example], chance: random.Random) -> Batch:
        wrong = matcher_training.sample_negatives(chosen, chance, config.negatives)
        earlier = [[id for turn in one.context[:-1] for id in ids(turn)][-featurizer.max_units :] for one in chosen]
        replies = [ids(text) for one, others in zip(chosen, wrong, strict=True) for text in (one.right, *others)]
        rows = ([ids(one.context[-1]) for one in chosen], earlier, replies)
        return Batch(*(torch.from_numpy(pad_rows(part)).to(plan.device) for part in rows))

    def loss_of(model: DSSM, batch: Batch) -> Tensor:
        query = model.query(batch.ids, batch.earlier)
        replies = _reply(model, batch.replies).view(len(query), -1, config.width)
        labels = torch.arange(len(query), device=query.device)
        right, wrong = replies[:, 0], replies[:, 1:].reshape(-1, config.width)
        # The posterior of section 3.3, with the replies of the whole batch as wrong ones beside the query's own.
        answers = F.cross_entropy(config.gamma * query @ torch.cat([right, wrong]).T, labels)
        if config.variant == "huang":
            return answers
        # A reply must find its query as well: twice the signal from the same work.
        return (answers + F.cross_entropy(config.gamma * right @ query.T, labels)) / 2

    best = matcher_training.train(
        net, examples, dev, collate, loss_of, lambda model: Evaluated(model, featurizer), plan, size, folder
    )
    return net, best


def save(net: DSSM, config: Config, manifest: Manifest, folder: Path, small: bool) -> Artifact:
    """Write the net as an artifact of one graph; with small, in eight bits."""
    featurizer = build_featurizer(config)
    texts = ["什么是卷积神经网络？", "what is an LSTM", "你好", "thanks a lot"]
    given = featurizer.encode_queries([(text[::-1], text) for text in texts])
    axes = {"ids": {0: "B", 1: "T"}, "earlier": {0: "B", 1: "E"}, "query": {0: "B"}, "reply": {0: "B"}}
    graph, golden = export(Towers(net), given, ["query", "reply"], axes, GRAPH)
    if small:
        graph, golden = quantize_with_golden(graph, given, GRAPH)
    described = replace(manifest, config={"model": "dssm", **config.to_dict()}, codec=featurizer.to_dict())
    return artifact.write(folder, described, {GRAPH: graph}, golden=golden)


def _reply(net: DSSM, ids: Tensor) -> Tensor:
    vectors: Tensor = net.reply(ids, torch.zeros_like(ids[:, :1]))
    return vectors
