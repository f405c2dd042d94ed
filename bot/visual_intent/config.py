"""Configuration of the visual intent classifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from data.records import Language


@dataclass(frozen=True)
class Config:
    """Two logistic regressions over hashed features of a message: right behind a picture, and later.

    Attributes:
        buckets: The number of weights.
        bias: The intercept later, in log-odds.
        recent_bias: The intercept right behind a picture.
        later: Probability thresholds by language: a message that reaches it asks about a picture, whatever was said since.
        recent: Thresholds by language for a message right behind the picture or a reply about it.
    """

    buckets: int
    bias: float
    recent_bias: float
    later: Mapping[Language, float]
    recent: Mapping[Language, float]

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
