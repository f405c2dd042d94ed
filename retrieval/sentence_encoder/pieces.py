"""The vectors of subword pieces, quantized to four bits a value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.postings import Floats

LEVELS = 16
# Values beyond so many deviations of their row are cut off: finer steps for the others are worth more.
_CLIP = 2.6


@dataclass(frozen=True)
class PieceTable:
    """Quantized vectors.

    codes are uint8 [V, D / 2], two values a byte; scales are float32 [V, 2], the step and the lowest value of each row.
    """

    codes: NDArray[np.uint8]
    scales: Floats

    @classmethod
    def quantize(cls, vectors: Floats) -> PieceTable:
        """Return the table of vectors float32 [V, D], D even, in 16 levels a row."""
        mean, reach = vectors.mean(axis=1, keepdims=True), vectors.std(axis=1, keepdims=True) * _CLIP + 1e-8
        step = 2 * reach / (LEVELS - 1)
        levels = np.clip(np.round((vectors - mean + reach) / step), 0, LEVELS - 1).astype(np.uint8)
        codes = levels[:, 0::2] | (levels[:, 1::2] << 4)
        return cls(codes, np.hstack([step, mean - reach]).astype(np.float32))

    @classmethod
    def open(cls, codes: Path, scales: Path) -> PieceTable:
        """Open the table in two files, memory-mapped.

        Only rows that are looked up take memory.
        """
        return cls(np.load(codes, mmap_mode="r", allow_pickle=False), np.load(scales, allow_pickle=False))

    def lookup(self, ids: NDArray[np.int64]) -> Floats:
        """Return the vectors float32 [..., D] of ids int64 [...]."""
        packed = np.asarray(self.codes[ids])
        levels = np.empty((*packed.shape[:-1], 2 * packed.shape[-1]), np.float32)
        levels[..., 0::2], levels[..., 1::2] = packed & 15, packed >> 4
        scales = self.scales[ids]
        levels *= scales[..., 0:1]
        levels += scales[..., 1:2]
        return levels
