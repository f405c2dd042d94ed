"""Order the labels of candidates by their scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def rank_labels(labels: Sequence[int], scores: Sequence[float], seed: int = 0) -> list[int]:
    """Return the labels by falling score; ties are ordered at random with the seed.

    Files often have the right candidate first. If ties kept that order, a model with constant scores would always be right.

    Raises:
        ValueError: There are not as many scores as labels, or a score is NaN.

    >>> rank_labels([0, 1, 0], [0.1, 0.9, 0.3])
    [1, 0, 0]
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.shape != (len(labels),) or np.isnan(values).any():
        raise ValueError(f"{len(labels)} labels need as many scores, all of them numbers; given {values.shape}")
    drawn = np.random.default_rng(seed).permutation(len(labels))
    return [int(labels[place]) for place in drawn[np.argsort(-values[drawn], kind="stable")]]
