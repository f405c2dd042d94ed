"""Fitting the calibration: what match features are worth, on labelled questions."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.records import Entry, Language
from retrieval.boosting import BoostedTrees
from retrieval.dense_index import DenseIndex
from retrieval.features import FEATURES
from retrieval.hit import Hit
from retrieval.hybrid import Hybrid
from retrieval.paraphrase.infer import Judge
from retrieval.text_analysis import AnalysedText

_TREES = 400
_WEIGHTS: Mapping[str, float] = {
    "off topic": 2.0, "small talk": 2.0, "dressed": 0.6, "stored": 0.5, "near across": 0.7, "across": 0.8, "as stored": 0.5,
}  # fmt: skip
"""How often a question of a kind counts; once if it is not named."""
_BEHIND = 0.25
"""What an entry counts that was not found first."""
_RISING = ("same", "meaning", "meaning_ahead", "reply_meaning", "fused_ahead", "sound", "paraphrase")
_FALLING = (
    "query_alone", "query_alone_most", "query_unknown", "numbers_alone", "numbers_missing", "numbers_differ", "codes_alone",
    "codes_missing", "latin_alone", "latin_missing", "negated", "why_differs", "opposed", "side_alone",
)  # fmt: skip
"""Features of which more never makes an answer less, or more, likely, whatever a few examples say."""


@dataclass(frozen=True)
class LabelledQuestion:
    """A question with the ids of the entries that answer it, none if none does.

    kind names the kind of question.

    previous is the stored question that was answered just before; empty if there was none.
    """

    question: str
    language: Language
    entries: frozenset[str]
    kind: str = "same"
    previous: str = ""


@dataclass(frozen=True)
class Trial:
    """A question and what an index found for it, best first."""

    labelled: LabelledQuestion
    hits: tuple[Hit, ...]


def try_questions(index: Hybrid, questions: Iterable[LabelledQuestion], silent: Collection[str] = ()) -> list[Trial]:
    """Return what the index finds for each question, uncalibrated.

    Args:
        silent: Parts of the starter corpus that are ignored.
    """
    return [
        Trial(asked, tuple(index.measure(AnalysedText.of(asked.question), asked.language, asked.previous, silent)))
        for asked in questions
    ]


def try_held_out(
    entries: Sequence[Entry],
    folds: int = 5,
    off_topic: float = 0.25,
    seed: int = 13,
    dense_index: DenseIndex | None = None,
    askable: Callable[[str], bool] = lambda question: True,
    judge: Judge | None = None,
) -> list[Trial]:
    """Return trials made from the corpus: each fold asks held-out phrasings.

    A share of the entries (off_topic, in both languages) is taken out whole, so that their questions have no right answer.
    The index of a fold holds neither. Where encoder and judge were trained on these phrasings, askable names those they have
    not seen; the vectors must be in dense_index.
    """
    trials = []
    for fold in range(folds):
        chance = random.Random(seed * 1000 + fold)
        intents = sorted({_find_intent(entry) for entry in entries})
        gone = {intent for intent in intents if chance.random() < off_topic}
        asked, kept = [], []
        for entry in entries:
            fresh = [question for question in entry.questions if askable(question)]
            question = chance.choice(fresh) if fresh and len(entry.questions) > 1 else None
            absent = _find_intent(entry) in gone
            if question is not None:
                right = frozenset() if absent else frozenset([entry.id])
                asked.append(LabelledQuestion(question, entry.language, right, "off topic" if absent else "same"))
            if not absent:
                rest = tuple(other for other in entry.questions if other != question)
                kept.append(replace(entry, questions=rest))
        # The vectors are there already; only those of entries in this fold's index are looked at.
        trials += try_questions(replace(Hybrid().update(kept), dense_index=dense_index, judge=judge), asked)
    return trials


def sample_stored(
    entries: Sequence[Entry], count: int, seed: int = 13, askable: Callable[[str], bool] = lambda question: True
) -> list[LabelledQuestion]:
    """Sample phrasings asked exactly as they are stored.

    What the same words mean must be learned as well.
    """
    chance = random.Random(seed)
    known = [(entry, question) for entry in entries for question in entry.questions if askable(question)]
    chosen = chance.sample(known, min(count, len(known)))
    return [
        LabelledQuestion(question, entry.language, frozenset([entry.id]), "as stored") for entry, question in chosen
    ]


def _find_intent(entry: Entry) -> str:
    return entry.id.rsplit(".", 1)[0]


def build_design_matrix(trials: Iterable[Trial]) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.float64]]:
    """Return features, labels and weights of all hits.

    Returns:
        Features float32 [N, F], whether each hit is right, bool [N], and its weight, float64 [N].
    """
    rows, right, weights = [], [], []
    for trial in trials:
        for place, hit in enumerate(trial.hits):
            rows.append([hit.features[name] for name in FEATURES])
            right.append(hit.entry.id in trial.labelled.entries)
            weights.append(_WEIGHTS.get(trial.labelled.kind, 1.0) * (_BEHIND if place else 1.0))
    return np.asarray(rows, np.float32), np.asarray(right, np.bool_), np.asarray(weights)


def fit(trials: Sequence[Trial], seed: int = 0) -> BoostedTrees:
    """Fit boosted trees to the trials.

    Needs the extra `train`.

    Raises:
        ValueError: Right or wrong hits are missing.
    """
    import lightgbm

    rows, right, weights = build_design_matrix(trials)
    if right.all() or not right.any():
        raise ValueError(f"{len(right)} hits that are all {bool(right.any())}; both right and wrong ones are needed")
    parameters: dict[str, Any] = {
        "objective": "binary", "learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 60, "lambda_l2": 5.0,
        "feature_fraction": 0.5, "bagging_fraction": 0.7, "bagging_freq": 1, "verbose": -1, "seed": seed,
        "deterministic": True, "num_threads": 1,
        "monotone_constraints": [(name in _RISING) - (name in _FALLING) for name in FEATURES],
    }  # fmt: skip
    data = lightgbm.Dataset(rows, right.astype(np.float64), weight=weights)
    booster = lightgbm.train(parameters, data, _TREES)
    return BoostedTrees.from_lightgbm(FEATURES, booster.dump_model())


def evaluate_trials(trees: BoostedTrees, trials: Sequence[Trial]) -> list[tuple[float, bool]]:
    """Return the highest probability of each trial, and whether that hit is right."""
    best = []
    for trial in trials:
        rated = [(trees.probability(hit.features), hit.entry.id in trial.labelled.entries) for hit in trial.hits]
        best.append(max(rated, key=lambda one: one[0], default=(0.0, False)))
    return best


def choose_threshold(trees: BoostedTrees, trials: Sequence[Trial], answered: float) -> float:
    """Return the threshold at which few unanswerable questions get an answer.

    It is the lowest one at which at most the share `answered` of them does.

    Look-alikes and questions off topic are looked at apart, and the higher of the two counts.
    """
    thresholds = []
    for kinds in (("near",), ("off topic", "small talk")):
        found = sorted(
            (best for best, _ in evaluate_trials(trees, [one for one in trials if one.labelled.kind in kinds])),
            reverse=True,
        )
        if found:
            thresholds.append(found[min(int(answered * len(found)), len(found) - 1)])
    return round(max(thresholds, default=0.5) + 0.0005, 3)
