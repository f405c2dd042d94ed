"""Rankers that have learned nothing: what the learned one is measured against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.types import Candidate, Context


class SourceScores:
    """Trusts the sources' own scores."""

    def rank(self, context: Context, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """The candidates as they are."""
        return candidates


class ReciprocalRankFusion:
    """Reciprocal rank fusion of the sources: each candidate's place among its own source's (Cormack et al. 2009, k of 60)."""

    def rank(self, context: Context, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """The candidates scored by 61 / (60 + place), so that the best of each source have 1."""
        places: dict[int, int] = {}
        for source in {candidate.source for candidate in candidates}:
            own = [number for number, candidate in enumerate(candidates) if candidate.source == source]
            own.sort(key=lambda number: -candidates[number].score)
            places |= {number: place for place, number in enumerate(own, 1)}
        return [replace(candidate, score=61 / (60 + places[number])) for number, candidate in enumerate(candidates)]
