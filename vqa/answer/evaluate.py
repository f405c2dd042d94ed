"""How often answers are those that people gave: VQA accuracy per kind of answer, beside what never looks at the picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from data.metrics.bootstrap import Difference
from data.metrics.resampling import derive_seed, draw_weights
from data.metrics.vqa_accuracy import normalize_answer, vqa_accuracy
from data.records import Language, PictureQuestion
from vqa.answer.codec import Codec
from vqa.answer.infer import Answerer
from vqa.encoder.infer import Features

ALL = "all"


class Says(Protocol):
    """What is measured: an answerer, or a baseline."""

    def said(self, questions: Sequence[PictureQuestion]) -> list[str]:
        """The answer to each question."""
        ...


@dataclass(frozen=True)
class Served:
    """An answerer at work, and how the features of a picture are found by its name."""

    answerer: Answerer
    features: Callable[[str], Features]

    def said(self, questions: Sequence[PictureQuestion]) -> list[str]:
        """The likeliest answer to each question."""
        return [
            self.answerer.answer(self.features(one.image), one.question, one.language).answers[0].text
            for one in questions
        ]


class Frequent:
    """The most frequent answer of a kind of question in a language: what it takes to answer without question and picture."""

    def __init__(self, training: Sequence[PictureQuestion]) -> None:
        counts: dict[tuple[Language, str], Counter[str]] = {}
        for one in training:
            for kind in (one.answer_type, ALL):
                counts.setdefault((one.language, kind), Counter()).update(map(normalize_answer, one.answers))
        # Ties in the order of the words, not of the corpus.
        self._best = {key: min(found, key=lambda word: (-found[word], word)) for key, found in counts.items() if found}

    def said(self, questions: Sequence[PictureQuestion]) -> list[str]:
        """The most frequent training answer of the kind; of all kinds where there was none of it, nothing without any."""
        return [
            self._best.get((one.language, one.answer_type), self._best.get((one.language, ALL), ""))
            for one in questions
        ]


def accuracies(system: Says, questions: Sequence[PictureQuestion]) -> list[float]:
    """The VQA accuracy of what the system says to each question."""
    said = system.said(questions)
    return [vqa_accuracy(answer, one.answers) for answer, one in zip(said, questions, strict=True)]


def by_type(values: Sequence[float], questions: Sequence[PictureQuestion]) -> dict[str, float]:
    """The mean of the values of the questions, of all and of each kind of answer. Raises ValueError for none."""
    if not questions:
        raise ValueError("there are no questions to measure on")
    found: dict[str, list[float]] = {ALL: list(values)}
    for value, one in sorted(zip(values, questions, strict=True), key=lambda pair: pair[1].answer_type):
        found.setdefault(one.answer_type, []).append(value)
    return {kind: sum(some) / len(some) for kind, some in found.items()}


def chances(questions: Sequence[PictureQuestion], codec: Codec) -> list[float]:
    """The accuracy that one of the codec's answers, drawn blindly, has for each question."""
    return [
        sum(vqa_accuracy(answer, one.answers) for answer in set(map(normalize_answer, one.answers)))
        / len(codec.choices)
        for one in questions
    ]


def evaluate(
    systems: Mapping[str, Says], questions: Sequence[PictureQuestion], training: Sequence[PictureQuestion]
) -> dict[str, dict[str, float]]:
    """The accuracy of each system by kind of answer, and that of the most frequent answers of training, "frequent".

    The systems of a report are an answerer and its blind form. Raises ValueError without questions.
    """
    measured = {name: by_type(accuracies(system, questions), questions) for name, system in systems.items()}
    return measured | {"frequent": by_type(accuracies(Frequent(training), questions), questions)}


def over_photos(
    one: Sequence[float], other: Sequence[float], photos: Sequence[str], rounds: int = 10_000
) -> Difference:
    """one minus other, the mean over questions; the interval is drawn over photos, whose questions are no independent ones.

    Raises ValueError for none, or for different counts. A photo counts in each round as data.metrics.resampling has it.

    >>> over_photos([1.0, 1.0, 0.5], [0.5, 0.5, 0.0], ["a", "a", "b"], rounds=10).mean
    0.5
    """
    if not one or not len(one) == len(other) == len(photos):
        raise ValueError(
            f"{len(one)} values, {len(other)} and {len(photos)} photos; expected as many, and at least one"
        )
    names = sorted(set(photos))
    place = {name: number for number, name in enumerate(names)}
    rows = np.array([place[photo] for photo in photos])
    apart = np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64)
    sums, counts = np.bincount(rows, apart), np.bincount(rows).astype(np.float64)
    seeds = np.array([derive_seed(name) for name in names], dtype=np.uint64)
    counted = draw_weights(seeds, rounds).T.astype(np.float64)
    # A round that drew no photo at all says nothing; with one or two photos there are such.
    kept = counted[counted.any(1)]
    means = (kept @ sums) / (kept @ counts)
    low, high = np.percentile(means, [2.5, 97.5])
    return Difference(float(apart.mean()), float(low), float(high))
