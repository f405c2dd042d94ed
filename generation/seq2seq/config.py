"""What a recurrent generator is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Config:
    """Sizes: vocabulary, width of a token's vector, of the recurrent state. dropout is on in training only."""

    vocabulary: int
    width: int = 256
    hidden: int = 384
    dropout: float = 0.1

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Config:
        """The config that to_dict wrote. Raises TypeError if a value is missing or unknown."""
        return cls(**raw)
