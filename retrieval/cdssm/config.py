"""The settings of a CDSSM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from data.config import StoredConfig


@dataclass(frozen=True)
class Config(StoredConfig):
    """The size of a CDSSM; the defaults are the published values.

    Args:
        buckets: The number of hash buckets of n-grams.
        hidden: The features of the convolution.
        width: The width of the vector of a text.
        window: The words that the convolution spans.
        gamma: The factor on the cosine before the softmax.
        max_words: Words of a text beyond so many are not read.
        max_ngrams: N-grams of a word beyond so many are not read.

    Source: Shen et al. 2014, section 3, figure 1.
    """

    stored_keys: ClassVar[Mapping[str, str]] = {"gamma": "sharpness", "max_words": "longest", "max_ngrams": "spelled"}

    buckets: int = 30_000
    hidden: int = 300
    width: int = 128
    window: int = 3
    gamma: float = 10.0
    max_words: int = 64
    max_ngrams: int = 16
