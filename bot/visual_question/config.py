"""What a reader of visual questions is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from data.records import Language


@dataclass(frozen=True)
class Config:
    """A logistic regression over hashed units of a message.

    buckets is how many weights there are. strict and loose are probabilities by language: from strict on a message asks about
    the picture; from loose on it does so right after the picture was talked about.
    """

    buckets: int
    bias: float
    strict: Mapping[Language, float]
    loose: Mapping[Language, float]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Config:
        """The config that to_dict wrote. Raises TypeError if a value is missing or unknown."""
        return cls(**raw)
