"""Histograms with fixed bins: percentiles from counts that can be added up."""

from __future__ import annotations

from math import floor, log2

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]

_PER_DOUBLING = 32
_LEAST = -7
"""Values below 2**-7 share the first bin."""
BINS = (_LEAST * -1 + 33) * _PER_DOUBLING + 1


def create_bins() -> Counts:
    """Return int64 [BINS] of zeros."""
    return np.zeros(BINS, dtype=np.int64)


def find_bin(value: float) -> int:
    """Return the bin of a value of at least zero.

    >>> find_bin(0.0), find_bin(1.0), find_bin(2.0) - find_bin(1.0)
    (0, 225, 32)

    A doubling has 32 bins, so a bin is 2.2 % wide.
    """
    if value < 2.0**_LEAST:
        return 0
    return min(BINS - 1, 1 + floor((log2(value) - _LEAST) * _PER_DOUBLING))


def bin_value(place: int) -> float:
    """Return the geometric middle of a bin; 0 for the first one."""
    return 0.0 if place == 0 else float(2.0 ** (_LEAST + (place - 0.5) / _PER_DOUBLING))


def percentile(counts: Counts, share: float) -> float | None:
    """Return the value below which a share of the counts lies, to within 1.1 %.

    It is None without counts.

    >>> counts = create_bins()
    >>> for value in (10.0, 10.0, 10.0, 1000.0):
    ...     counts[find_bin(value)] += 1
    >>> round(percentile(counts, 0.5), 1), round(percentile(counts, 0.99))
    (10.0, 991)
    """
    total = int(counts.sum())
    if total == 0:
        return None
    wanted = max(1, -(-round(share * 1_000_000) * total // 1_000_000))
    return bin_value(int(np.searchsorted(np.cumsum(counts), wanted)))
