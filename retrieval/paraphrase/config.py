"""The settings of a paraphrase model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from data.records import LANGUAGES, Language


@dataclass(frozen=True)
class Weights:
    """A logistic regression: log-odds of features and of unmatched units, and a bias."""

    features: Mapping[str, float]
    units: Mapping[str, float]
    bias: float


@dataclass(frozen=True)
class Config:
    """The weights of each language, and the word vectors they were fitted with."""

    languages: Mapping[Language, Weights]
    words: str

    def find_weights(self, language: Language) -> Weights:
        """Return the weights for a language, or those of the other one if it has none."""
        return self.languages.get(language) or next(iter(self.languages.values()))

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values; from_dict takes them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Config:
        """Build the config from what to_dict returned.

        Raises:
            KeyError: A value is missing.
            TypeError: A value is unknown.
        """
        given = {
            language: Weights(**raw["languages"][language]) for language in LANGUAGES if language in raw["languages"]
        }
        if not given:
            raise KeyError("languages")
        return cls(given, raw["words"])
