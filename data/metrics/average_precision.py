"""Average precision; its mean over queries is MAP."""

from __future__ import annotations

from collections.abc import Sequence


def average_precision(labels: Sequence[int]) -> float:
    """Return the mean precision at the ranks of the right labels, in ranked order.

    It is 0 without a right one.

    Source: Manning, Raghavan and Schütze 2008, Introduction to Information Retrieval, section 8.4.

    >>> average_precision([1, 0, 1, 0])
    0.8333333333333333
    """
    right, total = 0, 0.0
    for place, label in enumerate(labels, 1):
        if label:
            right += 1
            total += right / place
    return total / right if right else 0.0
