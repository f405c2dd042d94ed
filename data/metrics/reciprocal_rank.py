"""Reciprocal rank; its mean over queries is MRR."""

from __future__ import annotations

from collections.abc import Sequence


def reciprocal_rank(labels: Sequence[int]) -> float:
    """Return one over the rank of the first right label, in ranked order.

    It is 0 without one.

    Source: Voorhees 1999, TREC-8, section 3.

    >>> reciprocal_rank([0, 0, 1, 1])
    0.3333333333333333
    """
    return next((1 / place for place, label in enumerate(labels, 1) if label), 0.0)
