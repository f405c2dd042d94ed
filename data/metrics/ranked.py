"""The labels of candidates in the order of their scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def rank_labels(labels: Sequence[int], scores: Sequence[float], seed: int = 0) -> list[int]:
    """The labels by falling score; equal scores fall in an order drawn with the seed.

    Files often name the right one first: were ties left in that order, a model that says nothing would always be right.
    Raises ValueError if there are not as many scores as labels, or one of them is no number.

    >>> rank_labels([0, 1, 0], [0.1, 0.9, 0.3])
    [1, 0, 0]
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.shape != (len(labels),) or np.isnan(values).any():
        raise ValueError(f"{len(labels)} labels need as many scores, all of them numbers; given {values.shape}")
    drawn = np.random.default_rng(seed).permutation(len(labels))
    return [int(labels[place]) for place in drawn[np.argsort(-values[drawn], kind="stable")]]
