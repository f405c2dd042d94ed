"""Normalised discounted cumulative gain."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, log2


def ndcg_at(labels: Sequence[int], count: int | None = None) -> float:
    """The gain of the first count (or all) over that of the best order; 0 where nothing is right. labels in ranked order.

    A label is its own gain, discounted by the binary logarithm of one more than its place. Järvelin and Kekäläinen 2002.

    >>> round(ndcg_at([0, 1, 0]), 4)
    0.6309
    """
    best = _gain(sorted(labels, reverse=True)[:count])
    return _gain(labels[:count]) / best if best else 0.0


def _gain(labels: Sequence[int]) -> float:
    return fsum(label / log2(place + 1) for place, label in enumerate(labels, 1))
