"""The share of right decisions if both labels were equally frequent."""

from __future__ import annotations

from collections.abc import Sequence

from data.metrics.accuracy import accuracy


def balanced_accuracy(given: Sequence[int], wanted: Sequence[int]) -> float:
    """The mean of the accuracies on the pairs labelled 1 and on those labelled 0; 0.5 by chance.

    Raises ValueError if one of the labels is not wanted anywhere, or for different counts. Brodersen et al. 2010.

    >>> balanced_accuracy([1, 1, 1, 0], [1, 1, 0, 0])
    0.75
    """
    if len(given) != len(wanted):
        raise ValueError(f"{len(given)} labels given and {len(wanted)} wanted; expected as many")
    parts = [[one for one, other in zip(given, wanted, strict=True) if other == label] for label in (0, 1)]
    return sum(accuracy(part, [label] * len(part)) for label, part in enumerate(parts)) / 2
