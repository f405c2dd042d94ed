"""Vectors of a text's words, read from the shipped artifact when the first reference turns up."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from data import paths
from data.text.segment import words
from retrieval.similar import Similar


@lru_cache(maxsize=1)
def _similar() -> Similar:
    return Similar(paths.artifacts_dir() / "words")


def vectors_of(text: str) -> NDArray[np.float32]:
    """The unit vectors float32 [N, D] of the words of the text that have one. Raises ArtifactError."""
    similar = _similar()
    found = [vector for word in words(text) if (vector := similar.vector(word)) is not None]
    return np.stack(found) if found else np.zeros((0, similar.size), dtype=np.float32)
