"""BM25 over token lists: an inverted index that changes without a rebuild and is never seen half changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int32]
Bools: TypeAlias = NDArray[np.bool_]

# More segments than this are merged into one: each costs a query a dictionary look-up per term.
_MOST_SEGMENTS = 8


def inverse_document_frequency(documents: int, containing: float) -> float:
    """How rare a term is, in nats, always above 0: ln(1 + (N - n + 1/2) / (n + 1/2)).

    The Robertson-Sparck Jones weight without relevance information, kept positive by the 1 as Lucene does.
    Robertson and Zaragoza 2009, The Probabilistic Relevance Framework, section 3.

    >>> round(inverse_document_frequency(10, 1), 3), round(inverse_document_frequency(10, 10), 3)
    (1.992, 0.047)
    """
    return float(np.log1p((documents - containing + 0.5) / (containing + 0.5)))


def term_weight(count: Floats, length: Floats, mean_length: float, k1: float, b: float) -> Floats:
    """The saturating term-frequency factor of BM25, in [0, k1 + 1).

    count and length are float32 [N]: how often the term occurs in each document, and the document's length in tokens.
    Robertson and Zaragoza 2009, section 3.
    """
    return np.asarray(count * (k1 + 1) / (count + k1 * (1 - b + b * length / mean_length)), dtype=np.float32)


@dataclass(frozen=True)
class Segment:
    """Documents that were added together: postings by term, as arrays that never change.

    docs and counts are [P], sorted by term, then document; the postings of term row r are docs[starts[r]:starts[r + 1]].
    alive is [N]; containing is [V], the number of living documents with each term.
    """

    terms: Mapping[str, int]
    starts: NDArray[np.int64]
    docs: Ints
    counts: Floats
    lengths: Floats
    alive: Bools
    containing: Ints

    @classmethod
    def of(cls, documents: Sequence[Sequence[str]]) -> Segment:
        """The segment of these documents, numbered in their order."""
        terms: dict[str, int] = {}
        rows: list[int] = []
        docs: list[int] = []
        counts: list[int] = []
        for number, tokens in enumerate(documents):
            for token, count in Counter(tokens).items():
                rows.append(terms.setdefault(token, len(terms)))
                docs.append(number)
                counts.append(count)
        by_term = np.argsort(np.asarray(rows, dtype=np.int64), kind="stable")
        containing = np.bincount(np.asarray(rows, dtype=np.int64), minlength=len(terms)).astype(np.int32)
        starts = np.zeros(len(terms) + 1, dtype=np.int64)
        np.cumsum(containing, out=starts[1:])
        return cls(
            terms=terms,
            starts=starts,
            docs=np.asarray(docs, dtype=np.int32)[by_term],
            counts=np.asarray(counts, dtype=np.float32)[by_term],
            lengths=np.asarray([len(tokens) for tokens in documents], dtype=np.float32),
            alive=np.ones(len(documents), dtype=np.bool_),
            containing=containing,
        )

    def without(self, numbers: Iterable[int]) -> Segment:
        """The same segment with these documents dead; the arrays of the old one are untouched."""
        alive = self.alive.copy()
        alive[list(numbers)] = False
        row_of_posting = np.repeat(np.arange(len(self.terms)), np.diff(self.starts))
        living = row_of_posting[alive[self.docs]]
        containing = np.bincount(living, minlength=len(self.terms)).astype(np.int32)
        return replace(self, alive=alive, containing=containing)


@dataclass(frozen=True)
class BM25:
    """An index as it is at one moment. Changing it makes another one that shares every unchanged array.

    Documents are numbered from 0 in the order they were added, over all segments; a deleted number is not given again.
    """

    segments: tuple[Segment, ...] = ()
    k1: float = 1.2
    b: float = 0.75

    @property
    def size(self) -> int:
        """Numbers given so far, living or not: the length of what scores() returns."""
        return sum(len(segment.lengths) for segment in self.segments)

    @cached_property
    def living(self) -> int:
        """How many documents can be found."""
        return sum(int(segment.alive.sum()) for segment in self.segments)

    @cached_property
    def mean_length(self) -> float:
        """Mean tokens of a living document; 1.0 where there is none."""
        total = sum(float(segment.lengths[segment.alive].sum()) for segment in self.segments)
        return max(total / max(self.living, 1), 1e-6) if self.living else 1.0

    def with_added(self, documents: Sequence[Sequence[str]]) -> BM25:
        """The index with these token lists added; their numbers begin at size."""
        if not documents:
            return self
        segments = (*self.segments, Segment.of(documents))
        return replace(self, segments=segments if len(segments) <= _MOST_SEGMENTS else (_merged(segments),))

    def without(self, numbers: Iterable[int]) -> BM25:
        """The index in which these documents cannot be found. Raises IndexError for a number never given."""
        dead: dict[int, list[int]] = {}
        starts = np.cumsum([0, *(len(segment.lengths) for segment in self.segments)])
        for number in numbers:
            if not 0 <= number < starts[-1]:
                raise IndexError(f"document {number} was never added; numbers go from 0 to {starts[-1] - 1}")
            owner = int(np.searchsorted(starts, number, side="right")) - 1
            dead.setdefault(owner, []).append(number - int(starts[owner]))
        segments = tuple(
            segment.without(dead[place]) if place in dead else segment for place, segment in enumerate(self.segments)
        )
        return replace(self, segments=segments)

    def weight(self, term: str) -> float:
        """The term's inverse document frequency over the living documents; highest for a term that none contains."""
        containing = sum(
            int(segment.containing[row]) for segment in self.segments if (row := segment.terms.get(term)) is not None
        )
        return inverse_document_frequency(self.living, containing)

    def knows(self, term: str) -> bool:
        """Whether a living document contains the term."""
        return any(
            segment.containing[row] > 0 for segment in self.segments if (row := segment.terms.get(term)) is not None
        )

    def scores(self, query: Sequence[str]) -> Floats:
        """BM25 of the query against every document: float32 [size], 0 where nothing is shared, -1 for the dead."""
        result = np.zeros(self.size, dtype=np.float32)
        mean_length = self.mean_length
        start = 0
        weights = {term: self.weight(term) * count for term, count in Counter(query).items()}
        for segment in self.segments:
            part = result[start : start + len(segment.lengths)]
            for term, weight in weights.items():
                row = segment.terms.get(term)
                if row is None:
                    continue
                postings = slice(int(segment.starts[row]), int(segment.starts[row + 1]))
                docs = segment.docs[postings]
                # A document occurs once in a posting list, so this plain addition loses nothing.
                part[docs] += weight * term_weight(
                    segment.counts[postings], segment.lengths[docs], mean_length, self.k1, self.b
                )
            part[~segment.alive] = -1.0
            start += len(segment.lengths)
        return result

    def perfect(self, query: Sequence[str]) -> float:
        """The score the query would have against a document that is the query itself: what its scores are measured by.

        A term that no document contains counts with the highest weight, so a query of unknown words cannot score well.
        """
        length = np.asarray([len(query)], dtype=np.float32)
        mean_length = self.mean_length
        return sum(
            self.weight(term)
            * count
            * float(term_weight(np.asarray([count], dtype=np.float32), length, mean_length, self.k1, self.b)[0])
            for term, count in Counter(query).items()
        )

    def search(self, query: Sequence[str], count: int) -> list[tuple[int, float]]:
        """The count best documents that share a term with the query, best first, as (number, score); ties by number."""
        scores = self.scores(query)
        found = np.flatnonzero(scores > 0)
        best = found[np.lexsort((found, -scores[found]))][:count]
        return [(int(number), float(scores[number])) for number in best]


def _merged(segments: Sequence[Segment]) -> Segment:
    """One segment with the same documents under the same numbers; the dead keep their number and lose their postings."""
    terms: dict[str, int] = {}
    rows: list[NDArray[np.int64]] = []
    docs: list[Ints] = []
    counts: list[Floats] = []
    start = 0
    for segment in segments:
        row_of_term = np.asarray([terms.setdefault(term, len(terms)) for term in segment.terms], dtype=np.int64)
        row_of_posting = np.repeat(row_of_term, np.diff(segment.starts))
        kept = segment.alive[segment.docs]
        rows.append(row_of_posting[kept])
        docs.append(segment.docs[kept] + np.int32(start))
        counts.append(segment.counts[kept])
        start += len(segment.lengths)
    row, doc = np.concatenate(rows), np.concatenate(docs)
    by_term = np.lexsort((doc, row))
    containing = np.bincount(row, minlength=len(terms)).astype(np.int32)
    starts = np.zeros(len(terms) + 1, dtype=np.int64)
    np.cumsum(containing, out=starts[1:])
    return Segment(
        terms=terms,
        starts=starts,
        docs=doc[by_term],
        counts=np.concatenate(counts)[by_term],
        lengths=np.concatenate([segment.lengths for segment in segments]),
        alive=np.concatenate([segment.alive for segment in segments]),
        containing=containing,
    )
