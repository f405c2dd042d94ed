"""Recall among the first.

With one right candidate among ten, recall_at(labels, 1) is R10@1.
"""

from __future__ import annotations

from collections.abc import Sequence


def recall_at(labels: Sequence[int], count: int) -> float:
    """Return the share of the right labels that are among the first count.

    Labels are in ranked order. It is 0 without a right one.

    Source: Lowe et al. 2015, The Ubuntu Dialogue Corpus, section 4.2.

    >>> recall_at([0, 1, 0, 1], 2)
    0.5
    """
    right = sum(1 for label in labels if label)
    return sum(1 for label in labels[:count] if label) / right if right else 0.0
