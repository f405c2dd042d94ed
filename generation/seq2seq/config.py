"""The configuration of a recurrent generator."""

from __future__ import annotations

from dataclasses import dataclass

from data.config import StoredConfig


@dataclass(frozen=True)
class Config(StoredConfig):
    """Sizes of the net. dropout is applied in training only.

    Args:
        vocabulary: The number of tokens.
        width: The size of a token's vector.
        hidden: The size of the recurrent state.
    """

    vocabulary: int
    width: int = 256
    hidden: int = 384
    dropout: float = 0.1
