"""Training of a DRMM: examples in, artifact out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from data import artifact
from data.artifact import Artifact, Manifest
from data.training.export import export
from retrieval import matcher_training
from retrieval.drmm.featurizer import Featurizer
from retrieval.drmm.net import DRMM
from retrieval.examples import Example
from retrieval.matcher_training import NEGATIVES, Task, TrainedMatcher


@dataclass(frozen=True)
class Batch:
    """Histograms [B * (1 + NEGATIVES), Q, bins] and weights of the same rows.

    The right reply of each query comes first.
    """

    histograms: Tensor
    weights: Tensor


def train(task: Task, featurizer: Featurizer) -> TrainedMatcher:
    """Train a DRMM.

    Source: Guo et al. 2016, section 4.4: the hinge loss with margin 1.
    """
    config = featurizer.config
    encode = lru_cache(maxsize=200_000)(lambda query, reply: featurizer.encode(query, [reply]))

    def collate(chosen: list[Example], chance: random.Random) -> Batch:
        wrong = matcher_training.sample_negatives(chosen, chance, NEGATIVES)
        rows = [
            encode(one.context[-1], text)
            for one, others in zip(chosen, wrong, strict=True)
            for text in (one.right, *others)
        ]
        longest = max(row["weights"].shape[1] for row in rows)
        histograms = np.zeros((len(rows), longest, config.bins), dtype=np.float32)
        weights = np.zeros((len(rows), longest), dtype=np.float32)
        for number, row in enumerate(rows):
            histograms[number, : row["weights"].shape[1]] = row["histograms"][0]
            weights[number, : row["weights"].shape[1]] = row["weights"][0]
        return Batch(torch.from_numpy(histograms), torch.from_numpy(weights))

    def loss_of(net: DRMM, batch: Batch) -> Tensor:
        return matcher_training.hinge_loss(net(batch.histograms, batch.weights))

    def compute(net: DRMM, context: Sequence[str], candidates: Sequence[str]) -> Tensor:
        given = featurizer.encode(context[-1], candidates)
        scores: Tensor = net(*(torch.from_numpy(given[name]) for name in ("histograms", "weights")))
        return scores

    return matcher_training.train(
        task, "drmm", lambda: DRMM(config), collate, loss_of, compute, partial(_save, featurizer)
    )


def _save(featurizer: Featurizer, net: DRMM, manifest: Manifest, folder: Path) -> Artifact:
    """Write the net as an artifact of one graph, net.onnx."""
    given: dict[str, NDArray[Any]] = dict(
        featurizer.encode("什么是 LSTM what is it", ["LSTM 是一种循环网络", "a kind of network"])
    )
    free = {"histograms": {0: "B", 1: "Q"}, "weights": {0: "B", 1: "Q"}, "score": {0: "B"}}
    graph, golden = export(net, given, ["score"], free)
    described = replace(manifest, config={"model": "drmm", **featurizer.config.to_dict()})
    return artifact.write(folder, described, {"net.onnx": graph}, golden=golden)
