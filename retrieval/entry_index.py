"""Stored entries with four inverted indexes: of the words and n-grams of their phrasings, and of whole entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.records import Entry, Language
from data.text.standardize import standardize
from retrieval.bm25 import BM25, Query, search
from retrieval.entry_store import EntrySegment, EntryStore, compute_vector_key
from retrieval.hit import MAX_PHRASINGS, find_origin
from retrieval.matches import Matches, PhrasingMatch
from retrieval.postings import Segment
from retrieval.text_analysis import AnalysedText, list_grams, list_words, strip_plain

# So many that the owner's entries are among them although what the bot brings along has ten phrasings each.
_PHRASINGS = 128
_ENTRIES = 64
# Of a phrasing with so much in common, words and n-grams together at most 2, the words say which one was meant.
_ALIKE = 1.5
_STORED_ENTRIES = "shelf"
"""The name that indexes on disk hold the entries under."""


class Origin(NamedTuple):
    """The language of an entry, its part of the starter corpus (None for an owner's entry), and its id."""

    language: Language
    part: str | None
    id: str


@dataclass(frozen=True)
class EntryIndex:
    """Entries and indexes as they are at one moment; a change returns another one.

    Entries and phrasings are numbered in the order they were added, the same in all of them.
    """

    entries: EntryStore = field(default_factory=EntryStore)
    by_words: BM25 = field(default_factory=BM25)
    by_grams: BM25 = field(default_factory=BM25)
    by_entry_words: BM25 = field(default_factory=lambda: BM25(b=0.5))
    by_entry_grams: BM25 = field(default_factory=lambda: BM25(b=0.5))

    def find_entries(self, ids: Iterable[str]) -> dict[int, Entry]:
        """Return the entries with these ids by their numbers; unknown ids are left out."""
        numbers = [number for id in ids if (number := self.entries.find_number(id)) is not None]
        return {number: self.entries.read_entry(number) for number in numbers}

    def without(self, entries: Mapping[int, Entry]) -> EntryIndex:
        """Return the index in which these entries, given by number, are deleted."""
        phrasings: dict[int, AnalysedText] = {}
        whole: dict[int, list[AnalysedText]] = {}
        for number, entry in entries.items():
            parts = [AnalysedText.of(text) for text in (*entry.questions, entry.reply)]
            phrasings |= zip(self.entries.find_phrasings(number), parts[:-1], strict=True)
            whole[number] = parts
        return replace(
            self,
            entries=self.entries.without(entries),
            by_words=self.by_words.without({number: part.words for number, part in phrasings.items()}),
            by_grams=self.by_grams.without({number: part.grams for number, part in phrasings.items()}),
            by_entry_words=self.by_entry_words.without({number: list_words(parts) for number, parts in whole.items()}),
            by_entry_grams=self.by_entry_grams.without({number: list_grams(parts) for number, parts in whole.items()}),
        )

    def with_added(self, entries: Sequence[Entry]) -> EntryIndex:
        """Return the index with these entries added."""
        analysed = [[AnalysedText.of(text) for text in (*entry.questions, entry.reply)] for entry in entries]
        questions = [part for parts in analysed for part in parts[:-1]]
        return replace(
            self,
            entries=self.entries.with_added(entries),
            by_words=self.by_words.with_added([part.words for part in questions]),
            by_grams=self.by_grams.with_added([part.grams for part in questions]),
            by_entry_words=self.by_entry_words.with_added([list_words(parts) for parts in analysed]),
            by_entry_grams=self.by_entry_grams.with_added([list_grams(parts) for parts in analysed]),
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the live entries and their indexes as arrays by name; none of an index that never held an entry."""
        if not self.entries.size:
            return {}
        parts: dict[str, EntrySegment | Segment] = {_STORED_ENTRIES: self.entries.compact().segments[0]}
        parts |= {name: index.compact().segments[0] for name, index in self._inverted.items()}
        return {f"{name}.{array}": value for name, part in parts.items() for array, value in part.to_arrays().items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> EntryIndex:
        """Build the index from what to_arrays returned. Raises KeyError if an array is missing."""
        if not arrays:
            return cls()
        parts: dict[str, dict[str, NDArray[Any]]] = {}
        for name, array in arrays.items():
            part, _, field_name = name.partition(".")
            parts.setdefault(part, {})[field_name] = array
        entries = EntryStore((EntrySegment.from_arrays(parts[_STORED_ENTRIES]),))
        inverted = {
            name: replace(index, segments=(Segment.from_arrays(parts[name]),))
            for name, index in cls()._inverted.items()
        }
        return cls(entries, **inverted)

    def prepare(self, query: AnalysedText) -> dict[str, Query]:
        """Return the query as each index takes it, by the name of the index."""
        return {
            name: index.prepare(query.words if "words" in name else query.grams)
            for name, index in self._inverted.items()
        }

    def search(self, queries: Mapping[str, Query]) -> tuple[dict[int, list[int]], list[int]]:
        """Return what words and n-grams find, best first: phrasings by the number of their entry, and entries."""
        phrasings: dict[int, list[int]] = {}
        for number, _ in _search_both(queries["by_words"], queries["by_grams"], _PHRASINGS):
            phrasings.setdefault(self.entries.find_phrasing_owner(number), []).append(number)
        entries = _search_both(queries["by_entry_words"], queries["by_entry_grams"], _ENTRIES)
        return phrasings, [number for number, _ in entries]

    def match_phrasings(self, found: Matches, places: Sequence[int]) -> list[PhrasingMatch]:
        """Return for each of these places in what was found the phrasing that fits best."""
        candidates = {}
        for place in places:
            number = found.numbers[place]
            first = self.entries.find_phrasings(number)[:MAX_PHRASINGS]
            candidates[number] = [*dict.fromkeys((*found.phrasings.get(number, ()), *first))]
        flat = [phrasing for own in candidates.values() for phrasing in own]
        all_words, all_grams = (found.queries[name].normalize(flat) for name in ("by_words", "by_grams"))
        matches, begin = [], 0
        for number, own in candidates.items():
            entry, start = self.entries.read_entry(number), self.entries.find_phrasings(number).start
            questions = [entry.questions[phrasing - start] for phrasing in own]
            by_words, by_grams = (each[begin : begin + len(own)] for each in (all_words, all_grams))
            begin += len(own)
            shares = by_words + by_grams
            if (key := found.nearest.keys.get(number)) is not None and float(shares.max()) < _ALIKE:
                # Where no phrasing has nearly the same words, the one nearest in meaning is the better witness.
                meant = [compute_vector_key(question, entry.id, False) == key for question in questions]
                shares = shares + np.asarray(meant, np.float32) * 2
            chosen = int(np.argmax(shares))
            matches.append(PhrasingMatch(entry, questions[chosen], float(by_words[chosen]), float(by_grams[chosen])))
        return matches

    def find_owners(self, question: str) -> set[int]:
        """Return the numbers of the entries that have the stored question, of those that its words find."""
        query = AnalysedText.of(question)

        def has_question(owner: int) -> bool:
            texts = self.entries.read_entry(owner).questions
            return any(strip_plain(standardize(text)) == query.plain for text in texts)

        found = self.by_words.search(query.words, _ENTRIES)
        return set(filter(has_question, (self.entries.find_phrasing_owner(number) for number, _ in found)))

    def find_origin(self, number: int) -> Origin:
        """Return where the entry of that number comes from; an entry is unpacked for this once."""
        known = self._origins.get(number)
        if known is None:
            entry = self.entries.read_entry(number)
            known = self._origins[number] = Origin(entry.language, find_origin(entry.place.file), entry.id)
        return known

    @cached_property
    def _origins(self) -> dict[int, Origin]:
        return {}

    @property
    def _inverted(self) -> dict[str, BM25]:
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "entries"}


def _search_both(by_words: Query, by_grams: Query, count: int) -> list[tuple[int, float]]:
    """Return the best by words and n-grams together, each measured by what the query would score against itself."""
    return search([(one, 1 / one.self_score if one.self_score else 0.0) for one in (by_words, by_grams)], count)
