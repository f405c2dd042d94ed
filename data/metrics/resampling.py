"""The bootstrap for data in parts.

The weight of a cluster in each round depends on its name alone.
"""

from __future__ import annotations

import hashlib
from math import exp, factorial

import numpy as np
from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_PARTS = 4


def _thresholds() -> NDArray[np.uint16]:
    total, found = 0.0, []
    for count in range(8):
        total += exp(-1) / factorial(count)
        found.append(round(total * 65536))
    return np.array([min(65535, threshold) for threshold in found], dtype=np.uint16)


_TABLE = np.searchsorted(_thresholds(), np.arange(65536, dtype=np.uint16), side="right").astype(np.uint8)


def derive_seed(name: str) -> int:
    """Return 64 bits for a name, the same in every process and release.

    >>> derive_seed("对话 1") == derive_seed("对话 1"), derive_seed("a") == derive_seed("b")
    (True, False)
    """
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def mix_bits(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the values with mixed bits.

    Source: the finalizer of SplitMix64, Steele, Lea and Flood 2014.
    """
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def draw_weights(seeds: NDArray[np.uint64], rounds: int) -> NDArray[np.uint8]:
    """Return how often each cluster is drawn in each round: uint8 [N, rounds].

    The counts are Poisson with mean 1.

    In sampling with replacement the count of a cluster is nearly Poisson(1). Drawn this way, clusters are independent and
    parts of the data can be resampled separately.

    Source: Chamandy et al. 2012, Estimating Uncertainty for Massive Data Streams.

    >>> drawn = draw_weights(np.arange(1000, dtype=np.uint64), 8)
    >>> drawn.shape, bool(0.9 < drawn.mean() < 1.1), bool(0.9 < drawn.var() < 1.1)
    ((1000, 8), True, True)
    """
    steps = -(-rounds // _PARTS)
    with np.errstate(over="ignore"):
        drawn = mix_bits(mix_bits(seeds)[:, None] + np.arange(1, steps + 1, dtype=np.uint64)[None, :] * _GOLDEN)
    return np.asarray(_TABLE[drawn.astype("<u8").view("<u2")][:, :rounds], dtype=np.uint8)
