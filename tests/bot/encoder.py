"""A small encoder for tests: hashed character n-grams, so that texts with the same words are near each other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from data.text.segment import grams
from retrieval.postings import Floats


class HashEncoder:
    """Texts as unit vectors of 64 values."""

    version = "hash 1"
    width = 64

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors float32 [N, 64]."""
        self.encoded += texts
        made = np.zeros((len(texts), self.width), np.float32)
        for row, text in enumerate(texts):
            for gram in grams(text) or ["?"]:
                number = int.from_bytes(hashlib.blake2b(gram.encode(), digest_size=4).digest(), "little")
                made[row, number % self.width] += 1 if number & 64 else -1
        return np.asarray(made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-6), np.float32)
