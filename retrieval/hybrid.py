"""Hybrid search: by words, n-grams and meaning, with one calibrated probability."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from data.records import Entry, Language
from data.text.standardize import standardize
from retrieval import array_files
from retrieval.bm25 import Query
from retrieval.boosting import BoostedTrees
from retrieval.calibration import Calibration
from retrieval.correction import Corrector
from retrieval.dense_index import DenseIndex, Neighbors
from retrieval.entry_index import EntryIndex
from retrieval.entry_store import EntryStore
from retrieval.follow_up import is_follow_up
from retrieval.hit import Hit, find_origin
from retrieval.hit_features import measure_hits
from retrieval.hit_rules import distrust_details, prefer_own, weigh_changes
from retrieval.matches import Matches, NearestEntries
from retrieval.paraphrase.infer import Judge
from retrieval.text_analysis import AnalysedText

_NEAR = 256
_NEAR_REPLIES = 64
# What is judged closely: three can be offered, and the next tells how far they are ahead.
_JUDGED = 4
_JUDGED_BESIDE = 2
# From such a cosine on with what the bot brings along a message is a courtesy, and goes on from nothing.
_COURTEOUS = 0.7
_EXACT = 0.985
_CLAUSES, _MAX_CLAUSES = re.compile(r"[\s,，.。!！?？;；~～、]*[,，.。!！?？;；~～、][\s,，.。!！?？;；~～、]*"), 4
# Three of one character and nothing else is no question, but perhaps a laugh.
_NOISE = re.compile(r"\W*(\w)\1{2,}\W*")
# Of a larger knowledge nearly every word is somebody's, and its own words say little about what a slip was meant to be.
_MAX_CORRECTED = 20_000
# Chosen on the two owners of benchmarks/own_faq that are there to tune on.
_WORDS_WEIGHT = 0.15
_REPLY_WEIGHT = 0.3
_CHUNK = 20_000
# Of so many, words and meaning are searched side by side. Of fewer, a thread costs more than it gains.
_MANY = 200_000
_FORMAT = 1


@dataclass(frozen=True)
class Hybrid:
    """The searchable knowledge at one moment; a change returns another one.

    All moments share the vectors of dense_index; of its results only the entries of this moment count.

    Args:
        calibration: Turns the features of a hit into a probability.
        dense_index: Searches by meaning; without one only words count.
        judge: Tells whether two phrasings ask the same; it must be one for phrasings that a search found.
        index: The entries with their inverted indexes.

    Args:
        change never disturbs a search under way.
    """

    calibration: Calibration | BoostedTrees | None = None
    dense_index: DenseIndex | None = None
    judge: Judge | None = None
    index: EntryIndex = field(default_factory=EntryIndex)

    @property
    def entries(self) -> EntryStore:
        """The entries by number."""
        return self.index.entries

    def update(self, added: Iterable[Entry] = (), removed: Iterable[str] = ()) -> Hybrid:
        """Return the knowledge with some entries replaced or added, and others removed.

        Args:
            added: They replace any entry with the same id.
            removed: Ids; unknown ones are ignored.
        """
        hybrid = self._without(set(removed))
        rest = iter(added)
        # A part at a time: of a million entries only these are Python objects at once.
        while chunk := list(islice(rest, _CHUNK)):
            new = {entry.id: entry for entry in chunk}
            hybrid = hybrid._without(new)._with(list(new.values()))
        return hybrid

    def _without(self, ids: Iterable[str]) -> Hybrid:
        removed = self.index.find_entries(ids)
        if not removed:
            return self
        if self.dense_index is not None:
            self.dense_index.remove(list(removed.values()))
        return replace(self, index=self.index.without(removed))

    def _with(self, entries: Sequence[Entry]) -> Hybrid:
        if self.dense_index is not None:
            self.dense_index.add(entries)
        return replace(self, index=self.index.with_added(entries))

    def save(self, folder: Path, about: Mapping[str, Any]) -> None:
        """Write the live entries and their indexes, not the vectors, into the folder.

        Raises:
            OSError: For instance on a full disk; the previous state can still be opened then.
        """
        array_files.write(folder, self.index.to_arrays(), {"format": _FORMAT, **about})

    @classmethod
    def open(
        cls,
        folder: Path,
        calibration: Calibration | BoostedTrees | None = None,
        dense_index: DenseIndex | None = None,
        judge: Judge | None = None,
    ) -> tuple[Hybrid, Mapping[str, Any]]:
        """Return the knowledge saved in a folder, memory-mapped, and its metadata.

        Raises:
            DamagedIndexError: A file is damaged, or the index has another format.
        """
        found = array_files.open(folder)
        if found.about.get("format") != _FORMAT:
            raise array_files.DamagedIndexError(
                f"{folder} holds an index of format {found.about.get('format')}; this program reads {_FORMAT}. Delete {folder}: "
                "it is made again from the knowledge at the next start."
            )
        return cls(calibration, dense_index, judge, EntryIndex.from_arrays(found.arrays)), found.about

    def search(
        self, text: str, language: Language, count: int = 10, previous: str = "", silent: Collection[str] = ()
    ) -> list[Hit]:
        """Return the entries most likely to answer the text, best first.

        Args:
            text: What was said.
            language: Entries in this language are preferred.
            count: At most so many hits are returned.
            previous: The stored question that was answered last, if any.
            silent: Parts of the starter corpus that are ignored.

        Raises:
            ValueError: There is no calibration.
        """
        if self.calibration is None:
            raise ValueError("this knowledge has no calibration: give one, or use measure()")
        if "courtesy" not in silent:
            text = self._strip_courtesies(text)
        hits = self.measure(AnalysedText.of(text), language, previous, silent)
        exact = [hit for hit in hits if hit.features["same"]]
        rated = [
            # What is asked as it is stored is meant, whatever the trees think of short questions.
            replace(hit, probability=_EXACT if exact == [hit] else self.calibration.probability(hit.features))
            for hit in hits
        ]
        rated = prefer_own(distrust_details(text, rated))
        if previous and not exact and is_follow_up(standard := standardize(text)):
            answered = [self.entries.read_entry(number) for number in self.index.find_owners(previous)]
            rated = weigh_changes(standard, previous, answered[0], rated) if len(answered) == 1 else rated
        # Equal probabilities fall in the order of the ids, so that the same question is always answered the same way.
        return sorted(rated, key=lambda hit: (-hit.probability, hit.entry.id))[:count]

    def measure(
        self, query: AnalysedText, language: Language, previous: str = "", silent: Collection[str] = ()
    ) -> list[Hit]:
        """Return the entries that fit best, best first, with their features.

        Meaning, words, n-grams and sound count together.

        Args:
            query: What was said.
            language: Entries in this language are preferred.
            previous: The stored question that was answered last; a message that goes on from it is read together with it.
            silent: Parts of the starter corpus that are ignored.
        """
        query = self._correct(query)
        if not query.grams or not self.entries.live_count:
            return []
        if noise := _NOISE.fullmatch(query.text):
            query = AnalysedText.of(noise[1] * 2)
            hits = self._measure_best(query, self._gather(query, language), 1)
            return [hit for hit in hits if hit.features["same"] and find_origin(hit.entry.place.file) not in silent]
        found = self._gather(query, language)
        hidden = [self.index.find_origin(number).part in silent for number in found.numbers]
        # What the bot would say, if it were not silent on that, tells what a message is not about.
        if any(hidden):
            silent_score = float(found.fused[hidden].max())
            audible = found.select([not is_hidden for is_hidden in hidden]).with_margins()
            found = replace(audible, silent_score=silent_score)
        own = found.is_own
        # What the bot brings along takes no place from the owner's entries, neither among those judged nor as their rival.
        starter = found.select([not is_own for is_own in own])
        beside = self._measure_best(query, starter, _JUDGED_BESIDE if any(own) else _JUDGED)
        beside = [hit for hit in beside if hit.features["elsewhere"] >= 0]
        if not any(own):
            return beside
        courteous = max((hit.features["meaning"] for hit in beside), default=0.0) >= _COURTEOUS
        if previous and not courteous and is_follow_up(query.standard):
            return [*self._measure_follow_up(query, found.select(own), previous, language), *beside]
        return [*self._measure_best(query, found.select(own).with_margins(), _JUDGED), *beside]

    def _measure_follow_up(self, query: AnalysedText, alone: Matches, previous: str, language: Language) -> list[Hit]:
        """Return the best entries for a message read together with the question before it.

        The entry that was answered already is measured by the message alone: together they would always mean it.
        """
        answered = self.index.find_owners(previous)
        together = AnalysedText.of(f"{previous} {query.standard}")
        following = self._gather(together, language)
        found = alone.join_follow_up(following.select(following.is_own), answered)
        others = found.select([number not in answered for number in found.numbers])
        again = alone.with_margins().select([number in answered for number in alone.numbers])
        return [*self._measure_best(together, others, _JUDGED), *self._measure_best(query, again, 1)]

    def _measure_best(self, query: AnalysedText, found: Matches, count: int) -> list[Hit]:
        """Return the best of what was found, best first, each measured beside the others."""
        if not found.numbers:
            return []
        # Equal scores fall in the order of the ids, whatever was added first.
        places = sorted(
            range(len(found.numbers)),
            key=lambda place: (-found.fused[place], self.index.find_origin(found.numbers[place]).id),
        )[:count]
        return measure_hits(query, found, places, self.index.match_phrasings(found, places), self.judge)

    def _strip_courtesies(self, text: str) -> str:
        """Return a message without courtesies before it; of courtesies alone the last one.

        "Hello, where can I park?" becomes "where can I park?".
        """
        parts = [part for part in _CLAUSES.split(text) if part.strip()]
        if not 2 <= len(parts) <= _MAX_CLAUSES:
            return text
        rest = [part for part in parts if not self._is_courtesy(part)]
        if not rest:
            return parts[-1]
        if len(rest) == 1 and self.index.find_owners(rest[0]):
            # Thanks behind a stored question.
            return rest[0]
        first = parts.index(rest[0])
        return "，".join(parts[first:]) if first else text

    def _is_courtesy(self, text: str) -> bool:
        return any(self.index.find_origin(owner).part == "courtesy" for owner in self.index.find_owners(text))

    def _correct(self, query: AnalysedText) -> AnalysedText:
        if self.entries.live_count > _MAX_CORRECTED:
            return query
        standard = self._corrector.correct(query.standard)
        return query if standard == query.standard else replace(AnalysedText.of(standard), text=query.text)

    @cached_property
    def _corrector(self) -> Corrector:
        # The owner's words alone: what the bot brings along says too much about too little.
        own = (number for number in self.entries.list_numbers() if self.index.find_origin(number).part is None)
        questions = (standardize(text) for number in own for text in self.entries.read_entry(number).questions)
        return Corrector(questions, frozenset() if self.judge is None else self.judge.words)

    def _gather(self, query: AnalysedText, language: Language) -> Matches:
        """Return everything that words and meaning find, with its scores."""
        queries = self.index.prepare(query)
        phrasings, entries, nearest = self._search_indexes(queries, query)
        by_meaning = (number for each in nearest or () for number in each.cosines)
        numbers = [*dict.fromkeys((*phrasings, *entries, *by_meaning))]
        near, near_replies = nearest or self._compute_nearest(query, numbers)
        meanings, replies = (
            np.asarray([each.find_cosine(number) for number in numbers], np.float32) for each in (near, near_replies)
        )
        by_words, by_grams = (queries[name].normalize(numbers) for name in ("by_entry_words", "by_entry_grams"))
        origins = [self.index.find_origin(number) for number in numbers]
        found = Matches(
            queries,
            numbers,
            [origin.part is None for origin in origins],
            phrasings,
            near,
            meanings,
            replies,
            by_words,
            by_grams,
            np.asarray([origin.language == language for origin in origins], np.float32),
            meanings + np.float32(_REPLY_WEIGHT) * replies + np.float32(_WORDS_WEIGHT) * (by_words + by_grams),
        )
        return found.with_margins()

    def _search_indexes(
        self, queries: Mapping[str, Query], query: AnalysedText
    ) -> tuple[dict[int, list[int]], list[int], tuple[NearestEntries, NearestEntries] | None]:
        """Return what words find and what meaning finds.

        Words find phrasings, by the number of their entry, and entries.
        """
        if self.entries.size < _MANY:
            return *self.index.search(queries), self._search_dense(query)
        # A thread of the search's own, not one of a pool: a process that was forked would wait for a pool's forever.
        with ThreadPoolExecutor(1) as beside:
            nearest = beside.submit(self._search_dense, query)
            return *self.index.search(queries), nearest.result()

    def _search_dense(self, query: AnalysedText) -> tuple[NearestEntries, NearestEntries] | None:
        """Return the entries nearest by phrasing and by reply; None while unreachable."""
        if self.dense_index is None:
            return NearestEntries({}, 0.0), NearestEntries({}, 0.0)
        found = self.dense_index.search((query.standard,), _NEAR, _NEAR_REPLIES)
        return found and (self._group_by_entry(found[0]), self._group_by_entry(found[1]))

    def _compute_nearest(self, query: AnalysedText, numbers: Sequence[int]) -> tuple[NearestEntries, NearestEntries]:
        """Return the cosines of these entries, computed without an index."""
        assert self.dense_index is not None
        entries = [self.entries.read_entry(number) for number in numbers]
        cosines = self.dense_index.compute_cosines((query.standard,), entries)
        phrasings, replies = (NearestEntries(dict(zip(numbers, each, strict=True)), 0.0) for each in cosines)
        return phrasings, replies

    def _group_by_entry(self, near: Neighbors) -> NearestEntries:
        best: dict[int, float] = {}
        keys: dict[int, int] = {}
        owners = self.entries.find_owners(near.keys).tolist()
        for number, cosine, key in zip(owners, near.cosines.tolist(), near.keys.tolist(), strict=True):
            if number >= 0:
                best.setdefault(number, cosine)
                keys.setdefault(number, key)
        return NearestEntries(best, near.lowest, keys)
