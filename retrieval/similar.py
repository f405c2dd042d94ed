"""Word vectors at work: how near two words are, and which words are nearest. Needs numpy only."""

from __future__ import annotations

import io
import json
from functools import cached_property
from pathlib import Path

import numpy as np

from data import artifact
from data.artifact import ArtifactError
from data.text.segment import words
from retrieval.postings import Floats


class Similar:
    """Unit vectors of words as data.text.segment gives them: Chinese words, and stems of English ones.

    The artifact holds words.json, the words in order, and vectors.npy, int8 [N, D]: each vector times the 127 of its largest
    value.
    """

    def __init__(self, folder: Path) -> None:
        """The vectors in an artifact folder. Raises ArtifactError."""
        opened = artifact.open(folder)
        self.words: list[str] = json.loads(opened.file("words.json"))
        try:
            small = np.load(io.BytesIO(opened.file("vectors.npy")), allow_pickle=False)
        except ValueError as error:
            raise ArtifactError(
                f"{folder.name}: vectors.npy holds no array ({error}); {artifact.restore(folder)}"
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

    def vector_of(self, text: str) -> Floats | None:
        """The unit vector of a text: the mean of its words' vectors; None if none of them is there."""
        found = [vector for word in words(text) if (vector := self.vector(word)) is not None]
        if not found:
            return None
        mean = np.mean(found, axis=0)
        length = float(np.linalg.norm(mean))
        return np.asarray(mean / length, dtype=np.float32) if length else None

    def similarity(self, one: str, other: str) -> float | None:
        """The cosine of two texts, in [-1, 1]; None if one of them has no known word."""
        first, second = self.vector_of(one), self.vector_of(other)
        return None if first is None or second is None else float(first @ second)

    def near(self, text: str, count: int = 10) -> list[tuple[str, float]]:
        """The count words nearest to a text and their cosines, best first, without its own; none if it has no known word."""
        wanted = self.vector_of(text)
        if wanted is None:
            return []
        own = set(words(text))
        cosines = self.vectors @ wanted
        order = np.argsort(-cosines, kind="stable")[: count + len(own)]
        return [(self.words[place], float(cosines[place])) for place in order if self.words[place] not in own][:count]
