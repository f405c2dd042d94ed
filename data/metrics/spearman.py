"""Spearman's rank correlation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def spearman(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the correlation of the ranks, in [-1, 1].

    Equal values share their mean rank.

    The result is 0 if all values of a list are equal.

    Raises:
        ValueError: The lists differ in length.

    Source: Spearman 1904, The Proof and Measurement of Association between Two Things.

    >>> spearman([1, 2, 3, 4], [10, 20, 40, 30])
    0.8
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} values; expected as many of the one as of the other")
    one, other = _ranks(first), _ranks(second)
    one, other = one - one.mean(), other - other.mean()
    length = float(np.sqrt((one @ one) * (other @ other)))
    return round(float(one @ other) / length, 12) if length else 0.0


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    _, place, count = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place], dtype=np.float64)
