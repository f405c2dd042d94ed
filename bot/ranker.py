"""Which candidate is best, in its first form: every source brings a calibrated probability, so they compare as they are."""

from __future__ import annotations

from collections.abc import Sequence

from bot.types import Candidate, Context


class Calibrated:
    """The ranker that trusts the sources' own calibration."""

    def score(self, context: Context, candidates: Sequence[Candidate]) -> Sequence[float]:
        """The candidates' own scores."""
        return [candidate.score for candidate in candidates]
