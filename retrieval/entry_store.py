"""Entries stored as bytes and read by number, so that a million fit in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.records import Entry, Place
from retrieval.postings import Bools, Ints, hash_term

STORED_NAMES: Mapping[str, str] = {"live": "alive", "offsets": "begins", "id_rows": "id_places"}
"""The fields of a segment that indexes on disk hold under another name."""

# As in the inverted indexes beside it.
_RATIO = 4


def compute_vector_key(text: str, id: str, reply: bool) -> int:
    """Return 63 bits that identify the vector of a phrasing or a reply of an entry."""
    return hash_term(f"{'r' if reply else 'q'}\0{id}\0{text}") >> 1


@dataclass(frozen=True)
class EntrySegment:
    """Entries that were added together, as JSON in one run of bytes.

    texts is uint8; offsets int64 [N + 1]; phrasings int64 [N + 1], the number of the first phrasing of each entry. ids is
    uint64 [N], sorted, and id_rows the entry of each; keys is int64 [M], sorted, and owners the entry of each vector. live is
    bool [N].
    """

    texts: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    phrasings: NDArray[np.int64]
    ids: NDArray[np.uint64]
    id_rows: Ints
    keys: NDArray[np.int64]
    owners: Ints
    live: Bools

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> EntrySegment:
        """Build the segment of these entries, numbered in their order."""
        lines = [_pack(entry) for entry in entries]
        return cls._build(
            np.frombuffer(b"".join(lines), np.uint8),
            np.fromiter(map(len, lines), np.int64, len(lines)),
            np.fromiter((len(entry.questions) for entry in entries), np.int64, len(entries)),
            np.fromiter((hash_term(entry.id) for entry in entries), np.uint64, len(entries)),
            np.asarray([key for entry in entries for key in list_vector_keys(entry)], np.int64),
            np.repeat(np.arange(len(entries), dtype=np.int32), [len(entry.questions) + 1 for entry in entries]),
            np.ones(len(entries), np.bool_),
        )

    @classmethod
    def merge(cls, segments: Sequence[EntrySegment], drop: bool = False) -> EntrySegment:
        """Merge segments into one; with drop, deleted entries lose their numbers."""
        kept = [segment.live if drop else np.ones(len(segment), np.bool_) for segment in segments]
        owners, base = [], 0
        for segment, stay in zip(segments, kept, strict=True):
            number = np.cumsum(stay, dtype=np.int32) - np.int32(1) + np.int32(base)
            # The vectors of a deleted entry are not needed, and their keys may belong to a live entry by now.
            owners.append(np.where((stay & segment.live)[segment.owners], number[segment.owners], -1))
            base += int(stay.sum())
        owner = np.concatenate(owners)
        ids = []
        for segment, stay in zip(segments, kept, strict=True):
            own = np.empty(len(segment), np.uint64)
            own[segment.id_rows] = segment.ids
            ids.append(own[stay])
        return cls._build(
            np.concatenate([_select_bytes(segment, stay) for segment, stay in zip(segments, kept, strict=True)]),
            np.concatenate([np.diff(segment.offsets)[stay] for segment, stay in zip(segments, kept, strict=True)]),
            np.concatenate([np.diff(segment.phrasings)[stay] for segment, stay in zip(segments, kept, strict=True)]),
            np.concatenate(ids),
            np.concatenate([segment.keys for segment in segments])[owner >= 0],
            owner[owner >= 0].astype(np.int32),
            np.concatenate([segment.live[stay] for segment, stay in zip(segments, kept, strict=True)]),
        )

    @classmethod
    def _build(
        cls,
        texts: NDArray[np.uint8],
        lengths: NDArray[np.int64],
        phrasings: NDArray[np.int64],
        ids: NDArray[np.uint64],
        keys: NDArray[np.int64],
        owners: Ints,
        live: Bools,
    ) -> EntrySegment:
        by_id, by_key = np.argsort(ids, kind="stable"), np.argsort(keys, kind="stable")
        return cls(
            texts,
            np.concatenate([[0], np.cumsum(lengths)]),
            np.concatenate([[0], np.cumsum(phrasings)]),
            ids[by_id],
            by_id.astype(np.int32),
            keys[by_key],
            owners[by_key],
            live,
        )

    def __len__(self) -> int:
        """Return how many numbers were given, to live and deleted entries."""
        return len(self.live)

    def read_entry(self, number: int) -> Entry:
        """Return the entry of that number, even if it is deleted."""
        return _unpack(self.texts[int(self.offsets[number]) : int(self.offsets[number + 1])].tobytes())

    def find_number(self, id: str) -> int | None:
        """Return the number of the live entry with that id, if there is one."""
        key = np.uint64(hash_term(id))
        for place in range(int(np.searchsorted(self.ids, key)), len(self.ids)):
            if self.ids[place] != key:
                return None
            number = int(self.id_rows[place])
            if self.live[number]:
                return number
        return None

    def find_owners(self, keys: NDArray[np.int64]) -> Ints:
        """Return the live entry of each vector, -1 if there is none."""
        if not len(self.keys):
            return np.full(len(keys), -1, np.int32)
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        owners = self.owners[places]
        return np.where((self.keys[places] == keys) & self.live[owners], owners, np.int32(-1)).astype(np.int32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by the names they are stored under."""
        return {STORED_NAMES.get(name, name): getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> EntrySegment:
        """Build the segment from what to_arrays returned. Raises KeyError, TypeError."""
        return cls(**{name: arrays[STORED_NAMES.get(name, name)] for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class EntryStore:
    """Entries at one moment, numbered in the order they were added.

    Their phrasings are numbered over all entries.
    """

    segments: tuple[EntrySegment, ...] = ()

    @property
    def size(self) -> int:
        """How many numbers were given so far, to live and deleted entries."""
        return sum(map(len, self.segments))

    @cached_property
    def live_count(self) -> int:
        """How many entries there are."""
        return sum(int(segment.live.sum()) for segment in self.segments)

    @property
    def phrasing_count(self) -> int:
        """How many phrasings were numbered, of live and deleted entries."""
        return int(self._phrasing_firsts[-1])

    def with_added(self, entries: Sequence[Entry]) -> EntryStore:
        """Return a copy with these entries added."""
        if not entries:
            return self
        segments = [*self.segments, EntrySegment.of(entries)]
        while len(segments) > 1 and len(segments[-2]) <= _RATIO * len(segments[-1]):
            segments[-2:] = [EntrySegment.merge(segments[-2:])]
        return EntryStore(tuple(segments))

    def without(self, numbers: Iterable[int]) -> EntryStore:
        """Return a copy with these entries marked deleted."""
        segments = list(self.segments)
        for number in numbers:
            place, inside = self._locate(number)
            live = segments[place].live.copy()
            live[inside] = False
            segments[place] = replace(segments[place], live=live)
        return EntryStore(tuple(segments))

    def compact(self) -> EntryStore:
        """Return the live entries alone, numbered anew."""
        return EntryStore((EntrySegment.merge(self.segments, drop=True),)) if self.segments else self

    def read_entry(self, number: int) -> Entry:
        """Return the entry of that number, even if it is deleted."""
        place, inside = self._locate(number)
        return self.segments[place].read_entry(inside)

    def list_numbers(self) -> Iterator[int]:
        """Yield the numbers of the live entries, in order."""
        first = 0
        for segment in self.segments:
            yield from (first + np.flatnonzero(segment.live)).tolist()
            first += len(segment)

    def find_number(self, id: str) -> int | None:
        """Return the number of the live entry with that id, if there is one."""
        for first, segment in zip(self._firsts, self.segments, strict=False):
            if (number := segment.find_number(id)) is not None:
                return int(first) + number
        return None

    def find_phrasings(self, number: int) -> range:
        """Return the numbers of the phrasings of an entry."""
        place, inside = self._locate(number)
        segment, first = self.segments[place], int(self._phrasing_firsts[place])
        return range(first + int(segment.phrasings[inside]), first + int(segment.phrasings[inside + 1]))

    def find_phrasing_owner(self, phrasing: int) -> int:
        """Return the number of the entry that a phrasing belongs to."""
        place = int(np.searchsorted(self._phrasing_firsts, phrasing, side="right")) - 1
        segment, inside = self.segments[place], phrasing - int(self._phrasing_firsts[place])
        return int(self._firsts[place]) + int(np.searchsorted(segment.phrasings, inside, side="right")) - 1

    def find_owners(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the live entry of each vector, -1 if there is none.

        Vectors may outlive their entries.
        """
        made = np.full(len(keys), -1, np.int64)
        for first, segment in zip(self._firsts, self.segments, strict=False):
            found = segment.find_owners(keys)
            made = np.where(found >= 0, found + first, made)
        return made

    def _locate(self, number: int) -> tuple[int, int]:
        place = int(np.searchsorted(self._firsts, number, side="right")) - 1
        return place, number - int(self._firsts[place])

    @cached_property
    def _firsts(self) -> NDArray[np.int64]:
        return np.cumsum([0, *map(len, self.segments)])

    @cached_property
    def _phrasing_firsts(self) -> NDArray[np.int64]:
        return np.cumsum([0, *(int(segment.phrasings[-1]) for segment in self.segments)])


def list_vector_keys(entry: Entry) -> list[int]:
    """List the vector keys of an entry: of its phrasings in order, then of its reply."""
    return [
        *(compute_vector_key(question, entry.id, False) for question in entry.questions),
        compute_vector_key(entry.reply, entry.id, True),
    ]


def _pack(entry: Entry) -> bytes:
    values = [entry.id, entry.language, entry.reply, entry.place.file, entry.place.row, *entry.questions]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _unpack(line: bytes) -> Entry:
    id, language, reply, file, row, *questions = json.loads(line)
    return Entry(id, language, tuple(questions), reply, Place(file, row))


def _select_bytes(segment: EntrySegment, stay: Bools) -> NDArray[np.uint8]:
    return segment.texts if stay.all() else segment.texts[np.repeat(stay, np.diff(segment.offsets))]
