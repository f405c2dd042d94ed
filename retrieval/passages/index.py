"""Passages found side by side by their words, their characters and their meaning, and measured with one probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data.records import Passage
from data.text.segment import grams, words
from data.text.standardize import standardize
from retrieval.bm25 import BM25
from retrieval.passages.features import FEATURES, MEASURED, Measures, Query
from retrieval.passages.unit import Unit, list_units
from retrieval.passages.vectors import PassageVectors
from retrieval.passages.weights import PassageWeights
from retrieval.postings import Floats

_GATHERED = 40
_MEASURED = 10
_MEASURED_UNITS = 4
_WORDS_WEIGHT = 0.15
_COVER_WEIGHT = 0.25
"""Of the units of a passage, the one that is near in meaning and says the words of the question is the answer."""
_UNANSWERED_WEIGHT = 0.1
_BLOCK = 16_384
# How near the next passages usually are, in the mean over the questions that the weights are fitted on. Among few passages, or
# such as have nothing to do with the question, one is not near because the others are far.
_USUAL = np.asarray([0.337, 0.304, 0.283, 0.271, 0.258, 0.248, 0.238, 0.226, 0.208])
_SPREAD, _MOST_APART = 0.02, 6.0
_DOUBTED = 0.5
"""What sets the question apart from a passage keeps it from being the answer; it may still be offered."""


@dataclass(frozen=True)
class PassageHit:
    """A passage that may answer: the index of the unit that does best, what was measured of it, and the probability."""

    id: str
    passage: Passage
    units: tuple[Unit, ...]
    best: int
    features: dict[str, float]
    probability: float = 0.0


@dataclass(frozen=True)
class Analysed:
    """A passage taken apart for searching: its units, and the words and n-grams of it and its headings."""

    units: tuple[Unit, ...]
    words: tuple[str, ...]
    grams: tuple[str, ...]

    @classmethod
    def of(cls, passage: Passage) -> Analysed:
        """Return the parts of a passage."""
        units = tuple(list_units(passage.text))
        text = standardize(" ".join((*passage.heading, *(unit.text for unit in units))))
        return cls(units, tuple(words(text)), tuple(grams(text)))


@dataclass(frozen=True)
class PassageIndex:
    """The searchable passages as they are at one moment.

    Attributes:
        ids: The ids of the passages.
        passages: The passages, in the same order.
        analysed: Their parts, in the same order.
        codes: The rounded vectors of all, int8 [N, width].
        scales: What each vector is multiplied with, float32 [N].
        owners: The passage of each vector, int32 [N].
        is_heading: Whether a vector is that of a heading, bool [N].
        by_words: The words of each passage and its headings.
        by_grams: The character n-grams of each passage and its headings.
    """

    ids: tuple[str, ...]
    passages: tuple[Passage, ...]
    analysed: tuple[Analysed, ...]
    codes: NDArray[np.int8]
    scales: Floats
    owners: NDArray[np.int32]
    is_heading: NDArray[np.bool_]
    by_words: BM25
    by_grams: BM25

    @classmethod
    def of(
        cls,
        ids: Sequence[str],
        passages: Sequence[Passage],
        vectors: Sequence[PassageVectors],
        previous: PassageIndex | None = None,
    ) -> PassageIndex:
        """Return the index of passages with their ids and vectors; what an earlier index has taken apart is taken from there."""
        known = {} if previous is None else dict(zip(previous.passages, previous.analysed, strict=True))
        analysed = tuple(known.get(passage) or Analysed.of(passage) for passage in passages)
        counts = [len(each.scales) for each in vectors]
        starts = np.cumsum([0, *counts])[:-1]
        is_heading = np.zeros(sum(counts), np.bool_)
        is_heading[starts] = True
        return cls(
            tuple(ids),
            tuple(passages),
            analysed,
            np.concatenate([each.codes for each in vectors]) if vectors else np.zeros((0, 1), np.int8),
            np.concatenate([each.scales for each in vectors]) if vectors else np.zeros(0, np.float32),
            np.repeat(np.arange(len(passages), dtype=np.int32), counts),
            is_heading,
            BM25().with_added([each.words for each in analysed]),
            BM25().with_added([each.grams for each in analysed]),
        )

    def __len__(self) -> int:
        return len(self.passages)

    def search(self, text: str, vector: Floats, measures: Measures, weights: PassageWeights) -> list[PassageHit]:
        """Return the passages most likely to answer a question, best first.

        Args:
            text: The question.
            vector: Its unit vector, float32 [width].
            measures: What the words are measured with.
            weights: How passages are ordered, and how probable the first is.
        """
        hits = self.measure(text, vector, measures)
        ranked = sorted(hits, key=lambda hit: (-weights.score(hit.features), hit.id))
        return [
            replace(
                hit, probability=min(weights.probability(hit.features), _DOUBTED if is_doubtful(hit.features) else 1.0)
            )
            for hit in ranked
        ]

    def measure(self, text: str, vector: Floats, measures: Measures) -> list[PassageHit]:
        """Return the passages nearest to a question with what was measured of each, in no order that matters."""
        if not self.passages:
            return []
        standard = standardize(text)
        cosines = self._multiply(vector)
        meaning, heading = np.full(len(self), -1.0, np.float32), np.zeros(len(self), np.float32)
        np.maximum.at(meaning, self.owners[~self.is_heading], cosines[~self.is_heading])
        heading[self.owners[self.is_heading]] = cosines[self.is_heading]
        by_words, by_grams = self.by_words.prepare(words(standard)), self.by_grams.prepare(grams(standard))
        gathered = dict.fromkeys(np.argsort(-meaning)[:_GATHERED].tolist())
        for index, asked in ((self.by_words, words(standard)), (self.by_grams, grams(standard))):
            gathered |= dict.fromkeys(number for number, _ in index.search(asked, _GATHERED))
        numbers = np.asarray(sorted(gathered), np.int64)
        said, spelled = by_words.normalize(numbers.tolist()), by_grams.normalize(numbers.tolist())
        fused = meaning[numbers] + np.float32(_WORDS_WEIGHT) * (said + spelled)
        query = Query.of(standard, measures.rarity)
        hits = []
        for place in np.argsort(-fused, kind="stable")[:_MEASURED].tolist():
            number = int(numbers[place])
            own = cosines[(self.owners == number) & ~self.is_heading]
            found = (float(heading[number]), float(said[place]), float(spelled[place]))
            hits.append(self._measure_passage(number, own, found, query, measures))
        return _compare(hits)

    def _multiply(self, vector: Floats) -> Floats:
        """Return the cosine of a query with every vector, float32 [N]."""
        made = np.empty(len(self.scales), np.float32)
        for start in range(0, len(made), _BLOCK):
            block = slice(start, start + _BLOCK)
            made[block] = self.codes[block].astype(np.float32) @ vector
        return made * self.scales

    def _measure_passage(
        self, number: int, cosines: Floats, found: tuple[float, float, float], query: Query, measures: Measures
    ) -> PassageHit:
        passage, units = self.passages[number], self.analysed[number].units
        around = measures.describe(passage.heading, passage.text)
        covered_around = measures.measure_cover(query, (*around.slots.words, *around.titled))
        best, values = 0, [0.0] * len(MEASURED)
        most = -np.inf
        for place in np.argsort(-cosines, kind="stable")[:_MEASURED_UNITS].tolist():
            measured = measures.measure_unit(query, units[place].text, around, covered_around)
            score = float(cosines[place]) + _COVER_WEIGHT * measured[0] - _UNANSWERED_WEIGHT * measured[2]
            if score > most:
                most, best, values = score, place, measured
        meaning = float(cosines[best]) if len(cosines) else 0.0
        features = dict(
            zip(FEATURES, (meaning, float(cosines.mean()) if len(cosines) else 0.0, *found, *values), strict=False)
        )
        return PassageHit(self.ids[number], passage, units, best, features)


def _compare(hits: list[PassageHit]) -> list[PassageHit]:
    """Return the hits with how far each is ahead of the others in meaning."""
    meanings = np.asarray([hit.features["meaning"] for hit in hits])
    made = []
    for place, hit in enumerate(hits):
        others = _USUAL.copy()
        found = np.sort(np.delete(meanings, place))[::-1][: len(others)]
        others[: len(found)] = np.maximum(others[: len(found)], found)
        ahead = float(meanings[place] - others[0])
        apart = float((meanings[place] - others.mean()) / (others.std() + _SPREAD))
        made.append(replace(hit, features={**hit.features, "ahead": ahead, "apart": min(apart, _MOST_APART)}))
    return made


def is_doubtful(features: Mapping[str, float]) -> bool:
    """Return whether a passage cannot be the answer for sure.

    It names no amount where one is asked for, or another thing, does not say that something cannot be, or is in the other
    language.
    """
    return any(features[name] for name in ("unanswered", "codes_alone", "opposed", "denied", "other_language"))
