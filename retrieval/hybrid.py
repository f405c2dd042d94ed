"""Entries found side by side by their words, their characters and their meaning, and measured with one probability."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.records import Entry, Language
from data.text.clean import fold
from data.text.segment import grams, words
from retrieval import stored
from retrieval.bm25 import BM25, Asked, search
from retrieval.calibration import Calibration
from retrieval.fusion import recalled
from retrieval.meaning import Meaning, Near
from retrieval.paraphrase.infer import Judge
from retrieval.postings import Floats, Segment
from retrieval.shelf import Board, Shelf

FEATURES = (
    "same", "known", "language", "reply_meaning", "paraphrase",
    "ahead_words", "ahead_characters", "ahead_meaning", "ahead_paraphrase",
)  # fmt: skip
"""What an entry is measured by, each in [0, 1], but meanings and what is ahead in [-1, 1].

same: 1 if a stored phrasing is the query but for spaces and punctuation. known: how much of the query's weight lies in words
that the knowledge knows at all. language: 1 if the entry is written in the language of the query. reply_meaning: the DSSM
cosine of the reply with the query after what was said before. paraphrase: how likely one of its phrasings asks what the query
asks, the log-odds from -8 (0) to 8 (1). ahead_words, ahead_characters, ahead_meaning and ahead_paraphrase: how far the entry lies
above the best of the others recalled, or below it; by BM25 of its phrasings and reply together, as a share of what the query
would score against itself; by meaning, its nearest phrasing; by paraphrase."""

_PHRASINGS = 48
_ENTRIES = 24
_NEAR = 48
_NEAR_REPLIES = 24
# Of the starter corpus' dev questions every one has its entry among the first 16.
_RECALLED = 16
# Of an entry with thousands of phrasings, which old dialogues make, those are measured that were found, and these.
_MEASURED = 32
# More of them gained nothing on the dev questions and cost time. The entries left out count as the worst of those judged.
_JUDGED = 8
_JUDGED_PHRASINGS = 2
_CERTAIN = 8.0
_CHUNK = 20_000
# Of so many, words and meaning are searched side by side. Of fewer, a thread costs more than it gains.
_MANY = 200_000
_FORMAT = 1


@dataclass(frozen=True)
class Hit:
    """An entry that may answer the query: the phrasing that matched best, the features, and the probability, if calibrated."""

    entry: Entry
    question: str
    features: dict[str, float]
    probability: float = 0.0


_UNSPOKEN = re.compile(r"[\W_]+")


def _plain(text: str) -> str:
    # Signs carry meaning in "C++" and "C#"; everywhere else two questions differ by nothing but how carefully they were typed.
    return _UNSPOKEN.sub("", fold(text).replace("+", "p").replace("#", "s"))


@dataclass(frozen=True)
class Analysed:
    """A text, taken apart once; plain is what is left of it without spaces and punctuation."""

    text: str
    plain: str
    words: tuple[str, ...]
    grams: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Analysed:
        """The parts of a text."""
        return cls(text, _plain(text), tuple(words(text)), tuple(grams(text)))


@dataclass(frozen=True)
class Hybrid:
    """The searchable knowledge as it is at one moment; changing it makes another one and never disturbs a search under way.

    Entries and phrasings are numbered in the order they were added, the same in shelf and indexes. The vectors of meaning are
    shared by all moments: of what it finds, only the entries of this one count. judge is to know how to tell phrasings that a
    search found.
    """

    calibration: Calibration | None = None
    meaning: Meaning | None = None
    judge: Judge | None = None
    shelf: Shelf = field(default_factory=Shelf)
    by_words: BM25 = field(default_factory=BM25)
    by_grams: BM25 = field(default_factory=BM25)
    by_entry_words: BM25 = field(default_factory=lambda: BM25(b=0.5))
    by_entry_grams: BM25 = field(default_factory=lambda: BM25(b=0.5))

    def changed(self, added: Iterable[Entry] = (), removed: Iterable[str] = ()) -> Hybrid:
        """The knowledge with these entries in place of any with the same id, and without the removed ids."""
        index = self._without(set(removed))
        rest = iter(added)
        # A part at a time: of a million entries only these are Python objects at once.
        while chunk := list(islice(rest, _CHUNK)):
            new = {entry.id: entry for entry in chunk}
            index = index._without(new)._with(list(new.values()))
        return index

    def _without(self, ids: Iterable[str]) -> Hybrid:
        numbers = [number for id in ids if (number := self.shelf.number_of(id)) is not None]
        if not numbers:
            return self
        entries = [self.shelf.entry(number) for number in numbers]
        phrasings: dict[int, Analysed] = {}
        whole: dict[int, list[Analysed]] = {}
        for number, entry in zip(numbers, entries, strict=True):
            parts = [Analysed.of(text) for text in (*entry.questions, entry.reply)]
            phrasings |= zip(self.shelf.phrasings_of(number), parts[:-1], strict=True)
            whole[number] = parts
        if self.meaning is not None:
            self.meaning.remove(entries)
        return replace(
            self,
            shelf=self.shelf.without(numbers),
            by_words=self.by_words.without({number: part.words for number, part in phrasings.items()}),
            by_grams=self.by_grams.without({number: part.grams for number, part in phrasings.items()}),
            by_entry_words=self.by_entry_words.without({number: _words(parts) for number, parts in whole.items()}),
            by_entry_grams=self.by_entry_grams.without({number: _grams(parts) for number, parts in whole.items()}),
        )

    def _with(self, entries: Sequence[Entry]) -> Hybrid:
        analysed = [[Analysed.of(text) for text in (*entry.questions, entry.reply)] for entry in entries]
        questions = [part for parts in analysed for part in parts[:-1]]
        if self.meaning is not None:
            self.meaning.add(entries)
        return replace(
            self,
            shelf=self.shelf.with_added(entries),
            by_words=self.by_words.with_added([part.words for part in questions]),
            by_grams=self.by_grams.with_added([part.grams for part in questions]),
            by_entry_words=self.by_entry_words.with_added([_words(parts) for parts in analysed]),
            by_entry_grams=self.by_entry_grams.with_added([_grams(parts) for parts in analysed]),
        )

    def save(self, folder: Path, about: Mapping[str, Any]) -> None:
        """Write the living entries and their indexes, not the vectors, into the folder.

        Raises OSError, for instance on a full disk; what was there before can still be opened then.
        """
        arrays: dict[str, NDArray[Any]] = {}
        if self.shelf.size:
            parts: dict[str, Board | Segment] = {"shelf": self.shelf.compact().boards[0]}
            parts |= {name: getattr(self, name).compact().segments[0] for name in _INDEXES}
            arrays = {
                f"{name}.{array}": value for name, part in parts.items() for array, value in part.arrays().items()
            }
        stored.write(folder, arrays, {"format": _FORMAT, **about})

    @classmethod
    def open(
        cls,
        folder: Path,
        calibration: Calibration | None = None,
        meaning: Meaning | None = None,
        judge: Judge | None = None,
    ) -> tuple[Hybrid, Mapping[str, Any]]:
        """The knowledge that was saved in the folder, memory-mapped, and what was said about it. Raises DamagedIndex."""
        found = stored.open(folder)
        if found.about.get("format") != _FORMAT:
            raise stored.DamagedIndex(
                f"{folder} holds an index of format {found.about.get('format')}; this program reads {_FORMAT}. Delete {folder}: "
                "it is made again from the knowledge at the next start."
            )
        index = cls(calibration, meaning, judge)
        if not found.arrays:
            return index, found.about
        parts: dict[str, dict[str, NDArray[Any]]] = {}
        for name, array in found.arrays.items():
            part, _, field_name = name.partition(".")
            parts.setdefault(part, {})[field_name] = array
        indexes = {name: replace(getattr(index, name), segments=(Segment(**parts[name]),)) for name in _INDEXES}
        return replace(index, shelf=Shelf((Board(**parts["shelf"]),)), **indexes), found.about

    def search(self, text: str, language: Language, count: int = 10, earlier: Sequence[str] = ()) -> list[Hit]:
        """The entries most likely to answer the text after what was said earlier, best first, at most count.

        Raises ValueError without a calibration.
        """
        if self.calibration is None:
            raise ValueError("this knowledge has no calibration: give one, or use measured()")
        hits = self.measured(Analysed.of(text), language, earlier)
        rated = [replace(hit, probability=self.calibration.probability(hit.features)) for hit in hits]
        # Equal probabilities fall in the order of the ids, so that the same question is always answered the same way.
        return sorted(rated, key=lambda hit: (-hit.probability, hit.entry.id))[:count]

    def measured(self, query: Analysed, language: Language, earlier: Sequence[str] = ()) -> list[Hit]:
        """Every entry worth considering, those that words, characters and meaning recall together, with its features."""
        if not query.grams or not self.shelf.living:
            return []
        asked = {name: getattr(self, name).asked(query.words if "words" in name else query.grams) for name in _INDEXES}
        phrasings, entries, meant = self._found(asked, query, earlier)
        numbers = recalled([list(phrasings), entries, *(list(each.owners) for each in meant or ())], _RECALLED)
        near, near_replies = meant or self._worked_out(query, earlier, numbers)
        found = {number: phrasings.get(number, []) for number in numbers}
        entry_words, entry_grams = (asked[name].shares(numbers) for name in ("by_entry_words", "by_entry_grams"))
        meanings = np.asarray([near.cosine(number) for number in numbers], np.float32)
        matched = list(self._matched(asked, found))
        paraphrases = self._judged(query, matched)
        ahead = [_ahead(each) for each in (entry_words, entry_grams, meanings, paraphrases)]
        known = asked["by_words"].known
        return [
            Hit(
                entry,
                questions[0],
                {
                    "same": float(_plain(questions[0]) == query.plain),
                    "known": known,
                    "language": float(entry.language == language),
                    "reply_meaning": near_replies.cosine(numbers[place]),
                    "paraphrase": float(paraphrases[place]),
                    "ahead_words": float(ahead[0][place]),
                    "ahead_characters": float(ahead[1][place]),
                    "ahead_meaning": float(ahead[2][place]),
                    "ahead_paraphrase": float(ahead[3][place]),
                },
            )
            for place, (entry, questions) in enumerate(matched)
        ]

    def _found(
        self, asked: Mapping[str, Asked], query: Analysed, earlier: Sequence[str]
    ) -> tuple[dict[int, list[int]], list[int], tuple[_Owned, _Owned] | None]:
        """Phrasings by the number of their entry, and entries, that words find, best first; and what meaning finds."""
        if self.shelf.size < _MANY:
            return *self._by_words(asked), self._near(query, earlier)
        # A thread of the search's own, not one of a pool: a process that was forked would wait for a pool's forever.
        with ThreadPoolExecutor(1) as beside:
            meant = beside.submit(self._near, query, earlier)
            return *self._by_words(asked), meant.result()

    def _by_words(self, asked: Mapping[str, Asked]) -> tuple[dict[int, list[int]], list[int]]:
        phrasings: dict[int, list[int]] = {}
        for number, _ in _best(asked["by_words"], asked["by_grams"], _PHRASINGS):
            phrasings.setdefault(self.shelf.owner_of_phrasing(number), []).append(number)
        return phrasings, [number for number, _ in _best(asked["by_entry_words"], asked["by_entry_grams"], _ENTRIES)]

    def _matched(
        self, asked: Mapping[str, Asked], found: Mapping[int, Sequence[int]]
    ) -> Iterator[tuple[Entry, list[str]]]:
        """The entries of these numbers, each with the few phrasings that share most with the query, best first."""
        measured = [
            [*dict.fromkeys((*seen, *self.shelf.phrasings_of(number)[:_MEASURED]))] for number, seen in found.items()
        ]
        flat = [phrasing for each in measured for phrasing in each]
        shares = asked["by_words"].shares(flat) + asked["by_grams"].shares(flat)
        first = 0
        for number, phrasings in zip(found, measured, strict=True):
            best = np.argsort(-shares[first : first + len(phrasings)], kind="stable")[:_JUDGED_PHRASINGS]
            first += len(phrasings)
            entry, start = self.shelf.entry(number), self.shelf.phrasings_of(number).start
            yield entry, [entry.questions[phrasings[place] - start] for place in best]

    def _judged(self, query: Analysed, matched: Sequence[tuple[Entry, Sequence[str]]]) -> Floats:
        """float32 [N]: how likely each of these entries has a phrasing that asks what the query asks; 0 without a judge."""
        if self.judge is None or not matched:
            return np.zeros(len(matched), np.float32)
        few = [questions for _, questions in matched[:_JUDGED]]
        odds = self.judge.log_odds(query.text, [question for questions in few for question in questions])
        best = np.maximum.reduceat(odds, np.cumsum([0, *map(len, few[:-1])]))
        best = np.concatenate([best, np.full(len(matched) - len(few), best.min(), np.float32)])
        return np.asarray(np.clip(best / (2 * _CERTAIN) + 0.5, 0, 1), dtype=np.float32)

    def _near(self, query: Analysed, earlier: Sequence[str]) -> tuple[_Owned, _Owned] | None:
        """The entries whose phrasings, and whose replies, are nearest in meaning; None while the vectors cannot be reached."""
        if self.meaning is None:
            return _Owned({}, 0.0), _Owned({}, 0.0)
        found = self.meaning.near((*earlier, query.text), _NEAR, _NEAR_REPLIES)
        return found and (self._owned(found[0]), self._owned(found[1]))

    def _worked_out(self, query: Analysed, earlier: Sequence[str], numbers: Sequence[int]) -> tuple[_Owned, _Owned]:
        """The cosines of these entries without an index: an entry found by words is measured as if its vectors were at hand."""
        assert self.meaning is not None
        entries = [self.shelf.entry(number) for number in numbers]
        made = self.meaning.cosines((*earlier, query.text), entries)
        phrasings, replies = (_Owned(dict(zip(numbers, each, strict=True)), 0.0) for each in made)
        return phrasings, replies

    def _owned(self, near: Near) -> _Owned:
        best: dict[int, float] = {}
        for number, cosine in zip(self.shelf.owners_of(near.keys).tolist(), near.cosines.tolist(), strict=True):
            if number >= 0:
                best.setdefault(number, cosine)
        return _Owned(best, near.least)


@dataclass(frozen=True)
class _Owned:
    """The entries that own the nearest vectors, best first, each with its highest cosine."""

    owners: Mapping[int, float]
    least: float

    def cosine(self, number: int) -> float:
        # What was not among the nearest is measured as the last of them: it lies below, and nobody knows how far.
        return self.owners.get(number, self.least)


_INDEXES = ("by_words", "by_grams", "by_entry_words", "by_entry_grams")


def _best(by_words: Asked, by_grams: Asked, count: int) -> list[tuple[int, float]]:
    """The best by words and n-grams together, each measured by what the query would score against itself."""
    return search([(one, 1 / one.perfect if one.perfect else 0.0) for one in (by_words, by_grams)], count)


def _words(parts: Iterable[Analysed]) -> list[str]:
    return [word for part in parts for word in part.words]


def _grams(parts: Iterable[Analysed]) -> list[str]:
    return [gram for part in parts for gram in part.grams]


def _ahead(shares: Floats) -> Floats:
    """Of each share, its distance from the best of the others; from 0 where there are none."""
    second, best = np.sort(np.concatenate([np.zeros(2, np.float32), shares]))[-2:]
    return np.asarray(shares - np.where(shares == best, second, best), dtype=np.float32)
