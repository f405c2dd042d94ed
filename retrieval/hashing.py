"""Hashing of text units to numbers, without a vocabulary and always the same."""

from __future__ import annotations

import zlib


def hash_unit(unit: str, buckets: int) -> int:
    """Return the bucket of a unit, 1 .. buckets - 1, by CRC-32; 0 means "nothing".

    CRC-32 needs no seed and no table of ours.

    >>> hash_unit("#cn", 30_000), hash_unit("学", 30_000)
    (25987, 18232)
    """
    return zlib.crc32(unit.encode("utf-8", "replace")) % (buckets - 1) + 1
