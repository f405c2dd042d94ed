"""Calibration of a captioner on dev: the probability that a caption is right, in part at least."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

Tokens = Sequence[str]

RIGHT_SHARE = 0.4
"""The share of a caption's content words that people used too from which it counts as right in part at least."""
_COMMON = 40
"""The most frequent tokens of a language, which say nothing of a picture: articles, particles, "man"."""
_ROUNDS = 30


def estimate_probability(weights: Sequence[float], log_prob: float, support: float) -> float:
    """Return the probability that a caption is right in part at least.

    Args:
        weights: The bias, the weight of log_prob and that of support, as fit_weights() returns them.
        log_prob: The mean log-probability of the caption's tokens.
        support: The support by the captions of similar photos.

    >>> round(estimate_probability((0.0, 1.0, 2.0), -1.0, 0.5), 2)
    0.5
    """
    bias, by_log_prob, by_support = weights
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, bias + by_log_prob * log_prob + by_support * support))))


def find_common(captions: Iterable[Tokens]) -> frozenset[str]:
    """Return the most frequent tokens of captions."""
    counts = Counter(token for caption in captions for token in caption)
    return frozenset(token for token, _ in counts.most_common(_COMMON))


def share_of_content(caption: Tokens, references: Sequence[Tokens], common: frozenset[str]) -> float:
    """Return the share of a caption's other than common tokens that stand in one of the references; 0 without any.

    >>> share_of_content("a red dog runs".split(), ["the dog is running".split(), "a red toy".split()], frozenset(["a", "the"]))
    0.6666666666666666
    """
    content = [token for token in dict.fromkeys(caption) if token not in common]
    known = {token for reference in references for token in reference}
    return sum(token in known for token in content) / len(content) if content else 0.0


def fit_weights(
    log_probs: Sequence[float], supports: Sequence[float], right: Sequence[bool]
) -> tuple[float, float, float]:
    """Return the weights of a logistic regression, found by Newton's method with a small ridge.

    Raises:
        ValueError: There are no captions, or different numbers of values.
    """
    if not log_probs or not len(log_probs) == len(supports) == len(right):
        raise ValueError(f"{len(log_probs)} log-probabilities, {len(supports)} supports and {len(right)} judgements")
    features = np.column_stack([np.ones(len(right)), log_probs, supports])
    targets = np.asarray(right, dtype=np.float64)
    weights = np.zeros(3)
    ridge = np.diag([0.0, 1e-2, 1e-2])
    for _ in range(_ROUNDS):
        made = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        hessian = (features * (made * (1 - made))[:, None]).T @ features + ridge + 1e-9 * np.eye(3)
        weights = weights - np.linalg.solve(hessian, features.T @ (made - targets) + ridge @ weights)
    bias, by_log_prob, by_support = (round(float(value), 4) for value in weights)
    return bias, by_log_prob, by_support
