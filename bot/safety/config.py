"""What a safety filter is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

# Fields that an artifact stores under another key.
_KEYS = {"max_ngram_length": "longest"}


@dataclass(frozen=True)
class Config:
    """A logistic regression over hashed units of Chinese text.

    Attributes:
        buckets: How many weights there are.
        max_ngram_length: The length of the longest character n-gram.
        bias: The log-odds of a text without any unit.
        threshold: From this probability on, in (0, 1), a text counts as offensive.
    """

    buckets: int
    max_ngram_length: int
    bias: float
    threshold: float

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, the same that from_dict takes."""
        return {_KEYS.get(name, name): value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Config:
        """Return the config that to_dict wrote.

        Raises:
            TypeError: A value is missing or unknown.
        """
        names = {key: name for name, key in _KEYS.items()}
        return cls(**{names.get(key, key): value for key, value in raw.items()})
