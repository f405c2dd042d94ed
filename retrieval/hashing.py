"""Units of text to numbers without a vocabulary: the same everywhere and for ever."""

from __future__ import annotations

import zlib


def hash_unit(unit: str, buckets: int) -> int:
    """The bucket of a unit, 1 .. buckets - 1; 0 is left for "nothing". CRC-32, which needs no seed and no table of ours.

    >>> hashed("#cn", 30_000), hashed("学", 30_000)
    (25987, 18232)
    """
    return zlib.crc32(unit.encode("utf-8", "replace")) % (buckets - 1) + 1
