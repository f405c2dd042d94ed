"""Measuring how much each match feature is worth, on phrasings that the index was not given."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data.records import Entry, Language
from retrieval.calibration import Calibration, fit
from retrieval.hybrid import FEATURES, Analysed, Hit, Hybrid
from retrieval.meaning import Meaning
from retrieval.paraphrase.infer import Judge


@dataclass(frozen=True)
class Asked:
    """A question with the id of the entry that is meant by it, or None where no entry is."""

    question: str
    language: Language
    entry: str | None


@dataclass(frozen=True)
class Tried:
    """A question and what an index that did not hold it found."""

    asked: Asked
    hits: tuple[Hit, ...]


def held_out(
    entries: Sequence[Entry],
    folds: int = 5,
    off_topic: float = 0.25,
    seed: int = 13,
    meaning: Meaning | None = None,
    askable: Callable[[str], bool] = lambda question: True,
    judge: Judge | None = None,
) -> list[Tried]:
    """Questions made from the corpus itself: in each fold one phrasing of every entry is taken out and asked.

    A share of the entries (off_topic, in both languages) is taken out whole, so that their questions have no right answer.
    The index of a fold holds neither. Where meaning and judge were trained on these phrasings, askable names those they have
    not seen; the vectors must be in meaning.
    """
    tried = []
    for fold in range(folds):
        chance = random.Random(seed * 1000 + fold)
        intents = sorted({_intent(entry) for entry in entries})
        gone = {intent for intent in intents if chance.random() < off_topic}
        asked, kept = [], []
        for entry in entries:
            fresh = [question for question in entry.questions if askable(question)]
            question = chance.choice(fresh) if fresh and len(entry.questions) > 1 else None
            absent = _intent(entry) in gone
            if question is not None:
                asked.append(Asked(question, entry.language, None if absent else entry.id))
            if not absent:
                rest = tuple(other for other in entry.questions if other != question)
                kept.append(replace(entry, questions=rest))
        # The vectors are there already; only those of entries in this fold's index are looked at.
        tried += measured(replace(Hybrid().changed(kept), meaning=meaning, judge=judge), asked)
    return tried


def as_stored(
    entries: Sequence[Entry], count: int, seed: int = 13, askable: Callable[[str], bool] = lambda question: True
) -> list[Asked]:
    """Phrasings asked exactly as they are stored: what the same words mean must be learned as well. askable as in held_out."""
    chance = random.Random(seed)
    known = [(entry, question) for entry in entries for question in entry.questions if askable(question)]
    chosen = chance.sample(known, min(count, len(known)))
    return [Asked(question, entry.language, entry.id) for entry, question in chosen]


def _intent(entry: Entry) -> str:
    return entry.id.rsplit(".", 1)[0]


def measured(index: Hybrid, questions: Sequence[Asked]) -> list[Tried]:
    """What the index finds for each question, uncalibrated."""
    return [Tried(asked, tuple(index.measured(Analysed.of(asked.question), asked.language))) for asked in questions]


def design(tried: Sequence[Tried]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The features float64 [N, F] of every hit, and whether it is the one that was meant, bool [N]."""
    rows = [[hit.features[name] for name in FEATURES] for one in tried for hit in one.hits]
    right = [hit.entry.id == one.asked.entry for one in tried for hit in one.hits]
    return np.asarray(rows, dtype=np.float64), np.asarray(right, dtype=np.bool_)


def calibrated(fitted_on: Sequence[Tried], tuned_on: Sequence[Tried], rejected: float, margin: float) -> Calibration:
    """The calibration fitted on the first questions, with the floor chosen on the second.

    The floor is the lowest at which at least the share rejected of the questions without an entry falls below it.
    """
    features, right = design(fitted_on)
    weights, bias = fit(FEATURES, features, right)
    unset = Calibration(FEATURES, weights, bias, 0.0, margin)
    off_topic = sorted(
        max((unset.probability(hit.features) for hit in one.hits), default=0.0)
        for one in tuned_on
        if one.asked.entry is None
    )
    floor = off_topic[min(int(np.ceil(rejected * len(off_topic))), len(off_topic) - 1)] if off_topic else 0.5
    return replace(unset, floor=round(float(floor) + 0.0005, 3))
