"""Normalised discounted cumulative gain."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, log2


def ndcg_at(labels: Sequence[int], count: int | None = None) -> float:
    """Return NDCG of the first count labels (or all), in ranked order.

    It is 0 without a right one.

    A label is its own gain, discounted by the binary logarithm of its rank plus one.

    Source: Järvelin and Kekäläinen 2002.

    >>> round(ndcg_at([0, 1, 0]), 4)
    0.6309
    """
    best = _gain(sorted(labels, reverse=True)[:count])
    return _gain(labels[:count]) / best if best else 0.0


def _gain(labels: Sequence[int]) -> float:
    return fsum(label / log2(place + 1) for place, label in enumerate(labels, 1))
