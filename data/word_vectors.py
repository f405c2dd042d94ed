"""The word vectors that ship: a unit vector for each word as data.text.segment gives it. Needs numpy only."""

from __future__ import annotations

import io
import json
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data import artifact
from data.artifact import ArtifactError
from data.text.segment import words

Floats = NDArray[np.float32]


class WordVectors:
    """Unit vectors float32 [N, D] of N words: Chinese words, and stems of English ones.

    The artifact holds words.json, the words in order, and vectors.npy, int8 [N, D]: each vector times the 127 of its
    largest value.
    """

    def __init__(self, folder: Path) -> None:
        """The vectors in an artifact folder. Raises ArtifactError."""
        opened = artifact.open(folder)
        self.words: list[str] = json.loads(opened.read_file("words.json"))
        try:
            small = np.load(io.BytesIO(opened.read_file("vectors.npy")), allow_pickle=False)
        except ValueError as error:
            raise ArtifactError(
                f"{folder.name}: vectors.npy holds no array ({error}); {artifact.repair_hint(folder)}"
            ) from error
        vectors = small.astype(np.float32)
        self.vectors: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        # What was learned with one table of vectors means nothing beside another.
        self.version = f"{opened.manifest.name} {opened.manifest.files['vectors.npy'][:12]}"

    @cached_property
    def _places(self) -> dict[str, int]:
        return {word: place for place, word in enumerate(self.words)}

    @property
    def size(self) -> int:
        """The number of values in a vector."""
        return int(self.vectors.shape[1])

    def vector(self, word: str) -> Floats | None:
        """The unit vector float32 [D] of a word as it is segmented; None for one that is not there."""
        place = self._places.get(word)
        return None if place is None else self.vectors[place]

    def of(self, text: str) -> Floats:
        """The vectors float32 [M, D] of the text's words that are there."""
        found = [vector for word in words(text) if (vector := self.vector(word)) is not None]
        return np.stack(found) if found else np.zeros((0, self.size), dtype=np.float32)
