"""Calibration of an answerer on dev: temperature and confidence threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

PRECISION = 0.82
"""How often a flat statement has to be right on dev: a little more than the four times in five that are promised."""
LEAST = 20
_COLDEST, _HOTTEST = 0.25, 10.0
_LEAST_LOG_PROB = -20.0
_GOLDEN = (math.sqrt(5) - 1) / 2


def apply_temperature(log_probs: Floats, temperature: float) -> Floats:
    """Return log-probabilities [..., A] with their scores divided by the temperature.

    >>> bool(np.allclose(np.exp(apply_temperature(np.log(np.array([0.8, 0.2], dtype=np.float32)), 2.0)), [2 / 3, 1 / 3]))
    True
    """
    scaled = log_probs.astype(np.float64) / temperature
    scaled -= scaled.max(-1, keepdims=True)
    return np.asarray(scaled - np.log(np.exp(scaled).sum(-1, keepdims=True)), dtype=np.float32)


def restrict(log_probs: Floats, allowed: NDArray[np.bool_]) -> Floats:
    """Return log-probabilities [..., A] of the allowed answers alone; the others have none.

    >>> bool(np.allclose(np.exp(restrict(np.log(np.array([0.2, 0.3, 0.5])), np.array([True, True, False]))), [0.4, 0.6, 0]))
    True
    """
    kept = np.where(allowed, log_probs.astype(np.float64), -np.inf)
    kept -= kept.max(-1, keepdims=True)
    return np.asarray(kept - np.log(np.exp(kept).sum(-1, keepdims=True)), dtype=np.float32)


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
        made = apply_temperature(scores, 1 / inverse)
        # An answer that is not allowed has no probability at any temperature.
        return -float(np.where(shares > 0, shares * np.maximum(made, _LEAST_LOG_PROB), 0).sum(1).mean())

    low, high = 1 / _HOTTEST, 1 / _COLDEST
    while high - low > 1e-4:
        one, other = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        low, high = (low, other) if entropy(one) < entropy(other) else (one, high)
    return 2 / (low + high)


def fit_threshold(
    probabilities: Sequence[float], accuracies: Sequence[float], precision: float = PRECISION, least: int = LEAST
) -> float:
    """Return the lowest confidence threshold above which answers are right often enough.

    Args:
        probabilities: The probability of each best answer.
        accuracies: The accuracy of each best answer, in [0, 1].
        precision: The mean accuracy that the answers at or above the threshold must have.
        least: The fewest answers that show it.

    Returns:
        The threshold; where no threshold has such answers, one above every probability, but at most 1.

    Raises:
        ValueError: There are no values, or different numbers of them.

    >>> fit_threshold([0.9, 0.6, 0.5, 0.2], [1.0, 1.0, 0.5, 0.0], 0.8, 1)
    0.5
    """
    if not probabilities or len(probabilities) != len(accuracies):
        raise ValueError(f"{len(probabilities)} probabilities and {len(accuracies)} accuracies; expected as many")
    order = np.argsort(-np.asarray(probabilities), kind="stable")
    sure = np.asarray(probabilities, dtype=np.float64)[order]
    counts = np.arange(1, len(sure) + 1)
    reached = np.cumsum(np.asarray(accuracies, dtype=np.float64)[order]) / counts >= precision
    # Answers of equal probability are given together or not at all.
    reached &= np.append(sure[:-1] != sure[1:], True) & (counts >= least)
    if not reached.any():
        return min(1.0, math.nextafter(float(sure[0]), 2.0))
    return float(sure[np.flatnonzero(reached)[-1]])
