"""What every matching model can do, whatever is inside: say how well each candidate answers a query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from data.text.segment import words
from retrieval.bm25 import BM25, term_weight
from retrieval.postings import Floats


class Scorer(Protocol):
    """A matching model at work."""

    @property
    def name(self) -> str:
        """The model's name, as commands and tables have it."""
        ...

    def scores(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        """float32 [N], higher for the better; the last turn of the context is the query. Comparable within one call only."""
        ...


class BM25Scorer:
    """The plain baseline: BM25 over words, with the document frequencies of a collection. Earlier turns are not looked at."""

    name = "bm25"

    def __init__(self, collection: Iterable[str]) -> None:
        self._index = BM25().with_added([words(text) for text in collection])

    def weight(self, term: str) -> float:
        """The inverse document frequency of a term in the collection."""
        return self._index.weight(term)

    def scores(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        """BM25 of the last turn against each candidate."""
        index, asked = self._index, Counter(words(context[-1]))
        weights = {term: count * index.weight(term) for term, count in asked.items()}
        made = np.zeros(len(candidates), dtype=np.float32)
        for number, text in enumerate(candidates):
            held = Counter(words(text))
            shared = [term for term in weights if term in held]
            counts = np.asarray([held[term] for term in shared], dtype=np.float32)
            lengths = np.full(len(shared), held.total(), dtype=np.float32)
            factors = term_weight(counts, lengths, index.mean_length, index.k1, index.b)
            made[number] = sum(weights[term] * factor for term, factor in zip(shared, factors, strict=True))
        return made
