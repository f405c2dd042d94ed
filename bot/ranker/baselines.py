"""Baselines: rankers without training, for comparison with the learned one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.types import Candidate, Context


class SourceScores:
    """Keeps the scores of the sources."""

    def rank(self, context: Context, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """Return the candidates as they are."""
        return candidates


class ReciprocalRankFusion:
    """Reciprocal rank fusion: scores a candidate by its rank within its own source.

    Source: Cormack et al. 2009, Reciprocal Rank Fusion, k = 60.
    """

    def rank(self, context: Context, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """Return the candidates scored by 61 / (60 + rank).

        So the best of each source have 1.
        """
        places: dict[int, int] = {}
        for source in {candidate.source for candidate in candidates}:
            own = [number for number, candidate in enumerate(candidates) if candidate.source == source]
            own.sort(key=lambda number: -candidates[number].score)
            places |= {number: place for place, number in enumerate(own, 1)}
        return [replace(candidate, score=61 / (60 + places[number])) for number, candidate in enumerate(candidates)]
