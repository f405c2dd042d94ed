"""Evaluate answers: VQA accuracy by kind of answer, beside blind baselines."""

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
from vqa.answer.featurizer import Featurizer
from vqa.answer.infer import Answerer, AnswerResult
from vqa.encoder.infer import Features

ALL = "all"


class AnswerSystem(Protocol):
    """A system to evaluate: an answerer or a baseline."""

    def predict(self, questions: Sequence[PictureQuestion]) -> list[str]:
        """Return the answer to each question."""
        ...


@dataclass(frozen=True)
class ServedAnswerer:
    """An answerer at inference, and how a picture's features are found by name."""

    answerer: Answerer
    features: Callable[[str], Features]

    def predict(self, questions: Sequence[PictureQuestion]) -> list[str]:
        """Return the best answer to each question."""
        return [self.answer(question).answers[0].text for question in questions]

    def answer(self, question: PictureQuestion) -> AnswerResult:
        """Return the answers to a question."""
        return self.answerer.answer(self.features(question.image), question.question, question.language)


class MostFrequent:
    """The blind baseline: the most frequent answer by language and kind of question."""

    def __init__(self, training: Sequence[PictureQuestion]) -> None:
        counts: dict[tuple[Language, str], Counter[str]] = {}
        for question in training:
            for kind in (question.answer_type, ALL):
                counts.setdefault((question.language, kind), Counter()).update(map(normalize_answer, question.answers))
        # Ties are broken by the words, so that the order of the corpus does not matter.
        self._best = {key: min(found, key=lambda word: (-found[word], word)) for key, found in counts.items() if found}

    def predict(self, questions: Sequence[PictureQuestion]) -> list[str]:
        """Return the most frequent training answer of each question's kind.

        Where training had no such kind, it is that of all kinds; without any, an empty string.
        """
        return [
            self._best.get((question.language, question.answer_type), self._best.get((question.language, ALL), ""))
            for question in questions
        ]


def accuracies(system: AnswerSystem, questions: Sequence[PictureQuestion]) -> list[float]:
    """Return the VQA accuracy of the system's answer to each question."""
    said = system.predict(questions)
    return [vqa_accuracy(answer, question.answers) for answer, question in zip(said, questions, strict=True)]


def mean_by_type(values: Sequence[float], questions: Sequence[PictureQuestion]) -> dict[str, float]:
    """Return the mean of the questions' values, over all and by kind of answer.

    Raises:
        ValueError: There are no questions.
    """
    if not questions:
        raise ValueError("there are no questions to evaluate; expected at least one")
    found: dict[str, list[float]] = {ALL: list(values)}
    for value, question in sorted(zip(values, questions, strict=True), key=lambda pair: pair[1].answer_type):
        found.setdefault(question.answer_type, []).append(value)
    return {kind: sum(some) / len(some) for kind, some in found.items()}


def chance_accuracies(questions: Sequence[PictureQuestion], featurizer: Featurizer) -> list[float]:
    """Return the accuracy of a uniformly random answer for each question."""
    return [
        sum(vqa_accuracy(answer, question.answers) for answer in set(map(normalize_answer, question.answers)))
        / len(featurizer.choices)
        for question in questions
    ]


def evaluate(
    systems: Mapping[str, AnswerSystem], questions: Sequence[PictureQuestion], training: Sequence[PictureQuestion]
) -> dict[str, dict[str, float]]:
    """Return the accuracy of each system by kind of answer.

    The most frequent answers of training are added as "frequent". A report compares an answerer with its blind form.

    Raises:
        ValueError: There are no questions.
    """
    measured = {name: mean_by_type(accuracies(system, questions), questions) for name, system in systems.items()}
    return measured | {"frequent": mean_by_type(accuracies(MostFrequent(training), questions), questions)}


def bootstrap_difference(
    one: Sequence[float], other: Sequence[float], photos: Sequence[str], rounds: int = 10_000
) -> Difference:
    """Return the mean difference over questions, with an interval over photos.

    Photos are resampled, since the questions about a photo are not independent. data.metrics.resampling gives the weight of a
    photo in each round.

    Args:
        one: The values of one system, by question.
        other: The values of the other system, which are subtracted.
        photos: The photo of each question.
        rounds: The number of bootstrap rounds.

    Raises:
        ValueError: There are no values, or different numbers of them.

    >>> bootstrap_difference([1.0, 1.0, 0.5], [0.5, 0.5, 0.0], ["a", "a", "b"], rounds=10).mean
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
    # A round may draw no photo at all where there are one or two; it is skipped.
    kept = counted[counted.any(1)]
    means = (kept @ sums) / (kept @ counts)
    low, high = np.percentile(means, [2.5, 97.5])
    return Difference(float(apart.mean()), float(low), float(high))
