"""The ranker that has learned what its features are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.ranker.features import FEATURES, STORED, features_of
from bot.types import Candidate, Context
from data import artifact
from data.artifact import ArtifactError
from retrieval.calibration import Calibration

NAME = "ranker"


class Learned:
    """A logistic regression over the features of all sources; its probability is that a person would find the reply fitting.

    A stored candidate keeps the start and the shares of its own source's calibration: they say why it was found.
    """

    def __init__(self, weights: Calibration) -> None:
        self._weights = weights

    @classmethod
    def open(cls, folder: Path) -> Learned:
        """The ranker in an artifact folder. Raises ArtifactError."""
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
        """The candidates in their order with the probability of each, and what each feature adds to it in log-odds."""
        return [self._judged(context, candidate) for candidate in candidates]

    def _judged(self, context: Context, candidate: Candidate) -> Candidate:
        if candidate.source in STORED:
            return candidate
        features = features_of(context, candidate)
        score = round(self._weights.probability(features), 6)
        shares = {name: round(share, 4) for name, share in self._weights.explain(features).items() if share}
        return replace(candidate, score=score, evidence=replace(candidate.evidence, features=shares))
