"""The settings of an ARC-I."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from data.config import StoredConfig


@dataclass(frozen=True)
class Config(StoredConfig):
    """The size of an ARC-I.

    Args:
        words: The size of the vocabulary.
        size: The width of the word vectors.
        features: The features of each convolution; each is followed by max-pooling over two neighbours.
        windows: The words that each convolution spans.
        hidden: The width of the perceptron that compares the two texts.
        dropout: The share of its inputs that the perceptron drops in training.
        max_words: Words of a text beyond so many are not read.

    Source: Hu et al. 2014, sections 2 and 3.1, with the layers and windows of section 5.
    """

    stored_keys: ClassVar[Mapping[str, str]] = {"max_words": "longest"}

    words: int
    size: int
    features: tuple[int, ...] = (200, 200)
    windows: tuple[int, ...] = (3, 3)
    hidden: int = 128
    dropout: float = 0.5
    max_words: int = 40
