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
    "words", "characters", "entry_words", "entry_characters", "covered", "alike", "same", "known", "votes", "short", "language",
    "ahead_words", "ahead_characters",
)  # fmt: skip
"""What an entry is measured by, each in [0, 1] but the last two, which lie in [-1, 1].

words and characters: BM25 of the query against the best stored phrasing, as a share of what the query would score against
itself. entry_words and entry_characters: the same against all phrasings and the reply together. covered: how much of the
stored phrasing's weight the query holds. alike: Dice coefficient of the two sets of character n-grams. same: 1 if they are
equal but for spaces and punctuation. known: how much of the query's weight lies in words that the knowledge knows at all.
votes: how many of the ten best phrasings belong to the entry. short: 1 / number of words in the query. language: 1 if the
entry is written in the language of the query. ahead_words and ahead_characters: how far entry_words and entry_characters lie
above the best of the other entries, or below it."""

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
def _units(phrasing: str) -> tuple[str, frozenset[str], frozenset[str]]:
    # A phrasing is measured again with every question near it, but keeping this for all of them would cost too much memory.
    return _plain(phrasing), frozenset(words(phrasing)), frozenset(grams(phrasing))


@dataclass(frozen=True)
class Query:
    """A question, taken apart once; plain is what is left of it without spaces and punctuation."""

    plain: str
    words: tuple[str, ...]
    grams: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Query:
        """The query of a text."""
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
        word_lists: list[list[str]] = []
        gram_lists: list[list[str]] = []
        for offset, entry in enumerate(new.values()):
            first = len(self.phrasings) + len(fresh)
            places[entry.id] = (len(self.numbered) + offset, range(first, first + len(entry.questions)))
            for question in entry.questions:
                word_lists.append(words(question))
                gram_lists.append(grams(question))
                fresh.append(_Phrasing(entry.id, question))
        entries = {id: entry for id, entry in self.entries.items() if id not in gone} | new
        return replace(
            self,
            entries=entries,
            phrasings=(*self.phrasings, *fresh),
            by_words=self.by_words.without(dead).with_added(word_lists),
            by_grams=self.by_grams.without(dead).with_added(gram_lists),
            by_entry_words=self.by_entry_words.without(silent).with_added(
                [words(_whole(entry)) for entry in new.values()]
            ),
            by_entry_grams=self.by_entry_grams.without(silent).with_added(
                [grams(_whole(entry)) for entry in new.values()]
            ),
            numbered=(*self.numbered, *new),
            places=places,
        )

    def search(self, text: str, language: Language, count: int = 10) -> list[Hit]:
        """The entries most likely to answer the text, best first, at most count. Raises ValueError without a calibration."""
        if self.calibration is None:
            raise ValueError("this knowledge has no calibration: give one, or use measured()")
        hits = self.measured(Query.of(text), language)
        rated = [replace(hit, probability=self.calibration.probability(hit.features)) for hit in hits]
        # Equal probabilities fall in the order of the ids, so that the same question is always answered the same way.
        return sorted(rated, key=lambda hit: (-hit.probability, hit.entry.id))[:count]

    def measured(self, query: Query, language: Language) -> list[Hit]:
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
        known = self._known(query.words)
        terms, letters = frozenset(query.words), frozenset(query.grams)
        hits = []
        for id, votes in found.items():
            entry, (place, phrasings) = self.entries[id], self.places[id]
            best = max(phrasings, key=lambda number: by_phrasing[number])
            question = self.phrasings[best].text
            plain, stored_words, stored_grams = _units(question)
            features = {
                "words": float(by_words[best]),
                "characters": float(by_grams[best]),
                "entry_words": float(by_entry_words[place]),
                "entry_characters": float(by_entry_grams[place]),
                "covered": self._covered(stored_words, terms),
                "alike": 2 * len(letters & stored_grams) / (len(letters) + len(stored_grams)),
                "same": float(plain == query.plain),
                "known": known,
                "votes": votes / _VOTERS,
                "short": 1 / max(len(query.words), 1),
                "language": float(entry.language == language),
            }
            hits.append(Hit(entry, question, features))
        for name in ("words", "characters"):
            _compare(hits, f"entry_{name}", f"ahead_{name}")
        return hits

    def _known(self, asked: Sequence[str]) -> float:
        weights = {term: self.by_words.weight(term) for term in asked}
        total = sum(weights.values())
        return sum(weight for term, weight in weights.items() if self.by_words.knows(term)) / total if total else 0.0

    def _covered(self, stored: frozenset[str], asked: frozenset[str]) -> float:
        total = sum(self.by_words.weight(term) for term in stored)
        return sum(self.by_words.weight(term) for term in stored & asked) / total if total else 0.0


def _compare(hits: Sequence[Hit], name: str, ahead: str) -> None:
    best, second = (*sorted((hit.features[name] for hit in hits), reverse=True)[:2], 0.0, 0.0)[:2]
    for hit in hits:
        own = hit.features[name]
        hit.features[ahead] = own - (second if own == best else best)


def _whole(entry: Entry) -> str:
    return "\n".join((*entry.questions, entry.reply))


def _shares(index: BM25, query: Sequence[str]) -> Floats:
    perfect = index.perfect(query)
    scores = np.maximum(index.scores(query), 0.0)
    return np.minimum(scores / np.float32(perfect), 1.0) if perfect else scores


def _best(scores: Floats, count: int) -> list[int]:
    found = np.flatnonzero(scores > 0)
    return [int(number) for number in found[np.lexsort((found, -scores[found]))][:count]]
