"""Calibration of an answerer on dev: temperature and confidence threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_COLDEST, _HOTTEST = 0.25, 10.0
_GOLDEN = (math.sqrt(5) - 1) / 2


def apply_temperature(log_probs: Floats, temperature: float) -> Floats:
    """Return log-probabilities [..., A] with their scores divided by the temperature.

    >>> bool(np.allclose(np.exp(apply_temperature(np.log(np.array([0.8, 0.2], dtype=np.float32)), 2.0)), [2 / 3, 1 / 3]))
    True
    """
    scaled = log_probs.astype(np.float64) / temperature
    scaled -= scaled.max(-1, keepdims=True)
    return np.asarray(scaled - np.log(np.exp(scaled).sum(-1, keepdims=True)), dtype=np.float32)


def fit_temperature(log_probs: Floats, targets: Floats) -> float:
    """Return the temperature, in [0.25, 10], with the least cross-entropy.

    The cross-entropy is convex in the inverse of the temperature, which golden-section search finds.

    Args:
        log_probs: float32 [B, A].
        targets: float32 [B, A]. Rows of zeros are skipped; 1.0 is returned where no row is left.

    Source:
        Guo et al. 2017, On Calibration of Modern Neural Networks, section 4.2.
    """
    known = targets.sum(1) > 0
    if not known.any():
        return 1.0
    scores, shares = log_probs[known], targets[known]

    def entropy(inverse: float) -> float:
        return -float((shares * apply_temperature(scores, 1 / inverse)).sum(1).mean())

    low, high = 1 / _HOTTEST, 1 / _COLDEST
    while high - low > 1e-4:
        one, other = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        low, high = (low, other) if entropy(one) < entropy(other) else (one, high)
    return 2 / (low + high)


def fit_threshold(probabilities: Sequence[float], accuracies: Sequence[float]) -> float:
    """Return the confidence threshold with the highest total worth.

    A correct answer is worth 1, a wrong one -1, a withheld one 0. Of equal thresholds the lowest is returned; where no answer is
    worth giving, one above every probability, but at most 1.

    Args:
        probabilities: The probability of each best answer.
        accuracies: The accuracy of each best answer, in [0, 1].

    Raises:
        ValueError: There are no values, or different numbers of them.

    >>> fit_threshold([0.9, 0.6, 0.5, 0.2], [1.0, 0.0, 1.0, 0.0])
    0.5
    """
    if not probabilities or len(probabilities) != len(accuracies):
        raise ValueError(f"{len(probabilities)} probabilities and {len(accuracies)} accuracies; expected as many")
    order = np.argsort(-np.asarray(probabilities), kind="stable")
    sure = np.asarray(probabilities, dtype=np.float64)[order]
    worth = np.cumsum(2 * np.asarray(accuracies, dtype=np.float64)[order] - 1)
    # Answers of equal probability are given together or not at all.
    worth[np.append(sure[:-1] == sure[1:], False)] = -np.inf
    best = len(worth) - 1 - int(np.argmax(worth[::-1]))
    if worth[best] <= 0:
        return min(1.0, math.nextafter(float(sure[0]), 2.0))
    return float(sure[best])
