"""Entries found side by side by their words, their characters and their replies, and measured with one probability."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from data.records import Entry, Language
from data.text.clean import fold
from data.text.segment import grams, words
from retrieval.bm25 import BM25, Floats
from retrieval.calibration import Calibration

FEATURES = (
    "characters", "entry_words", "covered", "same", "known", "votes", "language", "ahead_words", "ahead_characters",
)  # fmt: skip
"""What an entry is measured by, each in [0, 1] but the last two, which lie in [-1, 1].

characters: BM25 of the query's n-grams against the best stored phrasing, as a share of what the query would score against
itself. entry_words: the same of its words against all phrasings and the reply together. covered: how much of the stored
phrasing's weight the query holds. same: 1 if they are equal but for spaces and punctuation. known: how much of the query's
weight lies in words that the knowledge knows at all. votes: how many of the ten best phrasings belong to the entry.
language: 1 if the entry is written in the language of the query. ahead_words and ahead_characters: how far the entry, all of
it together, lies above the best of the other entries, or below it."""

_PHRASINGS = 48
_VOTERS = 10
_ENTRIES = 24


@dataclass(frozen=True)
class Hit:
    """An entry that may answer the query: the phrasing that matched best, the features, and the probability, if calibrated."""

    entry: Entry
    question: str
    features: dict[str, float]
    probability: float = 0.0


@dataclass(frozen=True)
class _Phrasing:
    entry: str
    text: str


_UNSPOKEN = re.compile(r"[\W_]+")


def _plain(text: str) -> str:
    # Signs carry meaning in "C++" and "C#"; everywhere else two questions differ by nothing but how carefully they were typed.
    return _UNSPOKEN.sub("", fold(text).replace("+", "p").replace("#", "s"))


@lru_cache(maxsize=8192)
def _units(phrasing: str) -> tuple[str, frozenset[str]]:
    # A phrasing is measured again with every question near it, but keeping this for all of them would cost too much memory.
    return _plain(phrasing), frozenset(words(phrasing))


@dataclass(frozen=True)
class Analysed:
    """A text, taken apart once; plain is what is left of it without spaces and punctuation."""

    plain: str
    words: tuple[str, ...]
    grams: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Analysed:
        """The parts of a text."""
        return cls(_plain(text), tuple(words(text)), tuple(grams(text)))


@dataclass(frozen=True)
class Hybrid:
    """The searchable knowledge as it is at one moment; changing it makes another one and never disturbs a search under way."""

    calibration: Calibration | None = None
    entries: Mapping[str, Entry] = field(default_factory=dict)
    phrasings: tuple[_Phrasing, ...] = ()
    by_words: BM25 = field(default_factory=BM25)
    by_grams: BM25 = field(default_factory=BM25)
    by_entry_words: BM25 = field(default_factory=lambda: BM25(b=0.5))
    by_entry_grams: BM25 = field(default_factory=lambda: BM25(b=0.5))
    numbered: tuple[str, ...] = ()
    places: Mapping[str, tuple[int, range]] = field(default_factory=dict)
    """Of each entry: its number in the entry indexes and the numbers of its phrasings in the phrasing indexes."""

    def changed(self, added: Iterable[Entry] = (), removed: Iterable[str] = ()) -> Hybrid:
        """The knowledge with these entries in place of any with the same id, and without the removed ids."""
        new = {entry.id: entry for entry in added}
        gone = (set(removed) | set(new)) & set(self.entries)
        silent = [self.places[id][0] for id in gone]
        dead = [number for id in gone for number in self.places[id][1]]
        places = {id: place for id, place in self.places.items() if id not in gone}
        fresh: list[_Phrasing] = []
        analysed: list[list[Analysed]] = []
        for offset, entry in enumerate(new.values()):
            first = len(self.phrasings) + len(fresh)
            places[entry.id] = (len(self.numbered) + offset, range(first, first + len(entry.questions)))
            fresh += [_Phrasing(entry.id, question) for question in entry.questions]
            analysed.append([Analysed.of(text) for text in (*entry.questions, entry.reply)])
        questions = [part for parts in analysed for part in parts[:-1]]
        entries = {id: entry for id, entry in self.entries.items() if id not in gone} | new
        return replace(
            self,
            entries=entries,
            phrasings=(*self.phrasings, *fresh),
            by_words=self.by_words.without(dead).with_added([part.words for part in questions]),
            by_grams=self.by_grams.without(dead).with_added([part.grams for part in questions]),
            by_entry_words=self.by_entry_words.without(silent).with_added(
                [[word for part in parts for word in part.words] for parts in analysed]
            ),
            by_entry_grams=self.by_entry_grams.without(silent).with_added(
                [[gram for part in parts for gram in part.grams] for parts in analysed]
            ),
            numbered=(*self.numbered, *new),
            places=places,
        )

    def search(self, text: str, language: Language, count: int = 10) -> list[Hit]:
        """The entries most likely to answer the text, best first, at most count. Raises ValueError without a calibration."""
        if self.calibration is None:
            raise ValueError("this knowledge has no calibration: give one, or use measured()")
        hits = self.measured(Analysed.of(text), language)
        rated = [replace(hit, probability=self.calibration.probability(hit.features)) for hit in hits]
        # Equal probabilities fall in the order of the ids, so that the same question is always answered the same way.
        return sorted(rated, key=lambda hit: (-hit.probability, hit.entry.id))[:count]

    def measured(self, query: Analysed, language: Language) -> list[Hit]:
        """Every entry worth considering with its features, in no order."""
        if not query.grams or not self.entries:
            return []
        by_words = _shares(self.by_words, query.words)
        by_grams = _shares(self.by_grams, query.grams)
        by_entry_words = _shares(self.by_entry_words, query.words)
        by_entry_grams = _shares(self.by_entry_grams, query.grams)
        by_phrasing = by_words + by_grams
        found: dict[str, int] = {}
        for rank, number in enumerate(_best(by_phrasing, _PHRASINGS)):
            entry_id = self.phrasings[number].entry
            found[entry_id] = found.get(entry_id, 0) + (rank < _VOTERS)
        for number in _best(by_entry_words + by_entry_grams, _ENTRIES):
            found.setdefault(self.numbered[number], 0)
        known, terms = self._known(query.words), frozenset(query.words)
        places = [self.places[id][0] for id in found]
        hits = []
        for (id, votes), ahead_words, ahead_grams in zip(
            found.items(), _ahead(by_entry_words[places]), _ahead(by_entry_grams[places]), strict=True
        ):
            entry, (place, phrasings) = self.entries[id], self.places[id]
            best = max(phrasings, key=lambda number: by_phrasing[number])
            question = self.phrasings[best].text
            plain, stored = _units(question)
            features = {
                "characters": float(by_grams[best]),
                "entry_words": float(by_entry_words[place]),
                "covered": self._covered(stored, terms),
                "same": float(plain == query.plain),
                "known": known,
                "votes": votes / _VOTERS,
                "language": float(entry.language == language),
                "ahead_words": float(ahead_words),
                "ahead_characters": float(ahead_grams),
            }
            hits.append(Hit(entry, question, features))
        return hits

    def _known(self, asked: Sequence[str]) -> float:
        weights = {term: self.by_words.weight(term) for term in asked}
        total = sum(weights.values())
        return sum(weight for term, weight in weights.items() if self.by_words.knows(term)) / total if total else 0.0

    def _covered(self, stored: frozenset[str], asked: frozenset[str]) -> float:
        total = sum(self.by_words.weight(term) for term in stored)
        return sum(self.by_words.weight(term) for term in stored & asked) / total if total else 0.0


def _ahead(shares: Floats) -> Floats:
    """Of each share, its distance from the best of the others; from 0 where there are none."""
    second, best = np.sort(np.concatenate([np.zeros(2, np.float32), shares]))[-2:]
    return np.asarray(shares - np.where(shares == best, second, best), dtype=np.float32)


def _shares(index: BM25, query: Sequence[str]) -> Floats:
    perfect = index.perfect(query)
    scores = np.maximum(index.scores(query), 0.0)
    return np.minimum(scores / np.float32(perfect), 1.0) if perfect else scores


def _best(scores: Floats, count: int) -> list[int]:
    found = np.flatnonzero(scores > 0)
    return [int(number) for number in found[np.lexsort((found, -scores[found]))][:count]]
