"""What a safety filter is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Config:
    """A logistic regression over hashed units of Chinese text.

    buckets is how many weights there are, longest the longest character n-gram. From threshold on, a
    probability in (0, 1), a text counts as offensive.
    """

    buckets: int
    longest: int
    bias: float
    threshold: float

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, the same that from_dict takes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Config:
        """Return the config that to_dict wrote. Raises TypeError if a value is missing or unknown."""
        return cls(**raw)
