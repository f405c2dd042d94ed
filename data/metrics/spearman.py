"""How far two orders of the same things agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def spearman(one: Sequence[float], other: Sequence[float]) -> float:
    """Spearman's rank correlation, in [-1, 1]; equal values share the mean of their ranks. Spearman 1904.

    Raises ValueError for different counts, or if all values of one are equal.

    >>> round(spearman([1.0, 2.0, 3.0], [10.0, 30.0, 20.0]), 3)
    0.5
    """
    if len(one) != len(other) or len(set(one)) < 2 or len(set(other)) < 2:
        raise ValueError(f"{len(one)} values and {len(other)}; expected as many, and not all the same")
    return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    _, inverse, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[inverse], dtype=np.float64)
