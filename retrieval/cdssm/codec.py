"""Texts to words, each as its hashed letter n-grams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.text.segment import grams, words
from retrieval.hashing import hashed

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Codec:
    """How texts become ids: at most longest words, each as at most spelled n-grams hashed to 1 .. buckets - 1; 0 is none."""

    buckets: int
    longest: int
    spelled: int

    def encode(self, texts: Sequence[str]) -> dict[str, Ids]:
        """ids int64 [B, W, G]: n-grams of words of texts, filled up with 0; W and G are at least 1."""
        rows = [[self._ids(word) for word in words(text)[: self.longest]] for text in texts]
        wide = max((len(row) for row in rows), default=1) or 1
        deep = max((len(word) for row in rows for word in row), default=1) or 1
        made = np.zeros((len(rows), wide, deep), dtype=np.int64)
        for number, row in enumerate(rows):
            for place, word in enumerate(row):
                made[number, place, : len(word)] = word
        return {"ids": made}

    def _ids(self, word: str) -> list[int]:
        return [hashed(gram, self.buckets) for gram in grams(word)[: self.spelled]]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Codec:
        """The codec that to_dict wrote. Raises KeyError if a value is missing."""
        return cls(int(raw["buckets"]), int(raw["longest"]), int(raw["spelled"]))
