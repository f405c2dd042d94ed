"""Bit-parallel edit distance and longest common subsequence.

Args:
    row of the dynamic programme is one integer, a column of it one step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def build_masks(sequence: Sequence[str]) -> dict[str, int]:
    """Return for each item the places where it stands, as bits of an integer."""
    made: dict[str, int] = {}
    for place, item in enumerate(sequence):
        made[item] = made.get(item, 0) | 1 << place
    return made


def measure_common_subsequence(length: int, places: Mapping[str, int], other: Sequence[str]) -> int:
    """Return the length of the longest common subsequence of two sequences.

    The first one is given by its length and its masks.

    Hyyrö 2004, Bit-parallel LCS-length computation revisited, section 3.

    >>> measure_common_subsequence(4, build_masks("怎么开户"), "开户怎么开")
    3
    """
    whole = (1 << length) - 1
    row = whole
    for item in other:
        met = row & places.get(item, 0)
        row = ((row + met) | (row - met)) & whole
    return length - row.bit_count()


def count_edits(length: int, places: Mapping[str, int], other: Sequence[str]) -> int:
    """Return the fewest insertions, deletions and substitutions between two sequences.

    The first one is given by its length and its masks.

    Myers 1999, A fast bit-vector algorithm for approximate string matching; whole sequences as in Hyyrö 2003, section 3.

    >>> count_edits(6, build_masks("kitten"), "sitting"), count_edits(0, {}, "abc")
    (3, 3)
    """
    if not length:
        return len(other)
    whole, last = (1 << length) - 1, 1 << length - 1
    up, down, count = whole, 0, length
    for item in other:
        equal = places.get(item, 0)
        across = (((equal & up) + up) ^ up) | equal
        rising, falling = down | ~(across | up) & whole, up & across
        count += bool(rising & last) - bool(falling & last)
        rising, falling = (rising << 1 | 1) & whole, falling << 1 & whole
        up, down = falling | ~(equal | down | rising) & whole, rising & (equal | down)
    return count
