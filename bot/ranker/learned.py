"""The ranker with trained weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.ranker.features import CALIBRATED_SOURCES, FEATURES, LLM_SOURCE, extract_features
from bot.types import Candidate, Context
from data import artifact
from data.artifact import ArtifactError
from retrieval.calibration import Calibration

NAME = "ranker"


class LearnedRanker:
    """A logistic regression over features.

    The probability is that a person would find a written reply fitting.

    A candidate of a calibrated source, or of an external model, keeps its score and the shares of its own source.
    """

    def __init__(self, weights: Calibration) -> None:
        self._weights = weights

    @classmethod
    def open(cls, folder: Path) -> LearnedRanker:
        """Load the ranker from an artifact folder. Raises ArtifactError."""
        opened = artifact.open(folder)
        try:
            weights = Calibration.from_dict(opened.manifest.config)
        except (KeyError, TypeError, AttributeError) as error:
            raise ArtifactError(f"{folder} holds no weights ({error}); {artifact.repair_hint(folder)}") from error
        if weights.names != FEATURES:
            raise ArtifactError(
                f"{folder} weighs {', '.join(weights.names)}; this program has the features {', '.join(FEATURES)}. "
                f"{artifact.repair_hint(folder)}"
            )
        return cls(weights)

    def rank(self, context: Context, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """Return the candidates in their order, each with its probability.

        Beside it stands what each feature adds, in log-odds.
        """
        return [self._score(context, candidate) for candidate in candidates]

    def _score(self, context: Context, candidate: Candidate) -> Candidate:
        if candidate.source in (*CALIBRATED_SOURCES, LLM_SOURCE):
            return candidate
        features = extract_features(context, candidate)
        score = round(self._weights.probability(features), 6)
        shares = {name: round(share, 4) for name, share in self._weights.explain(features).items() if share}
        return replace(candidate, score=score, evidence=replace(candidate.evidence, features=shares))
