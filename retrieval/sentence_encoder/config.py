"""The settings of the sentence encoder."""

from __future__ import annotations

from dataclasses import dataclass

from data.config import StoredConfig


@dataclass(frozen=True)
class Config(StoredConfig):
    """The sizes of the encoder.

    Args:
        width: The width of the vector of a subword piece, and of a sentence.
        features: The width of the features that the n-gram windows compute of a piece.
        max_pieces: Pieces of a text beyond so many are not read.
    """

    width: int = 512
    features: int = 1280
    max_pieces: int = 128
