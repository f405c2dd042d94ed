"""Texts to words, each as its hashed letter n-grams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from data.config import StoredConfig
from data.text.segment import grams, words
from retrieval.hashing import hash_unit

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Featurizer(StoredConfig):
    """Turn texts into ids of hashed n-grams, word by word.

    Ids are 1 .. buckets - 1, and 0 is padding. At most max_words words of a text are read, and at most max_ngrams n-grams of a
    word.
    """

    stored_keys: ClassVar[Mapping[str, str]] = {"max_words": "longest", "max_ngrams": "spelled"}

    buckets: int
    max_words: int
    max_ngrams: int

    def encode(self, texts: Sequence[str]) -> dict[str, Ids]:
        """Return ids int64 [B, W, G], padded with 0; W and G are at least 1."""
        rows = [[self._ids(word) for word in words(text)[: self.max_words]] for text in texts]
        wide = max((len(row) for row in rows), default=1) or 1
        deep = max((len(word) for row in rows for word in row), default=1) or 1
        made = np.zeros((len(rows), wide, deep), dtype=np.int64)
        for number, row in enumerate(rows):
            for place, word in enumerate(row):
                made[number, place, : len(word)] = word
        return {"ids": made}

    def _ids(self, word: str) -> list[int]:
        return [hash_unit(gram, self.buckets) for gram in grams(word)[: self.max_ngrams]]
