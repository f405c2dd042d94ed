"""The configuration of a Transformer generator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from data.config import StoredConfig


@dataclass(frozen=True)
class Config(StoredConfig):
    """Sizes of the net. dropout is applied in training only.

    Args:
        vocabulary: The number of tokens.
        width: The size of the vector at a position.
        heads: The number of attention heads.
        encoders: The number of encoder layers.
        decoders: The number of decoder layers.
        inner: The size inside a feed-forward layer.
        max_length: The most positions of a source or a target.
    """

    stored_keys: ClassVar = {"max_length": "longest"}

    vocabulary: int
    width: int = 256
    heads: int = 4
    encoders: int = 2
    decoders: int = 3
    inner: int = 768
    max_length: int = 96
    dropout: float = 0.1
