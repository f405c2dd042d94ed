"""What a search found, each entry measured beside the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from data.records import Entry
from retrieval.bm25 import Query
from retrieval.postings import Floats

# Of a message that goes on from an answer: how much it counts together with the question before, and how far that one's entry
# steps back. Chosen on the follow-ups of the two owners that are there to tune on.
_TOGETHER = 0.5
_ANSWERED = 0.4


@dataclass(frozen=True)
class NearestEntries:
    """The entries with the nearest vectors, best first.

    For each its highest cosine, and the key of that vector.
    """

    cosines: Mapping[int, float]
    lowest: float
    keys: Mapping[int, int] = field(default_factory=dict)

    def find_cosine(self, number: int) -> float:
        """Return the highest cosine of an entry by its number."""
        # What was not among the nearest is measured as the last of them: it lies below, and nobody knows how far.
        return self.cosines.get(number, self.lowest)


class PhrasingMatch(NamedTuple):
    """An entry with its best phrasing and that one's shares by words and n-grams.

    Shares are in [0, 1].
    """

    entry: Entry
    question: str
    word_share: float
    gram_share: float


_MEASURES = ("meanings", "replies", "words", "grams", "languages", "fused")


@dataclass(frozen=True)
class Matches:
    """The entries that a search found, by number, with their scores float32 [N]."""

    queries: Mapping[str, Query]
    numbers: list[int]
    is_own: list[bool]
    phrasings: Mapping[int, Sequence[int]]
    nearest: NearestEntries
    meanings: Floats
    replies: Floats
    words: Floats
    grams: Floats
    languages: Floats
    fused: Floats
    silent_score: float = 0.0
    """The highest score of what was found and is silent."""
    margins: tuple[Floats, ...] = ()
    """Of meanings, replies, words, grams and fused, how far each entry is ahead of the best of all others that were found."""

    def with_margins(self, fused: Floats | None = None) -> Matches:
        """Return a copy with the margin of each entry over the best of all others.

        fused is another score to order them by.
        """
        fused = self.fused if fused is None else fused
        measures = (self.meanings, self.replies, self.words, self.grams, fused)
        return replace(self, fused=fused, margins=tuple(_compute_margins(each) for each in measures))

    def is_known(self) -> Callable[[str], bool]:
        """Return a function that says whether anything stored has a word of the query."""
        words = self.queries["by_entry_words"]
        return {term for term, count in zip(words.terms, words.containing.tolist(), strict=True) if count}.__contains__

    def select(self, chosen: Sequence[bool]) -> Matches:
        """Return a copy with the chosen entries."""
        places = np.flatnonzero(chosen)
        return replace(
            self,
            numbers=[self.numbers[place] for place in places],
            is_own=[self.is_own[place] for place in places],
            margins=tuple(each[places] for each in self.margins),
            **{name: getattr(self, name)[places] for name in _MEASURES},
        )

    def join_follow_up(self, following: Matches, answered: Collection[int]) -> Matches:
        """Return what a follow-up found together with the question before it.

        following is what both found together; self is what the message found alone.

        An entry scores by both; the one that was answered already steps back.
        """
        alone = dict(zip(self.numbers, self.fused.tolist(), strict=True))
        least = min(alone.values(), default=0.0)
        fused = [
            alone.get(number, least) + _TOGETHER * float(score) - _ANSWERED * (number in answered)
            for number, score in zip(following.numbers, following.fused, strict=True)
        ]
        return replace(following.with_margins(np.asarray(fused, np.float32)), silent_score=self.silent_score)


def _compute_margins(shares: Floats) -> Floats:
    """Return the distance of each share from the best of the others, or from 0."""
    second, best = np.sort(np.concatenate([np.zeros(2, np.float32), shares]))[-2:]
    return np.asarray(shares - np.where(shares == best, second, best), dtype=np.float32)
