"""Inverted index as immutable arrays: which documents hold a term, and how often."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int32]
Bools: TypeAlias = NDArray[np.bool_]
Keys: TypeAlias = NDArray[np.uint64]

STORED_NAMES: Mapping[str, str] = {"live": "alive", "max_term_frequency": "peaks", "min_length": "shortest"}
"""The fields of a segment that indexes on disk hold under another name."""

# Occurrences are kept in a byte: what a term adds to BM25 hardly grows after the twentieth.
_MOST = 255


def hash_term(term: str) -> int:
    """Return 64 bits of BLAKE2b that stand for a term.

    So the dictionary of a million terms is one sorted array.
    """
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8", "replace"), digest_size=8).digest(), "little")


@dataclass(frozen=True)
class Segment:
    """Documents that were added together or merged, numbered from 0.

    keys is uint64 [V], sorted; the postings of row r are docs[starts[r]:starts[r + 1]], ascending, with counts beside them.
    containing is the number of live documents that hold each term; max_term_frequency and min_length are the highest count and
    the fewest tokens among the documents of a term, which bound what it adds to a score. lengths and live are [N].
    """

    keys: Keys
    starts: NDArray[np.int64]
    docs: Ints
    counts: NDArray[np.uint8]
    containing: Ints
    max_term_frequency: NDArray[np.uint8]
    min_length: Ints
    lengths: Ints
    live: Bools

    @classmethod
    def of(cls, documents: Sequence[Sequence[str]]) -> Segment:
        """Build the segment of these documents, numbered in their order."""
        terms: dict[str, int] = {}
        tokens = [terms.setdefault(token, len(terms)) for document in documents for token in document]
        lengths = np.fromiter((len(document) for document in documents), np.int32, len(documents))
        keys = np.fromiter((hash_term(term) for term in terms), np.uint64, len(terms))
        order = np.argsort(keys)
        row_of_term = np.empty(len(terms), np.int64)
        row_of_term[order] = np.arange(len(terms))
        owner = np.repeat(np.arange(len(documents), dtype=np.int64), lengths)
        # A number for each pair of term and document, ordered by term, then document.
        paired = row_of_term[np.asarray(tokens, dtype=np.int64)] * max(len(documents), 1) + owner
        postings, counts = np.unique(paired, return_counts=True)
        rows, docs = np.divmod(postings, max(len(documents), 1))
        return _build(
            keys[order],
            np.bincount(rows, minlength=len(terms)),
            docs.astype(np.int32),
            np.minimum(counts, _MOST).astype(np.uint8),
            lengths,
            np.ones(len(documents), np.bool_),
        )

    @classmethod
    def merge(cls, segments: Sequence[Segment], drop: bool = False) -> Segment:
        """Merge the live documents of segments into one, numbered through.

        Deleted documents keep an empty number; with drop they lose it, and those after them move up.
        """
        keys = np.unique(np.concatenate([segment.keys for segment in segments]))
        held = np.zeros(len(keys), np.int64)
        parts = []
        for segment in segments:
            rows = np.searchsorted(keys, segment.keys)
            lens, docs, counts = np.diff(segment.starts), segment.docs, segment.counts
            if not segment.live.all():
                kept = segment.live[docs]
                lens = np.add.reduceat(kept, segment.starts[:-1], dtype=np.int64) if len(docs) else lens
                docs, counts = docs[kept], counts[kept]
            held[rows] += lens
            parts.append((rows, lens, docs, counts))
        free = np.zeros(len(keys), np.int64)
        np.cumsum(held[:-1], out=free[1:])
        all_docs, all_counts = np.empty(int(held.sum()), np.int32), np.empty(int(held.sum()), np.uint8)
        base = 0
        for segment, (rows, lens, docs, counts) in zip(segments, parts, strict=True):
            # Each term's postings go behind those that earlier segments have put there: sorted without sorting.
            begins = np.zeros(len(lens), np.int64)
            np.cumsum(lens[:-1], out=begins[1:])
            place = np.repeat(free[rows] - begins, lens) + np.arange(len(docs))
            number = (
                np.cumsum(segment.live, dtype=np.int32) - 1 if drop else np.arange(len(segment.live), dtype=np.int32)
            )
            all_docs[place] = number[docs] + np.int32(base)
            all_counts[place] = counts
            free[rows] += lens
            base += int(segment.live.sum()) if drop else len(segment.live)
        live = np.concatenate([segment.live for segment in segments])
        lengths = np.concatenate([segment.lengths for segment in segments])
        return _build(
            keys[held > 0],
            held[held > 0],
            all_docs,
            all_counts,
            lengths[live] if drop else lengths,
            live[live] if drop else live,
        )

    def __len__(self) -> int:
        """Return how many numbers were given, to live and deleted documents."""
        return len(self.lengths)

    @cached_property
    def live_count(self) -> int:
        """How many documents can be found."""
        return int(self.live.sum())

    @cached_property
    def token_count(self) -> int:
        """How many tokens they have."""
        return int(self.lengths[self.live].sum(dtype=np.int64))

    def find_rows(self, keys: Keys) -> NDArray[np.int64]:
        """Return the row of each key, -1 for one that no document has."""
        if not len(self.keys):
            return np.full(len(keys), -1, np.int64)
        found = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[found] == keys, found, -1)

    def without(self, documents: Mapping[int, Iterable[str]]) -> Segment:
        """Return a copy with these documents deleted.

        The tokens that each was added with say which counts change.
        """
        live, containing = self.live.copy(), self.containing.copy()
        for number, tokens in documents.items():
            if live[number]:
                live[number] = False
                rows = self.find_rows(np.asarray([hash_term(term) for term in set(tokens)], dtype=np.uint64))
                containing[rows[rows >= 0]] -= 1
        return replace(self, live=live, containing=containing)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by the names they are stored under."""
        return {STORED_NAMES.get(name, name): getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Segment:
        """Build the segment from what to_arrays returned. Raises KeyError, TypeError."""
        return cls(**{name: arrays[STORED_NAMES.get(name, name)] for name in cls.__dataclass_fields__})


def _build(
    keys: Keys, held: NDArray[np.int64], docs: Ints, counts: NDArray[np.uint8], lengths: Ints, live: Bools
) -> Segment:
    starts = np.zeros(len(keys) + 1, np.int64)
    np.cumsum(held, out=starts[1:])
    filled = bool(len(docs))
    return Segment(
        keys=keys,
        starts=starts,
        docs=docs,
        counts=counts,
        containing=held.astype(np.int32),
        max_term_frequency=np.maximum.reduceat(counts, starts[:-1]) if filled else np.zeros(0, np.uint8),
        min_length=np.minimum.reduceat(lengths[docs], starts[:-1]) if filled else np.zeros(0, np.int32),
        lengths=lengths,
        live=live,
    )
