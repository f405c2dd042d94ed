"""What an ARC-I is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Config:
    """The size of an ARC-I: Hu et al. 2014, sections 2 and 3.1, with the layers and windows of section 5.

    size is the width of the word vectors it begins with; features and windows describe the convolutions, each followed by the
    larger of every two neighbours; hidden is the comparing net. longest is the most words of a text that are looked at.
    """

    words: int
    size: int
    features: tuple[int, ...] = (200, 200)
    windows: tuple[int, ...] = (3, 3)
    hidden: int = 128
    dropout: float = 0.5
    longest: int = 40

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Config:
        """The config that to_dict wrote. Raises TypeError if a value is missing or unknown."""
        return cls(**{**raw, "features": tuple(raw["features"]), "windows": tuple(raw["windows"])})
