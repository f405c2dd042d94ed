"""The share of right decisions."""

from __future__ import annotations

from collections.abc import Sequence


def accuracy(given: Sequence[int], wanted: Sequence[int]) -> float:
    """The share of labels given that are the ones wanted. Raises ValueError for none, or for different counts.

    >>> accuracy([1, 0, 1, 1], [1, 0, 0, 1])
    0.75
    """
    if not wanted or len(given) != len(wanted):
        raise ValueError(f"{len(given)} labels given and {len(wanted)} wanted; expected as many, and at least one")
    return sum(one == other for one, other in zip(given, wanted, strict=True)) / len(wanted)
