"""Balanced accuracy: as if both labels were equally frequent."""

from __future__ import annotations

from collections.abc import Sequence

from data.metrics.accuracy import accuracy


def balanced_accuracy(given: Sequence[int], wanted: Sequence[int]) -> float:
    """Return the mean of the accuracies on pairs labelled 1 and on those labelled 0.

    By chance it is 0.5.

    Raises:
        ValueError: One of the labels is never wanted, or the counts differ.

    Source: Brodersen et al. 2010, The Balanced Accuracy and Its Posterior Distribution.

    >>> balanced_accuracy([1, 1, 1, 0], [1, 1, 0, 0])
    0.75
    """
    if len(given) != len(wanted):
        raise ValueError(f"{len(given)} labels given and {len(wanted)} wanted; expected as many")
    parts = [[one for one, other in zip(given, wanted, strict=True) if other == label] for label in (0, 1)]
    return sum(accuracy(part, [label] * len(part)) for label, part in enumerate(parts)) / 2
