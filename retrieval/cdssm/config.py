"""What a CDSSM is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Config:
    """The size of a CDSSM; the values are the published ones (Shen et al. 2014, section 3, figure 1).

    window is how many words a convolution sees; longest and spelled are the most words of a text and the most n-grams of a word
    that are looked at.
    """

    buckets: int = 30_000
    hidden: int = 300
    width: int = 128
    window: int = 3
    sharpness: float = 10.0
    longest: int = 64
    spelled: int = 16

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Config:
        """The config that to_dict wrote. Raises TypeError if a value is missing or unknown."""
        return cls(**raw)
