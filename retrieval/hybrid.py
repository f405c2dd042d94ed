"""Entries found side by side by their words, their characters and their meaning, and measured with one probability."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.formats.starter import find_part
from data.records import Entry, Language
from data.text.standardize import standardize
from retrieval import array_files
from retrieval.bm25 import BM25, Query, search
from retrieval.boosting import BoostedTrees
from retrieval.calibration import Calibration
from retrieval.change import EntryWords, compare_change
from retrieval.contrast.designation import is_another_variant
from retrieval.contrast.features import measure_contrast
from retrieval.contrast.rival import measure_rival
from retrieval.contrast.slots import parse_slots
from retrieval.correction import Corrector
from retrieval.dense_index import DenseIndex, Neighbors
from retrieval.entry_store import EntrySegment, EntryStore, compute_vector_key
from retrieval.features import FEATURES
from retrieval.follow_up import is_follow_up
from retrieval.matches import Matches, NearestEntries
from retrieval.paraphrase.featurizer import FEATURES as PAIR_FEATURES
from retrieval.paraphrase.infer import Judge
from retrieval.postings import Segment
from retrieval.text_analysis import AnalysedText, list_grams, list_words, strip_plain

# So many that the owner's entries are among them although what the bot brings along has ten phrasings each.
_PHRASINGS = 128
_ENTRIES = 64
_NEAR = 256
_NEAR_REPLIES = 64
_FOUND = 16
# Of an entry with thousands of phrasings, which old dialogues make, those are measured that were found, and these.
_MEASURED = 32
# What is judged closely: three can be offered, and the next tells how far they are ahead.
_JUDGED = 4
_JUDGED_BESIDE = 2
_BROUGHT_ALONG = "starter/"
_CERTAIN = 8.0
# Of a phrasing with so much in common, words and n-grams together at most 2, the words say which one was meant.
_ALIKE = 1.5
# From such a cosine on with what the bot brings along a message is a courtesy, and goes on from nothing.
_COURTEOUS = 0.7
_EXACT = 0.985
# Of a message that goes on from an answer: an entry with just the change that it names, and the answered entry where it says
# nothing of what is named. Chosen on the follow-ups of the same owners.
_CHANGED, _UNSAID = 0.8, 0.5
_CLAUSES, _MOST_CLAUSES = re.compile(r"[\s,，.。!！?？;；~～、]*[,，.。!！?？;；~～、][\s,，.。!！?？;；~～、]*"), 4
# Three of one character and nothing else is no question, but perhaps a laugh.
_NOISE = re.compile(r"\W*(\w)\1{2,}\W*")
# A query none of whose words is stored anywhere, and that is near nothing in meaning or sound, finds nothing.
_UNHEARD, _FAR = 0.99, 0.4
# Of a larger knowledge nearly every word is somebody's, and its own words say little about what a slip was meant to be.
_CORRECTED = 20_000
# What a word of the query may stand in is looked for in so many characters of the reply.
_READ = 400
# Chosen on the two owners of benchmarks/own_faq that are there to tune on.
_WORDS_WEIGHT = 0.15
_REPLY_WEIGHT = 0.3
# A query typed in pinyin means nothing to an encoder; it is known by its sound.
_SOUND_WEIGHT = 0.8
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


@dataclass(frozen=True)
class Hybrid:
    """The searchable knowledge as it is at one moment; changing it makes another one and never disturbs a search under way.

    Entries and phrasings are numbered in the order they were added, the same in shelf and indexes. The vectors of meaning are
    shared by all moments: of what it finds, only the entries of this one count. judge is to know how to tell phrasings that a
    search found.
    """

    calibration: Calibration | BoostedTrees | None = None
    dense_index: DenseIndex | None = None
    judge: Judge | None = None
    entries: EntryStore = field(default_factory=EntryStore)
    by_words: BM25 = field(default_factory=BM25)
    by_grams: BM25 = field(default_factory=BM25)
    by_entry_words: BM25 = field(default_factory=lambda: BM25(b=0.5))
    by_entry_grams: BM25 = field(default_factory=lambda: BM25(b=0.5))

    def update(self, added: Iterable[Entry] = (), removed: Iterable[str] = ()) -> Hybrid:
        """The knowledge with these entries in place of any with the same id, and without the removed ids."""
        index = self._without(set(removed))
        rest = iter(added)
        # A part at a time: of a million entries only these are Python objects at once.
        while chunk := list(islice(rest, _CHUNK)):
            new = {entry.id: entry for entry in chunk}
            index = index._without(new)._with(list(new.values()))
        return index

    def _without(self, ids: Iterable[str]) -> Hybrid:
        numbers = [number for id in ids if (number := self.entries.find_number(id)) is not None]
        if not numbers:
            return self
        entries = [self.entries.read_entry(number) for number in numbers]
        phrasings: dict[int, AnalysedText] = {}
        whole: dict[int, list[AnalysedText]] = {}
        for number, entry in zip(numbers, entries, strict=True):
            parts = [AnalysedText.of(text) for text in (*entry.questions, entry.reply)]
            phrasings |= zip(self.entries.find_phrasings(number), parts[:-1], strict=True)
            whole[number] = parts
        if self.dense_index is not None:
            self.dense_index.remove(entries)
        return replace(
            self,
            entries=self.entries.without(numbers),
            by_words=self.by_words.without({number: part.words for number, part in phrasings.items()}),
            by_grams=self.by_grams.without({number: part.grams for number, part in phrasings.items()}),
            by_entry_words=self.by_entry_words.without({number: list_words(parts) for number, parts in whole.items()}),
            by_entry_grams=self.by_entry_grams.without({number: list_grams(parts) for number, parts in whole.items()}),
        )

    def _with(self, entries: Sequence[Entry]) -> Hybrid:
        analysed = [[AnalysedText.of(text) for text in (*entry.questions, entry.reply)] for entry in entries]
        questions = [part for parts in analysed for part in parts[:-1]]
        if self.dense_index is not None:
            self.dense_index.add(entries)
        return replace(
            self,
            entries=self.entries.with_added(entries),
            by_words=self.by_words.with_added([part.words for part in questions]),
            by_grams=self.by_grams.with_added([part.grams for part in questions]),
            by_entry_words=self.by_entry_words.with_added([list_words(parts) for parts in analysed]),
            by_entry_grams=self.by_entry_grams.with_added([list_grams(parts) for parts in analysed]),
        )

    def save(self, folder: Path, about: Mapping[str, Any]) -> None:
        """Write the living entries and their indexes, not the vectors, into the folder.

        Raises OSError, for instance on a full disk; what was there before can still be opened then.
        """
        arrays: dict[str, NDArray[Any]] = {}
        if self.entries.size:
            parts: dict[str, EntrySegment | Segment] = {"shelf": self.entries.compact().segments[0]}
            parts |= {name: getattr(self, name).compact().segments[0] for name in _INDEXES}
            arrays = {
                f"{name}.{array}": value for name, part in parts.items() for array, value in part.to_arrays().items()
            }
        array_files.write(folder, arrays, {"format": _FORMAT, **about})

    @classmethod
    def open(
        cls,
        folder: Path,
        calibration: Calibration | BoostedTrees | None = None,
        dense_index: DenseIndex | None = None,
        judge: Judge | None = None,
    ) -> tuple[Hybrid, Mapping[str, Any]]:
        """The knowledge that was saved in the folder, memory-mapped, and what was said about it. Raises DamagedIndex."""
        found = array_files.open(folder)
        if found.about.get("format") != _FORMAT:
            raise array_files.DamagedIndexError(
                f"{folder} holds an index of format {found.about.get('format')}; this program reads {_FORMAT}. Delete {folder}: "
                "it is made again from the knowledge at the next start."
            )
        index = cls(calibration, dense_index, judge)
        if not found.arrays:
            return index, found.about
        parts: dict[str, dict[str, NDArray[Any]]] = {}
        for name, array in found.arrays.items():
            part, _, field_name = name.partition(".")
            parts.setdefault(part, {})[field_name] = array
        indexes = {
            name: replace(getattr(index, name), segments=(Segment.from_arrays(parts[name]),)) for name in _INDEXES
        }
        return replace(index, entries=EntryStore((EntrySegment.from_arrays(parts["shelf"]),)), **indexes), found.about

    def search(
        self, text: str, language: Language, count: int = 10, previous: str = "", silent: Collection[str] = ()
    ) -> list[Hit]:
        """Return the entries most likely to answer the text, best first, at most count.

        previous is the stored question that was answered last, silent are parts of the starter corpus that are not looked at.

        Raises ValueError without a calibration.
        """
        if self.calibration is None:
            raise ValueError("this knowledge has no calibration: give one, or use measured()")
        if "courtesy" not in silent:
            text = self._strip_courtesies(text)
        hits = self.measure(AnalysedText.of(text), language, previous, silent)
        exact = [hit for hit in hits if hit.features["same"]]
        probabilities = self.calibration.probabilities([hit.features for hit in hits])
        rated = [
            # What is asked as it is stored is meant, whatever the trees think of short questions.
            replace(hit, probability=_EXACT if exact == [hit] else probability)
            for hit, probability in zip(hits, probabilities, strict=True)
        ]
        rated = _prefer_own(_distrust(text, rated))
        if previous and not exact:
            rated = self._weigh_changes(standardize(text), previous, rated)
        # Equal probabilities fall in the order of the ids, so that the same question is always answered the same way.
        return sorted(rated, key=lambda hit: (-hit.probability, hit.entry.id))[:count]

    def measure(
        self, query: AnalysedText, language: Language, previous: str = "", silent: Collection[str] = ()
    ) -> list[Hit]:
        """Return the entries that fit best by meaning, words, n-grams and sound together, best first, with their features.

        previous is the stored question that was answered last: a message that goes on from it is read together with it. silent
        are parts of the starter corpus that are not looked at.
        """
        query = self._correct(query)
        if not query.grams or not self.entries.live_count:
            return []
        if noise := _NOISE.fullmatch(query.text):
            query = AnalysedText.of(noise[1] * 2)
            hits = self._measure_best(query, self._gather(query, language), 1)
            return [hit for hit in hits if hit.features["same"] and _find_origin(hit.entry.place.file) not in silent]
        found = self._gather(query, language)
        hidden = [self._origin(number)[1] in silent for number in found.numbers]
        # What the bot would say, if it were not silent on that, tells what a message is not about.
        if any(hidden):
            elsewhere = float(found.fused[hidden].max())
            found = replace(
                found.select([not is_hidden for is_hidden in hidden]).with_margins(), silent_score=elsewhere
            )
        own = found.is_own
        # What the bot brings along takes no place from the owner's entries, neither among those judged nor as their rival.
        beside = self._measure_best(
            query, found.select([not one for one in own]), _JUDGED_BESIDE if any(own) else _JUDGED
        )
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
        answered = self._find_owners(previous)
        together = AnalysedText.of(f"{previous} {query.standard}")
        following = self._gather(together, language)
        found = alone.join_follow_up(following.select(following.is_own), answered)
        others = [number not in answered for number in found.numbers]
        again = self._measure_best(
            query, alone.with_margins().select([number in answered for number in alone.numbers]), 1
        )
        return [*self._measure_best(together, found.select(others), _JUDGED), *again]

    def _strip_courtesies(self, text: str) -> str:
        """Return a message without the courtesies before it ("Hello, where can I park?"); of courtesies alone the last."""
        parts = [part for part in _CLAUSES.split(text) if part.strip()]
        if not 2 <= len(parts) <= _MOST_CLAUSES:
            return text
        rest = [part for part in parts if not self._is_courtesy(part)]
        if not rest:
            return parts[-1]
        if len(rest) == 1 and self._find_owners(rest[0]):
            # Thanks behind a stored question.
            return rest[0]
        first = parts.index(rest[0])
        return "，".join(parts[first:]) if first else text

    def _is_courtesy(self, text: str) -> bool:
        return any(self._origin(owner)[1] == "courtesy" for owner in self._find_owners(text))

    def _weigh_changes(self, standard: str, previous: str, hits: list[Hit]) -> list[Hit]:
        """Return the hits for a message that goes on, the more probable where just what it names is changed."""
        answered = [self.entries.read_entry(number) for number in self._find_owners(previous)]
        if len(answered) != 1 or not is_follow_up(standard):
            return hits
        before, weighed = EntryWords.of(previous, answered[0].questions, answered[0].reply), []
        for hit in hits:
            spoken = EntryWords.of(hit.question, hit.entry.questions[:_MEASURED], hit.entry.reply)
            change = compare_change(standard, before, spoken, hit.entry.id == answered[0].id)
            if change == "named":
                hit = replace(hit, probability=max(hit.probability, _CHANGED))
            elif change == "unsaid":
                hit = replace(hit, probability=min(hit.probability, _UNSAID))
            weighed.append(hit)
        return weighed

    def _measure_best(self, query: AnalysedText, found: Matches, count: int) -> list[Hit]:
        """Return the best of what was found, best first, each measured beside the others."""
        if not found.numbers:
            return []
        slots, is_known = parse_slots(query.standard), found.is_known()
        # Equal scores fall in the order of the ids, whatever was added first.
        order = sorted(
            range(len(found.numbers)), key=lambda one: (-found.fused[one], self._origin(found.numbers[one])[2])
        )[:count]
        best = {found.numbers[place]: found.phrasings.get(found.numbers[place], []) for place in order}
        matched = list(self._match_phrasings(found, best))
        pairs, odds = self._compare_phrasings(query, [standardize(question) for _, question, _, _ in matched])
        ahead = found.margins
        parsed = [parse_slots(question) for _, question, _, _ in matched]
        hits = []
        for rank, (entry, question, word_share, gram_share) in enumerate(matched):
            place = order[rank]
            stored, stored_slots = AnalysedText.of(question), parsed[rank]
            rival = next((other for other in range(len(parsed)) if other != rank), None)
            sizes = len(slots.words), len(stored_slots.words)
            values = [
                float(stored.plain == query.plain), found.languages[place], found.meanings[place], ahead[0][place],
                found.replies[place], ahead[1][place], found.words[place], found.grams[place], ahead[2][place],
                ahead[3][place], word_share, gram_share, _dice(query.sounds, stored.sounds), found.fused[place],
                ahead[4][place], found.fused[place] - found.silent_score, odds[rank],
                np.sum(found.fused > found.fused[place]), min(len(entry.questions), 10),
                *sizes, min(sizes) / max(*sizes, 1),
                *measure_contrast(slots, stored_slots, parse_slots(entry.reply[:_READ]), self._rarity, is_known),
                *measure_rival(slots, stored_slots, None if rival is None else parsed[rival], self._rarity),
                *pairs[rank],
            ]  # fmt: skip
            features = dict(zip(FEATURES, map(float, values), strict=True))
            if features["query_unknown"] < _UNHEARD or features["meaning"] >= _FAR or features["sound"]:
                hits.append(Hit(entry, question, features))
        return hits

    def _correct(self, query: AnalysedText) -> AnalysedText:
        if self.entries.live_count > _CORRECTED:
            return query
        standard = self._corrector.correct(query.standard)
        return query if standard == query.standard else replace(AnalysedText.of(standard), text=query.text)

    @cached_property
    def _corrector(self) -> Corrector:
        # The owner's words alone: what the bot brings along says too much about too little.
        own = (number for number in self.entries.list_numbers() if self._origin(number)[1] is None)
        questions = (standardize(text) for number in own for text in self.entries.read_entry(number).questions)
        return Corrector(questions, frozenset() if self.judge is None else self.judge.words)

    def _origin(self, number: int) -> tuple[Language, str | None, str]:
        """Return the language of an entry, its part of the starter corpus, None of an owner's, and its id; unpacked once."""
        known = self._origins.get(number)
        if known is None:
            entry = self.entries.read_entry(number)
            known = self._origins[number] = (entry.language, _find_origin(entry.place.file), entry.id)
        return known

    @cached_property
    def _origins(self) -> dict[int, tuple[Language, str | None, str]]:
        return {}

    def _find_owners(self, question: str) -> set[int]:
        """Return the numbers of the entries that have the stored question, of those that its words find."""
        asked = AnalysedText.of(question)

        def has_question(owner: int) -> bool:
            return any(
                strip_plain(standardize(text)) == asked.plain for text in self.entries.read_entry(owner).questions
            )

        found = self.by_words.search(asked.words, _ENTRIES)
        return set(filter(has_question, (self.entries.find_phrasing_owner(number) for number, _ in found)))

    def _gather(self, query: AnalysedText, language: Language) -> Matches:
        indexes: dict[str, BM25] = {name: getattr(self, name) for name in _INDEXES}
        asked = {
            name: index.prepare(query.words if "words" in name else query.grams) for name, index in indexes.items()
        }
        phrasings, entries, meant = self._search_indexes(asked, query)
        numbers = [*dict.fromkeys((*phrasings, *entries, *(number for each in meant or () for number in each.cosines)))]
        near, near_replies = meant or self._compute_nearest(query, numbers)
        meanings, replies = (
            np.asarray([each.find_cosine(number) for number in numbers], np.float32) for each in (near, near_replies)
        )
        by_words, by_grams = (asked[name].normalize(numbers) for name in ("by_entry_words", "by_entry_grams"))
        origins = [self._origin(number) for number in numbers]
        languages = np.asarray([origin[0] == language for origin in origins], np.float32)
        fused = meanings + np.float32(_REPLY_WEIGHT) * replies + np.float32(_WORDS_WEIGHT) * (by_words + by_grams)
        found = Matches(
            asked,
            numbers,
            [part is None for _, part, _ in origins],
            phrasings,
            near,
            meanings,
            replies,
            by_words,
            by_grams,
            languages,
            fused,
        )
        return found.with_margins()

    def _rarity(self, word: str) -> float:
        return self.judge.rarity(word) if self.judge is not None else 1.0

    def _search_indexes(
        self, asked: Mapping[str, Query], query: AnalysedText
    ) -> tuple[dict[int, list[int]], list[int], tuple[NearestEntries, NearestEntries] | None]:
        """Phrasings by the number of their entry, and entries, that words find, best first; and what meaning finds."""
        if self.entries.size < _MANY:
            return *self._search_words(asked), self._search_dense(query)
        # A thread of the search's own, not one of a pool: a process that was forked would wait for a pool's forever.
        with ThreadPoolExecutor(1) as beside:
            meant = beside.submit(self._search_dense, query)
            return *self._search_words(asked), meant.result()

    def _search_words(self, asked: Mapping[str, Query]) -> tuple[dict[int, list[int]], list[int]]:
        phrasings: dict[int, list[int]] = {}
        for number, _ in _search_both(asked["by_words"], asked["by_grams"], _PHRASINGS):
            phrasings.setdefault(self.entries.find_phrasing_owner(number), []).append(number)
        return phrasings, [
            number for number, _ in _search_both(asked["by_entry_words"], asked["by_entry_grams"], _ENTRIES)
        ]

    def _match_phrasings(
        self, found: Matches, best: Mapping[int, Sequence[int]]
    ) -> Iterator[tuple[Entry, str, float, float]]:
        """Yield the entries of these numbers with the phrasing that fits best and its shares by words and by n-grams."""
        places = {
            number: [*dict.fromkeys((*seen, *self.entries.find_phrasings(number)[:_MEASURED]))]
            for number, seen in best.items()
        }
        flat = [place for own in places.values() for place in own]
        all_words, all_grams = (found.queries[name].normalize(flat) for name in ("by_words", "by_grams"))
        first = 0
        for number, own in places.items():
            entry, start = self.entries.read_entry(number), self.entries.find_phrasings(number).start
            questions = [entry.questions[place - start] for place in own]
            by_words, by_grams = (each[first : first + len(own)] for each in (all_words, all_grams))
            first += len(own)
            shares = by_words + by_grams
            if (key := found.nearest.keys.get(number)) is not None and float(shares.max()) < _ALIKE:
                # Where no phrasing has nearly the same words, the one nearest in meaning is the better witness.
                meant = [compute_vector_key(question, entry.id, False) == key for question in questions]
                shares = shares + np.asarray(meant, np.float32) * 2
            chosen = int(np.argmax(shares))
            yield entry, questions[chosen], float(by_words[chosen]), float(by_grams[chosen])

    def _compare_phrasings(
        self, query: AnalysedText, phrasings: Sequence[str]
    ) -> tuple[list[list[float]], list[float]]:
        """Return of each phrasing the features of the pair, and the log-odds of it asking what the query asks."""
        if self.judge is None:
            return [[0.0] * len(PAIR_FEATURES)] * len(phrasings), [0.0] * len(phrasings)
        odds = np.clip(self.judge.log_odds(query.standard, phrasings), -_CERTAIN, _CERTAIN)
        return self.judge.features(query.standard, phrasings).tolist(), odds.tolist()

    def _search_dense(self, query: AnalysedText) -> tuple[NearestEntries, NearestEntries] | None:
        """The entries whose phrasings, and whose replies, are nearest in meaning; None while the vectors cannot be reached."""
        if self.dense_index is None:
            return NearestEntries({}, 0.0), NearestEntries({}, 0.0)
        found = self.dense_index.search((query.standard,), _NEAR, _NEAR_REPLIES)
        return found and (self._group_by_entry(found[0]), self._group_by_entry(found[1]))

    def _compute_nearest(self, query: AnalysedText, numbers: Sequence[int]) -> tuple[NearestEntries, NearestEntries]:
        """The cosines of these entries without an index: an entry found by words is measured as if its vectors were at hand."""
        assert self.dense_index is not None
        entries = [self.entries.read_entry(number) for number in numbers]
        made = self.dense_index.compute_cosines((query.standard,), entries)
        phrasings, replies = (NearestEntries(dict(zip(numbers, each, strict=True)), 0.0) for each in made)
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


def _distrust(text: str, hits: list[Hit]) -> list[Hit]:
    """Return the hits, none of them sure that is of another variant, or shares words with its reply alone.

    To name a detail of a reply is not to ask for it.
    """

    def is_doubtful(hit: Hit) -> bool:
        features = hit.features
        shares = features["phrasing_words"] or features["phrasing_grams"] or features["meaning"] >= _FAR
        return not shares or is_another_variant(text, hit.entry.questions[:_MEASURED])

    return [replace(hit, probability=min(hit.probability, _UNSAID)) if is_doubtful(hit) else hit for hit in hits]


def _prefer_own(hits: list[Hit]) -> list[Hit]:
    """Return the hits without the courtesies whose question the owner answers himself; his entry is as probable as they."""
    own = [hit for hit in hits if _find_origin(hit.entry.place.file) is None]
    for courtesy in [hit for hit in hits if _find_origin(hit.entry.place.file) == "courtesy"]:
        phrasings = {strip_plain(standardize(text)) for text in courtesy.entry.questions}
        for mine in own:
            if phrasings.isdisjoint(strip_plain(standardize(text)) for text in mine.entry.questions):
                continue
            probability = max(mine.probability, courtesy.probability)
            hits = [
                replace(hit, probability=probability) if hit is mine else hit for hit in hits if hit is not courtesy
            ]
            break
    return hits


_INDEXES = ("by_words", "by_grams", "by_entry_words", "by_entry_grams")


def _search_both(by_words: Query, by_grams: Query, count: int) -> list[tuple[int, float]]:
    """The best by words and n-grams together, each measured by what the query would score against itself."""
    return search([(one, 1 / one.self_score if one.self_score else 0.0) for one in (by_words, by_grams)], count)


def _find_origin(file: str) -> str | None:
    # Of a starter corpus that is not in parts all is one.
    return find_part(file) or ("" if file.startswith(_BROUGHT_ALONG) else None)


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0
