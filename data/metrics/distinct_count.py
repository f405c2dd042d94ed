"""Count distinct values: exactly up to a limit, then with a sketch of fixed size.

Counts can be merged.
"""

from __future__ import annotations

from math import log

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

EXACT = 2**17
_BITS = 16
_REGISTERS = 2**_BITS
_ALPHA = 0.7213 / (1 + 1.079 / _REGISTERS)


class DistinctCount:
    """Counts distinct 64-bit hashes.

    Up to EXACT of them each is stored. Beyond that it keeps the registers of HyperLogLog (Flajolet et al. 2007, figure 3) with
    a standard error of 1.04 / sqrt(65,536) = 0.4 %. The merged count does not depend on how a set is split into parts:
    registers are maxima, and the change from one form to the other depends on the whole set alone.

    >>> one, other = DistinctCount(), DistinctCount()
    >>> one.add(np.array([1, 2, 2], dtype=np.uint64)); other.add(np.array([2, 3], dtype=np.uint64)); one.merge(other)
    >>> one.count(), one.exact
    (3, True)
    """

    def __init__(self) -> None:
        self.known: Hashes = np.zeros(0, dtype=np.uint64)
        self.registers: NDArray[np.uint8] | None = None

    @property
    def exact(self) -> bool:
        """Return whether the count is exact."""
        return self.registers is None

    def add(self, hashes: Hashes) -> None:
        """Add hashes, uint64 [N], which must be uniformly distributed."""
        if self.registers is not None:
            self._raise(hashes)
            return
        self.known = np.union1d(self.known, hashes)
        if len(self.known) > EXACT:
            self.registers = np.zeros(_REGISTERS, dtype=np.uint8)
            self._raise(self.known)
            self.known = np.zeros(0, dtype=np.uint64)

    def merge(self, other: DistinctCount) -> None:
        """Add the hashes of another count."""
        if other.registers is None:
            self.add(other.known)
            return
        if self.registers is None:
            self.registers = np.zeros(_REGISTERS, dtype=np.uint8)
            self._raise(self.known)
            self.known = np.zeros(0, dtype=np.uint64)
        np.maximum(self.registers, other.registers, out=self.registers)

    def count(self) -> int:
        """Return the number of distinct hashes."""
        if self.registers is None:
            return len(self.known)
        # Powers of two and their sum below 2**53 are exact, so the order in which they are added does not matter.
        raised = np.bincount(self.registers, minlength=64)
        total = sum(int(many) * 2.0**-place for place, many in enumerate(raised))
        estimate: float = _ALPHA * _REGISTERS**2 / total
        empty = int(raised[0])
        if estimate <= 2.5 * _REGISTERS and empty:
            estimate = _REGISTERS * log(_REGISTERS / empty)
        return round(estimate)

    def _raise(self, hashes: Hashes) -> None:
        if self.registers is None or not len(hashes):
            return
        place = (hashes >> np.uint64(64 - _BITS)).astype(np.int64)
        rest = hashes & np.uint64(2 ** (64 - _BITS) - 1)
        # The position of the first 1 among the 48 bits that are left, counted from 1; frexp is exact below 2**53.
        exponent = np.frexp(rest.astype(np.float64))[1]
        rank = (64 - _BITS + 1 - exponent).astype(np.uint8)
        np.maximum.at(self.registers, place, rank)
