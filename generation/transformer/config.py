"""What a Transformer generator is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Config:
    """Sizes: vocabulary, width of a position, attention heads, layers of each side, width inside a feed-forward layer.

    longest is the most positions of a source or a target. dropout is on in training only.
    """

    vocabulary: int
    width: int = 256
    heads: int = 4
    encoders: int = 2
    decoders: int = 3
    inner: int = 768
    longest: int = 96
    dropout: float = 0.1

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Config:
        """The config that to_dict wrote. Raises TypeError if a value is missing or unknown."""
        return cls(**raw)
