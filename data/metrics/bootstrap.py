"""The paired bootstrap: is a difference between two systems due to chance?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Difference:
    """The mean difference and its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float


def compare_pairs(one: Sequence[float], other: Sequence[float], rounds: int = 10_000, seed: int = 0) -> Difference:
    """Return the difference one minus other over the same queries.

    The queries are resampled in every round.

    Raises:
        ValueError: There are none, or the counts differ.

    Source: Efron and Tibshirani 1993, chapter 13; Koehn 2004 for its use here.

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
