"""Training a DRMM: examples in, artifact out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from data import artifact
from data.artifact import Artifact, Manifest
from data.records import Selection
from data.training.export import export
from data.training.loop import Plan
from retrieval import matcher_training
from retrieval.drmm.featurizer import Featurizer
from retrieval.drmm.net import DRMM
from retrieval.examples import Example
from retrieval.postings import Floats

_WRONG = 4


@dataclass(frozen=True)
class Batch:
    """Histograms [B * (1 + negatives), Q, bins] and weights of the same rows.

    The right reply of each query comes first.
    """

    histograms: Tensor
    weights: Tensor


@dataclass(frozen=True)
class Evaluated:
    """The net under training, as it will score when it serves."""

    net: DRMM
    featurizer: Featurizer
    name: str = "drmm"

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        """Return the score of each candidate as a reply to the last turn."""
        given = self.featurizer.encode(context[-1], candidates)
        with torch.no_grad():
            made: Floats = self.net(*(torch.from_numpy(given[name]) for name in ("histograms", "weights"))).numpy()
        return made


def train(
    examples: Sequence[Example], dev: Sequence[Selection], featurizer: Featurizer, plan: Plan, size: int, folder: Path
) -> tuple[DRMM, float]:
    """Train a net; return the best one on dev, and its mean average precision there.

    The loss is the hinge with margin 1 (Guo et al. 2016, section 4.4).
    """
    torch.manual_seed(plan.seed)
    net = DRMM(featurizer.config)
    encode = lru_cache(maxsize=200_000)(lambda query, reply: featurizer.encode(query, [reply]))

    def collate(chosen: list[Example], chance: random.Random) -> Batch:
        wrong = matcher_training.sample_negatives(chosen, chance, _WRONG)
        rows = [
            encode(one.context[-1], text)
            for one, others in zip(chosen, wrong, strict=True)
            for text in (one.right, *others)
        ]
        longest = max(row["weights"].shape[1] for row in rows)
        histograms = np.zeros((len(rows), longest, featurizer.config.bins), dtype=np.float32)
        weights = np.zeros((len(rows), longest), dtype=np.float32)
        for number, row in enumerate(rows):
            histograms[number, : row["weights"].shape[1]] = row["histograms"][0]
            weights[number, : row["weights"].shape[1]] = row["weights"][0]
        return Batch(torch.from_numpy(histograms), torch.from_numpy(weights))

    def loss_of(model: DRMM, batch: Batch) -> Tensor:
        found = model(batch.histograms, batch.weights).view(-1, 1 + _WRONG)
        return torch.relu(1 - found[:, :1] + found[:, 1:]).mean()

    best = matcher_training.train(
        net, examples, dev, collate, loss_of, lambda model: Evaluated(model, featurizer), plan, size, folder
    )
    return net, best


def save(net: DRMM, featurizer: Featurizer, manifest: Manifest, folder: Path) -> Artifact:
    """Write the net as an artifact of one graph, net.onnx."""
    given: dict[str, NDArray[Any]] = dict(
        featurizer.encode("什么是 LSTM what is it", ["LSTM 是一种循环网络", "a kind of network"])
    )
    free = {"histograms": {0: "B", 1: "Q"}, "weights": {0: "B", 1: "Q"}, "score": {0: "B"}}
    graph, golden = export(net, given, ["score"], free)
    described = replace(manifest, config={"model": "drmm", **featurizer.config.to_dict()})
    return artifact.write(folder, described, {"net.onnx": graph}, golden=golden)
