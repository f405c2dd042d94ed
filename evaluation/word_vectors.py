"""Word vectors of a text, loaded from the shipped artifact when the first reference is met."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from data import paths
from data.text.segment import words
from retrieval.word_similarity import WordSimilarity


@lru_cache(maxsize=1)
def _load_vectors() -> WordSimilarity:
    return WordSimilarity(paths.artifacts_dir() / "words")


def get_word_vectors(text: str) -> NDArray[np.float32]:
    """Return the unit vectors, float32 [N, D], of the words of the text that have one. Raises ArtifactError."""
    vectors = _load_vectors()
    found = [vector for word in words(text) if (vector := vectors.vector(word)) is not None]
    return np.stack(found) if found else np.zeros((0, vectors.size), dtype=np.float32)
