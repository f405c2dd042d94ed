"""The nature of the sentence encoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Config:
    """The sizes of the encoder.

    width is the length of a piece's vector and of a sentence's; features is the length of what the n-gram windows make of a
    piece; max_pieces bounds a text, the rest of which is not read.
    """

    width: int = 512
    features: int = 1280
    max_pieces: int = 128

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, the same that from_dict takes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Config:
        """Return the config that to_dict wrote. Raises TypeError for an unknown name."""
        return cls(**raw)
