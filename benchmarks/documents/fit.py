"""Fit how passages are ordered and how probable the first is to answer, on the half of the questions that is there for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.documents.trials import Trial
from data import artifact, paths
from data.artifact import Artifact, Manifest, Score
from retrieval.calibration import fit
from retrieval.fusion import fit_weights
from retrieval.passages.index import is_doubtful
from retrieval.passages.weights import NAME, PassageWeights

ORDER = (
    "meaning",
    "mean_meaning",
    "heading",
    "words",
    "grams",
    "covered",
    "covered_around",
    "unanswered",
    "numbers_alone",
    "other_language",
)
"""The features by which passages are ordered."""
ANSWER = ("meaning", "apart", "ahead", "grams", "covered_around", "unanswered")
"""The features by which the first is judged."""
_ORDER_PENALTY, _ANSWER_PENALTY = 2e-2, 3.0
_ANSWERED, _OFFERED = 0.0, 0.3
"""The shares of unanswerable questions, of those fitted on, that may get an answer, and at most an offer."""
_FOLDS, _REPEATS = 10, 20

Matrix = NDArray[np.float64]


def fit_passages(trials: Sequence[Trial]) -> PassageWeights:
    """Return the weights that fit the trials best, and the thresholds at which few questions without an answer get one.

    The thresholds are chosen on probabilities of weights that were fitted without the question.
    """
    order = _fit_order([trial for trial in trials if trial.right])
    first = [
        max(trial.hits, key=lambda hit: sum(weight * hit.features[name] for name, weight in order.items()))
        for trial in trials
    ]
    rows = np.asarray([[hit.features[name] for name in ANSWER] for hit in first])
    right = np.asarray([hit.id in trial.right for hit, trial in zip(first, trials, strict=True)])
    doubtful = np.asarray([is_doubtful(hit.features) for hit in first])
    unanswerable = np.asarray([not trial.right for trial in trials])
    answer, bias = _fit_answer(rows, right)
    held_out = _predict_held_out(rows, right)
    thresholds = []
    for share, kept in ((_ANSWERED, ~doubtful), (_OFFERED, np.ones(len(rows), np.bool_))):
        found = np.sort(np.where(kept, held_out, 0.0)[unanswerable])[::-1]
        thresholds.append(round(float(found[min(int(share * len(found)), len(found) - 1)]) + 0.0005, 3))
    return PassageWeights(order, dict(zip(ANSWER, answer.tolist(), strict=True)), bias, thresholds[0], min(thresholds))


def _fit_order(trials: Sequence[Trial]) -> dict[str, float]:
    tables = [np.asarray([[hit.features[name] for name in ORDER] for hit in trial.hits]) for trial in trials]
    # Weighed alike in the penalty, whatever their units are.
    spread = np.concatenate(tables).std(axis=0) + 1e-9
    labels = [[int(hit.id in trial.right) for hit in trial.hits] for trial in trials]
    weights = fit_weights([table / spread for table in tables], labels, _ORDER_PENALTY) / spread
    return {name: round(float(weight), 4) for name, weight in zip(ORDER, weights, strict=True)}


def _fit_answer(rows: Matrix, right: NDArray[np.bool_]) -> tuple[Matrix, float]:
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    weights, bias = fit(ANSWER, (rows - mean) / spread, right, _ANSWER_PENALTY)
    scaled = np.asarray(weights) / spread
    return scaled.round(4), round(bias - float(scaled @ mean), 4)


def _predict_held_out(rows: Matrix, right: NDArray[np.bool_]) -> Matrix:
    """Return the mean probability of each row by weights that were fitted without it, float64 [N]."""
    total = np.zeros(len(rows))
    for seed in range(_REPEATS):
        folds = np.random.default_rng(seed).permutation(len(rows)) % _FOLDS
        for fold in range(_FOLDS):
            weights, bias = _fit_answer(rows[folds != fold], right[folds != fold])
            total[folds == fold] += 1 / (1 + np.exp(-(rows[folds == fold] @ weights + bias)))
    return total / _REPEATS


def write_weights(weights: PassageWeights, scores: Sequence[Score], questions: int) -> Artifact:
    """Write the weights as an artifact.

    Raises OSError.
    """
    manifest = Manifest(
        name=NAME,
        version="1",
        trained_on=f"{questions} questions about ten documents written for this project (benchmarks/documents, dev halves)",
        licence="Apache-2.0; learned from text written for this project",
        limits="Knows how near a question is to a sentence, not whether the sentence answers it: a near miss with the same words "
        "can be quoted. Passages of 200 Chinese characters or 130 English words; no reasoning over several of them.",
        scores=tuple(scores),
        config=weights.to_dict(),
        train="python -m benchmarks.documents --fit",
    )
    return artifact.write(paths.artifacts_dir() / NAME, manifest)
