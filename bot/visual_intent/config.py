"""Configuration of the visual intent classifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from data.records import Language


@dataclass(frozen=True)
class Config:
    """A logistic regression over hashed features of a message.

    Attributes:
        buckets: The number of weights.
        bias: The intercept, in log-odds.
        strict: Probability thresholds by language: a message that reaches it asks about the picture.
        loose: Lower thresholds by language, for a message right after a reply about the picture.
    """

    buckets: int
    bias: float
    strict: Mapping[Language, float]
    loose: Mapping[Language, float]

    def to_dict(self) -> dict[str, Any]:
        """Return values that JSON can hold, as `from_dict` takes them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Config:
        """Return the config that `to_dict` wrote.

        Raises:
            TypeError: A value is missing or unknown.
        """
        return cls(**raw)
