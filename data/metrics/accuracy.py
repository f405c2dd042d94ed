"""Accuracy: the share of right decisions."""

from __future__ import annotations

from collections.abc import Sequence


def accuracy(given: Sequence[int], wanted: Sequence[int]) -> float:
    """Return the share of given labels that equal the wanted ones.

    Raises:
        ValueError: There are none, or the counts differ.

    >>> accuracy([1, 0, 1, 1], [1, 0, 0, 1])
    0.75
    """
    if not wanted or len(given) != len(wanted):
        raise ValueError(f"{len(given)} labels given and {len(wanted)} wanted; expected as many, and at least one")
    return sum(one == other for one, other in zip(given, wanted, strict=True)) / len(wanted)
