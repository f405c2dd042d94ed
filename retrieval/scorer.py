"""The interface of matching models, and the plain baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from data.text.segment import words
from retrieval.bm25 import BM25, compute_term_weight
from retrieval.postings import Floats


class Scorer(Protocol):
    """A matching model at work."""

    @property
    def name(self) -> str:
        """The model's name, as commands and tables have it."""
        ...

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        """Return float32 [N], higher for the better.

        The last turn of the context is the query. Scores are comparable within one call only.
        """
        ...


@runtime_checkable
class ProbabilityScorer(Scorer, Protocol):
    """A matching model whose scores are probabilities, comparable everywhere."""

    def probability(self, question: str, phrasings: Sequence[str]) -> Floats:
        """Return float32 [N], in [0, 1]: that each phrasing asks what the question asks."""
        ...


class BM25Scorer:
    """The baseline: BM25 over words or other units of the last turn.

    Document frequencies come from a collection of texts.
    """

    def __init__(
        self, collection: Iterable[str], units: Callable[[str], list[str]] = words, name: str = "bm25"
    ) -> None:
        self.name, self._units = name, units
        self._index = BM25().with_added([units(text) for text in collection])

    def compute_weight(self, term: str) -> float:
        """Return the inverse document frequency of a term in the collection."""
        return self._index.compute_weight(term)

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        """BM25 of the last turn against each candidate."""
        index = self._index
        asked = index.prepare(self._units(context[-1]))
        weights = dict(zip(asked.terms, (asked.idf * asked.counts).tolist(), strict=True))
        made = np.zeros(len(candidates), dtype=np.float32)
        for number, text in enumerate(candidates):
            held = Counter(self._units(text))
            shared = [term for term in weights if term in held]
            counts = np.asarray([held[term] for term in shared], dtype=np.float32)
            lengths = np.full(len(shared), held.total(), dtype=np.float32)
            factors = compute_term_weight(counts, lengths, index.mean_length, index.k1, index.b)
            made[number] = sum(weights[term] * factor for term, factor in zip(shared, factors, strict=True))
        return made


class WholeContextScorer:
    """A scorer that is given all turns of the context as one."""

    def __init__(self, scorer: Scorer) -> None:
        self.name, self._scorer = f"{scorer.name}, all turns", scorer

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        """Return the scores of the joined turns."""
        return self._scorer.score((" ".join(context),), candidates)
