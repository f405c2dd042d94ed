"""How far a difference between two systems could be chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Difference:
    """The mean difference and the interval that holds 95 % of its bootstrap samples."""

    mean: float
    low: float
    high: float


def compare_pairs(one: Sequence[float], other: Sequence[float], rounds: int = 10_000, seed: int = 0) -> Difference:
    """one minus other, over queries that both answered. Raises ValueError for none, or for different counts.

    Queries are drawn anew with replacement in every round. Efron and Tibshirani 1993, chapter 13; Koehn 2004 for its use here.

    >>> compare_pairs([1.0, 1.0, 1.0], [0.5, 0.5, 0.5], rounds=10)
    Difference(mean=0.5, low=0.5, high=0.5)
    """
    if not one or len(one) != len(other):
        raise ValueError(f"{len(one)} values and {len(other)}; expected as many, and at least one")
    apart = np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64)
    chance = np.random.default_rng(seed)
    means = [float(apart[chance.integers(0, len(apart), len(apart))].mean()) for _ in range(rounds)]
    low, high = np.percentile(means, [2.5, 97.5])
    return Difference(float(apart.mean()), float(low), float(high))
