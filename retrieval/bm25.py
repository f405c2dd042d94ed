"""BM25 over token lists: an immutable index that changes without a rebuild."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrieval.maxscore import Postings, find_best
from retrieval.postings import Floats, Ints, Segment, hash_term

# A segment is brought together with the one before it while that is no more than this many times its size: a change costs
# what it changes, a document is moved a few times in its life, and a million documents are in some ten segments.
_RATIO = 4


def compute_idf(documents: int, containing: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return inverse document frequencies in nats, always above 0.

    They are ln(1 + (N - n + 1/2) / (n + 1/2)): the Robertson-Sparck Jones weight without relevance information, kept positive by
    the 1 as Lucene does.

    Args:
        documents: N, the number of documents.
        containing: int64 [T], n of each term: the documents that contain it.

    Source: Robertson and Zaragoza 2009, The Probabilistic Relevance Framework, section 3.

    >>> compute_idf(10, np.array([1, 10])).round(3).tolist()
    [1.992, 0.047]
    """
    return np.asarray(np.log1p((documents - containing + 0.5) / (containing + 0.5)))


def compute_term_weight(count: Floats, length: Floats, mean_length: float, k1: float, b: float) -> Floats:
    """Return the saturating term-frequency factor of BM25, in [0, k1 + 1).

    count and length are float32 [N]: how often the term occurs in each document, and the document's length in tokens.
    Robertson and Zaragoza 2009, section 3.
    """
    return np.asarray(count * (k1 + 1) / (count + k1 * (1 - b + b * length / mean_length)), dtype=np.float32)


@dataclass(frozen=True)
class BM25:
    """An index at one moment; a change returns another that shares unchanged arrays.

    Documents are numbered from 0 in the order they were added, over all segments; a deleted number is not given again.
    """

    segments: tuple[Segment, ...] = ()
    k1: float = 1.2
    b: float = 0.75

    @property
    def size(self) -> int:
        """How many numbers were given so far, to live and deleted documents."""
        return sum(map(len, self.segments))

    @cached_property
    def live_count(self) -> int:
        """How many documents can be found."""
        return sum(segment.live_count for segment in self.segments)

    @cached_property
    def mean_length(self) -> float:
        """The mean number of tokens of a live document; 1.0 if there is none."""
        tokens = sum(segment.token_count for segment in self.segments)
        return max(tokens / max(self.live_count, 1), 1e-6) if self.live_count else 1.0

    def with_added(self, documents: Sequence[Sequence[str]]) -> BM25:
        """Return the index with these token lists added; their numbers begin at size."""
        if not documents:
            return self
        segments = [*self.segments, Segment.of(documents)]
        while len(segments) > 1 and len(segments[-2]) <= _RATIO * len(segments[-1]):
            segments[-2:] = [Segment.merge(segments[-2:])]
        return replace(self, segments=tuple(segments))

    def without(self, documents: Mapping[int, Sequence[str]]) -> BM25:
        """Return the index in which these documents, by number and tokens, are deleted.

        Raises IndexError for a number never given.
        """
        deleted: dict[int, dict[int, Sequence[str]]] = {}
        for number, tokens in documents.items():
            if not 0 <= number < self.size:
                raise IndexError(f"document {number} was never added; numbers go from 0 to {self.size - 1}")
            owner = int(np.searchsorted(self._firsts, number, side="right")) - 1
            deleted.setdefault(owner, {})[number - int(self._firsts[owner])] = tokens
        segments = tuple(
            segment.without(deleted[place]) if place in deleted else segment
            for place, segment in enumerate(self.segments)
        )
        return replace(self, segments=segments)

    def compact(self) -> BM25:
        """Return the live documents in one segment, numbered anew."""
        return replace(self, segments=(Segment.merge(self.segments, drop=True),)) if self.segments else self

    def prepare(self, query: Sequence[str]) -> Query:
        """Return the query prepared for this index."""
        counts = Counter(query)
        keys = np.fromiter((hash_term(term) for term in counts), np.uint64, len(counts))
        rows = tuple(segment.find_rows(keys) for segment in self.segments)
        containing = np.zeros(len(counts), np.int64)
        for segment, found in zip(self.segments, rows, strict=True):
            containing[found >= 0] += segment.containing[found[found >= 0]]
        idf = compute_idf(self.live_count, containing)
        return Query(self, tuple(counts), np.fromiter(counts.values(), np.float64, len(counts)), containing, idf, rows)

    def compute_weight(self, term: str) -> float:
        """Return the idf of a term over the live documents; highest if none has it."""
        return float(self.prepare([term]).idf[0])

    def search(self, query: Sequence[str], count: int) -> list[tuple[int, float]]:
        """Return the best documents that share a term with the query, best first.

        Returns:
            At most count pairs (number, score); ties by number.
        """
        return search([(self.prepare(query), 1.0)], count)

    @cached_property
    def _firsts(self) -> NDArray[np.int64]:
        return np.cumsum([0, *map(len, self.segments)])

    @cached_property
    def _norms(self) -> tuple[Floats, ...]:
        share = np.float32(self.k1 * self.b / self.mean_length)
        return tuple(
            np.float32(self.k1 * (1 - self.b)) + share * segment.lengths.astype(np.float32) for segment in self.segments
        )


@dataclass(frozen=True)
class Query:
    """A query with the statistics of its terms in one index.

    For each term: how often the query has it (counts), how many documents have it (containing), its idf.

    counts, containing and idf are [T], rows one int64 [T] for each segment.
    """

    index: BM25
    terms: tuple[str, ...]
    counts: NDArray[np.float64]
    containing: NDArray[np.int64]
    idf: NDArray[np.float64]
    rows: tuple[NDArray[np.int64], ...]

    @cached_property
    def self_score(self) -> float:
        """The score of the query against a document that is the query itself.

        Scores are normalized by it.

        A term that no document contains counts with the highest weight, so a query of unknown words cannot score well.
        """
        index, length = self.index, float(self.counts.sum())
        norm = index.k1 * (1 - index.b + index.b * length / index.mean_length)
        return float((self.idf * self.counts * self.counts * (index.k1 + 1) / (self.counts + norm)).sum())

    def build_postings(self, place: int, scale: float) -> list[Postings]:
        """Return the postings of each term in the segment at that place, times scale."""
        index = self.index
        segment, norms = index.segments[place], index._norms[place]
        made = []
        for row, weight in zip(self.rows[place], self.idf * self.counts * (index.k1 + 1) * scale, strict=True):
            if row >= 0:
                part = slice(int(segment.starts[row]), int(segment.starts[row + 1]))
                peak = float(segment.max_term_frequency[row])
                least = index.k1 * (1 - index.b + index.b * float(segment.min_length[row]) / index.mean_length)
                bound = float(weight) * peak / (peak + least)
                made.append(Postings(segment.docs[part], segment.counts[part], norms, float(weight), bound))
        return made

    def score(self, numbers: Sequence[int] | Ints) -> Floats:
        """Return BM25 scores float32 of these documents; 0 where nothing is shared."""
        wanted = np.asarray(numbers, dtype=np.int64)
        made = np.zeros(len(wanted), np.float32)
        owners = np.searchsorted(self.index._firsts, wanted, side="right") - 1
        for place in np.unique(owners):
            own = np.flatnonzero(owners == place)
            inside = (wanted[own] - self.index._firsts[place]).astype(np.int32)
            # The same order as in a search, so that the sums are the same to the last bit.
            for each in sorted(self.build_postings(int(place), 1.0), key=lambda each: -each.weight):
                made[own] += each.compute_contributions_to(inside)
        return made

    def normalize(self, numbers: Sequence[int] | Ints) -> Floats:
        """Return the scores of these documents as shares of self_score, at most 1."""
        found = self.score(numbers)
        return np.minimum(found / np.float32(self.self_score), np.float32(1)) if self.self_score else found


def search(asked: Sequence[tuple[Query, float]], count: int) -> list[tuple[int, float]]:
    """Return the best documents by the scaled sum of their scores in several indexes.

    Best first, as (number, score), ties by number. The indexes must have had the same documents added and removed.
    """
    first = asked[0][0].index
    found: list[tuple[int, float]] = []
    for place, segment in enumerate(first.segments):
        lists = [each for part, scale in asked for each in part.build_postings(place, scale)]
        numbers, scores = find_best(lists, segment.live, count)
        begin = int(first._firsts[place])
        found += [(begin + int(number), float(score)) for number, score in zip(numbers, scores, strict=True)]
    return sorted(found, key=lambda one: (-one[1], one[0]))[:count]
