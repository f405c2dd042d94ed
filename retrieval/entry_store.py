"""The entries of an index, kept as bytes and fetched by number: a million of them are no Python objects until asked for."""

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
    """63 bits that name the vector of an entry's phrasing or reply; another text is another key."""
    return hash_term(f"{'r' if reply else 'q'}\0{id}\0{text}") >> 1


@dataclass(frozen=True)
class EntrySegment:
    """Entries that were added together: JSON in one run of bytes, with where each begins.

    texts is uint8; begins int64 [N + 1]; phrasings int64 [N + 1], the number of the first phrasing of each. ids is uint64 [N],
    sorted, and id_places the entry of each; keys is int64 [M], sorted, and owners the entry of each vector. alive is [N].
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
        """The board of these entries, numbered in their order."""
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
    def merge(cls, boards: Sequence[EntrySegment], drop: bool = False) -> EntrySegment:
        """One board with the entries of several; with drop only of the living, who move up."""
        kept = [board.live if drop else np.ones(len(board), np.bool_) for board in boards]
        owners, base = [], 0
        for board, stay in zip(boards, kept, strict=True):
            number = np.cumsum(stay, dtype=np.int32) - np.int32(1) + np.int32(base)
            # Of what is dead no vector is asked for any more, and its key may have been given to a living one.
            owners.append(np.where((stay & board.live)[board.owners], number[board.owners], -1))
            base += int(stay.sum())
        owner = np.concatenate(owners)
        ids = []
        for board, stay in zip(boards, kept, strict=True):
            own = np.empty(len(board), np.uint64)
            own[board.id_rows] = board.ids
            ids.append(own[stay])
        return cls._build(
            np.concatenate([_select_bytes(board, stay) for board, stay in zip(boards, kept, strict=True)]),
            np.concatenate([np.diff(board.offsets)[stay] for board, stay in zip(boards, kept, strict=True)]),
            np.concatenate([np.diff(board.phrasings)[stay] for board, stay in zip(boards, kept, strict=True)]),
            np.concatenate(ids),
            np.concatenate([board.keys for board in boards])[owner >= 0],
            owner[owner >= 0].astype(np.int32),
            np.concatenate([board.live[stay] for board, stay in zip(boards, kept, strict=True)]),
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
        alive: Bools,
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
            alive,
        )

    def __len__(self) -> int:
        """How many numbers were given, to the living and the dead."""
        return len(self.live)

    def read_entry(self, number: int) -> Entry:
        """The entry of that number, dead or alive."""
        return _unpack(self.texts[int(self.offsets[number]) : int(self.offsets[number + 1])].tobytes())

    def find_number(self, id: str) -> int | None:
        """The number of the living entry with that id, if there is one."""
        key = np.uint64(hash_term(id))
        for place in range(int(np.searchsorted(self.ids, key)), len(self.ids)):
            if self.ids[place] != key:
                return None
            number = int(self.id_rows[place])
            if self.live[number]:
                return number
        return None

    def find_owners(self, keys: NDArray[np.int64]) -> Ints:
        """The living entry of each vector, -1 where there is none."""
        if not len(self.keys):
            return np.full(len(keys), -1, np.int32)
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        owners = self.owners[places]
        return np.where((self.keys[places] == keys) & self.live[owners], owners, np.int32(-1)).astype(np.int32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by the names that they are stored under; from_arrays takes them."""
        return {STORED_NAMES.get(name, name): getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> EntrySegment:
        """Build the segment from what to_arrays returned. Raises KeyError, TypeError."""
        return cls(**{name: arrays[STORED_NAMES.get(name, name)] for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class EntryStore:
    """Entries as they are at one moment, numbered in the order they were added; so are their phrasings, over all entries."""

    segments: tuple[EntrySegment, ...] = ()

    @property
    def size(self) -> int:
        """Numbers given so far, to the living and the dead."""
        return sum(map(len, self.segments))

    @cached_property
    def live_count(self) -> int:
        """How many entries there are."""
        return sum(int(board.live.sum()) for board in self.segments)

    @property
    def phrasing_count(self) -> int:
        """How many phrasings were numbered, of the living and the dead."""
        return int(self._phrasing_firsts[-1])

    def with_added(self, entries: Sequence[Entry]) -> EntryStore:
        """The shelf with these entries added."""
        if not entries:
            return self
        boards = [*self.segments, EntrySegment.of(entries)]
        while len(boards) > 1 and len(boards[-2]) <= _RATIO * len(boards[-1]):
            boards[-2:] = [EntrySegment.merge(boards[-2:])]
        return EntryStore(tuple(boards))

    def without(self, numbers: Iterable[int]) -> EntryStore:
        """The shelf in which these entries are dead."""
        boards = list(self.segments)
        for number in numbers:
            place, inside = self._locate(number)
            alive = boards[place].live.copy()
            alive[inside] = False
            boards[place] = replace(boards[place], live=alive)
        return EntryStore(tuple(boards))

    def compact(self) -> EntryStore:
        """The living entries alone, numbered anew."""
        return EntryStore((EntrySegment.merge(self.segments, drop=True),)) if self.segments else self

    def read_entry(self, number: int) -> Entry:
        """The entry of that number, dead or alive."""
        place, inside = self._locate(number)
        return self.segments[place].read_entry(inside)

    def list_numbers(self) -> Iterator[int]:
        """Yield the numbers of the live entries, in order."""
        first = 0
        for board in self.segments:
            yield from (first + np.flatnonzero(board.live)).tolist()
            first += len(board)

    def find_number(self, id: str) -> int | None:
        """The number of the living entry with that id, if there is one."""
        for first, board in zip(self._firsts, self.segments, strict=False):
            if (number := board.find_number(id)) is not None:
                return int(first) + number
        return None

    def find_phrasings(self, number: int) -> range:
        """The numbers of the entry's phrasings."""
        place, inside = self._locate(number)
        board, first = self.segments[place], int(self._phrasing_firsts[place])
        return range(first + int(board.phrasings[inside]), first + int(board.phrasings[inside + 1]))

    def find_phrasing_owner(self, phrasing: int) -> int:
        """The number of the entry that the phrasing belongs to."""
        place = int(np.searchsorted(self._phrasing_firsts, phrasing, side="right")) - 1
        board, inside = self.segments[place], phrasing - int(self._phrasing_firsts[place])
        return int(self._firsts[place]) + int(np.searchsorted(board.phrasings, inside, side="right")) - 1

    def find_owners(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The living entry of each vector, -1 where there is none: vectors may be known for longer than entries."""
        made = np.full(len(keys), -1, np.int64)
        for first, board in zip(self._firsts, self.segments, strict=False):
            found = board.find_owners(keys)
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
        return np.cumsum([0, *(int(board.phrasings[-1]) for board in self.segments)])


def list_vector_keys(entry: Entry) -> list[int]:
    """The vector keys of an entry: of its phrasings in order, then of its reply."""
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


def _select_bytes(board: EntrySegment, stay: Bools) -> NDArray[np.uint8]:
    return board.texts if stay.all() else board.texts[np.repeat(stay, np.diff(board.offsets))]
