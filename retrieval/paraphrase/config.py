"""What a paraphrase model is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from data.records import LANGUAGES, Language


@dataclass(frozen=True)
class Weights:
    """A logistic regression: what each feature and each unit that only one text says add in log-odds, and a bias."""

    features: Mapping[str, float]
    units: Mapping[str, float]
    bias: float


@dataclass(frozen=True)
class Config:
    """The weights of each language it learned, and which word vectors its features were measured with."""

    languages: Mapping[Language, Weights]
    words: str

    def find_weights(self, language: Language) -> Weights:
        """The weights for a language; those of the other where it learned no pair of this one."""
        return self.languages.get(language) or next(iter(self.languages.values()))

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Config:
        """The config that to_dict wrote. Raises KeyError or TypeError if a value is missing or unknown."""
        given = {
            language: Weights(**raw["languages"][language]) for language in LANGUAGES if language in raw["languages"]
        }
        if not given:
            raise KeyError("languages")
        return cls(given, raw["words"])
