"""Fusion: several orders of the same candidates as one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.records import Selection
from retrieval.postings import Floats
from retrieval.scorer import Scorer

Matrix = NDArray[np.float64]
_RRF = 60


def reciprocal_rank_fusion(scores: Sequence[Floats], k: int = _RRF) -> Floats:
    """Return float32 [N]: the sum of 1 / (k + rank) over the score lists float32 [N].

    Equal scores share the mean of their places. Cormack, Clarke and Büttcher 2009.

    >>> reciprocal_rank_fusion([np.array([3.0, 1.0]), np.array([2.0, 1.0])]).argmax()
    np.int64(0)
    """
    total = np.zeros(len(scores[0]), dtype=np.float64)
    for each in scores:
        _, inverse, counts = np.unique(-np.asarray(each), return_inverse=True, return_counts=True)
        last = np.cumsum(counts)
        total += 1 / (k + (last - (counts - 1) / 2)[inverse])
    return total.astype(np.float32)


def standardize_scores(scores: Sequence[Floats]) -> Matrix:
    """Return float64 [N, F]: each score list with mean 0 and deviation 1.

    scores are F lists float32 [N] over the candidates of one query.
    """
    table = np.stack([np.asarray(each, dtype=np.float64) for each in scores], axis=1)
    spread = table.std(axis=0)
    return np.asarray((table - table.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0))


def fit_weights(
    tables: Sequence[Matrix], labels: Sequence[Sequence[int]], penalty: float = 1e-2, steps: int = 30
) -> Matrix:
    """Return the weights float64 [F] under which right candidates are most likely.

    The likelihood is a softmax over the candidates of each query.

    tables are float64 [N, F], one for each query, labels 0 or 1 for each row. The loss is ListNet's with the first place only
    (Cao et al. 2007, section 4), with an L2 penalty, by Newton's method. Raises ValueError if no query has a right candidate.
    """
    given = zip(tables, labels, strict=True)
    kept = [(table, np.asarray(right) / sum(right)) for table, right in given if any(right)]
    if not kept:
        raise ValueError("no query has a right candidate; there is nothing to learn from")
    weights = np.zeros(kept[0][0].shape[1])
    value = _likelihood(weights, kept, penalty)
    for _ in range(steps):
        gradient, curvature = -penalty * weights, penalty * np.eye(len(weights))
        for table, right in kept:
            likely = _softmax(table @ weights)
            mean = table.T @ likely
            gradient += table.T @ (right - likely) / len(kept)
            curvature += ((table * likely[:, None]).T @ table - np.outer(mean, mean)) / len(kept)
        step = np.linalg.solve(curvature, gradient)
        # Far from the top a whole step of Newton's can leap over it; halved often enough it always climbs.
        while (reached := _likelihood(weights + step, kept, penalty)) < value and float(np.abs(step).max()) > 1e-9:
            step /= 2
        weights, value = weights + step, max(reached, value)
        if float(np.abs(step).max()) < 1e-7:
            break
    return weights


def _softmax(found: Matrix) -> Matrix:
    likely = np.exp(found - found.max())
    return np.asarray(likely / likely.sum())


def _likelihood(weights: Matrix, kept: Sequence[tuple[Matrix, Matrix]], penalty: float) -> float:
    each = [float(right @ np.log(_softmax(table @ weights) + 1e-300)) for table, right in kept]
    return float(np.mean(each)) - penalty / 2 * float(weights @ weights)


class FusedScorer:
    """Several scorers as one, by reciprocal ranks or by weighted scores.

    weights are float64 [F], for the standardized scores.
    """

    def __init__(self, scorers: Sequence[Scorer], weights: Matrix | None = None, name: str = "") -> None:
        self.name = name or ("RRF" if weights is None else "learned fusion")
        self._scorers, self._weights = scorers, weights

    @property
    def weights(self) -> Matrix:
        """The weights float64 [F] of the scorers, in their order; none of RRF."""
        return np.zeros(0) if self._weights is None else self._weights

    @classmethod
    def fit(cls, scorers: Sequence[Scorer], dev: Sequence[Selection]) -> FusedScorer:
        """Return the scorers with the weights that fit the dev queries best."""
        tables = [standardize_scores([part.score(one.context, one.candidates) for part in scorers]) for one in dev]
        return cls(scorers, fit_weights(tables, [one.labels for one in dev]))

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        """Return the fused scores."""
        each = [scorer.score(context, candidates) for scorer in self._scorers]
        if self._weights is None:
            return reciprocal_rank_fusion(each)
        return np.asarray(standardize_scores(each) @ self._weights, dtype=np.float32)

    def describe(self) -> str:
        """Return each scorer's name with its weight."""
        weights = [] if self._weights is None else self._weights.tolist()
        return ", ".join(f"{part.name} {weight:.2f}" for part, weight in zip(self._scorers, weights, strict=False))
