"""The weights of passages: how they are ordered, and how probable it is that the first one answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data import artifact
from data.artifact import ArtifactError
from retrieval.calibration import START
from retrieval.passages.features import GROUPS

NAME = "passages"


@dataclass(frozen=True)
class PassageWeights:
    """Two linear models over the features of a passage.

    Attributes:
        order: What each feature adds to the score by which passages are ordered.
        answer: What each feature adds to the log-odds that the first passage answers.
        bias: The log-odds before any feature is looked at.
        answer_threshold: From this probability on a passage is the answer.
        offer_threshold: From this probability on it is offered.
    """

    order: Mapping[str, float]
    answer: Mapping[str, float]
    bias: float
    answer_threshold: float
    offer_threshold: float

    def score(self, features: Mapping[str, float]) -> float:
        """Return the score by which passages are ordered."""
        return sum(weight * features[name] for name, weight in self.order.items())

    def probability(self, features: Mapping[str, float]) -> float:
        """Return the probability that a passage with these features answers."""
        odds = self.bias + sum(weight * features[name] for name, weight in self.answer.items())
        return float(1 / (1 + np.exp(-np.clip(odds, -30, 30))))

    def explain(self, features: Mapping[str, float]) -> dict[str, float]:
        """Return what each group of features adds in log-odds; with the start they add up to those of the probability."""
        shares = {START: self.bias}
        for name, weight in self.answer.items():
            shares[GROUPS[name]] = shares.get(GROUPS[name], 0.0) + weight * features[name]
        return shares

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, the same that from_dict takes."""
        return {
            "order": dict(self.order),
            "answer": dict(self.answer),
            "bias": self.bias,
            "answer_threshold": self.answer_threshold,
            "offer_threshold": self.offer_threshold,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> PassageWeights:
        """Return the weights that to_dict wrote.

        Raises:
            KeyError: A value is missing.
        """
        return cls(raw["order"], raw["answer"], raw["bias"], raw["answer_threshold"], raw["offer_threshold"])


def open_weights(folder: Path) -> PassageWeights:
    """Return the weights in an artifact folder.

    Raises:
        ArtifactError: It is missing, damaged, or was made by another version.
    """
    config = artifact.open(folder).manifest.config
    try:
        return PassageWeights.from_dict(config)
    except KeyError as error:
        raise ArtifactError(
            f"{folder} lacks {error}, or was made by another version; {artifact.repair_hint(folder)}"
        ) from error
