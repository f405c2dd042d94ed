"""The shipped word vectors, one for each word. Needs numpy only.

Words are as data.text.segment returns them.
"""

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
    """Unit vectors float32 [N, D] of Chinese words and of stems of English ones.

    The artifact holds words.json, the words in order, and vectors.npy, int8 [N, D], where the largest value of each vector
    is scaled to 127.
    """

    def __init__(self, folder: Path) -> None:
        """Load the vectors from an artifact folder.

        Raises:
            ArtifactError: The artifact is damaged.
        """
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
        # A model that was trained with one table of vectors does not work with another.
        self.version = f"{opened.manifest.name} {opened.manifest.files['vectors.npy'][:12]}"

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {word: place for place, word in enumerate(self.words)}

    @property
    def size(self) -> int:
        """Return the number of values in a vector."""
        return int(self.vectors.shape[1])

    def vector(self, word: str) -> Floats | None:
        """Return the unit vector float32 [D] of a segmented word; None for an unknown one."""
        place = self._positions.get(word)
        return None if place is None else self.vectors[place]

    def of(self, text: str) -> Floats:
        """Return the vectors float32 [M, D] of the known words of a text."""
        found = [vector for word in words(text) if (vector := self.vector(word)) is not None]
        return np.stack(found) if found else np.zeros((0, self.size), dtype=np.float32)
