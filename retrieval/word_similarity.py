"""Similarity of words and texts by word vectors, with numpy alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data import artifact
from data.text.segment import words
from data.word_vectors import WordVectors
from retrieval.postings import Floats
from retrieval.spelling import SpellingIndex

# Three and the fourth power, of the few that were tried on benchmarks/word_slips.tsv, which is no test of them any more: what is
# spelt much more alike than the others stands nearly alone.
_SPELT_LIKE = 3
_SHARPNESS = 4


class WordSimilarity(WordVectors):
    """Word vectors and what is asked of them.

    The artifact also holds surfaces.json: of each stem that is no word itself, the word it was most often seen as.
    """

    def __init__(self, folder: Path, guessing: bool = False) -> None:
        """Open the vectors in an artifact folder.

        Args:
            guessing: An unknown word counts as the few known words that are spelt most like it, the more alike the more.

        Raises:
            ArtifactError: The artifact is missing or damaged.
        """
        super().__init__(folder)
        self._surfaces: dict[str, str] = json.loads(artifact.open(folder).read_file("surfaces.json"))
        self._guessing = guessing

    def embed(self, text: str) -> Floats | None:
        """Return the unit vector of a text: the mean of its words.

        Returns:
            None if no word has a vector.
        """
        found = [vector for word in words(text) if (vector := self._find_or_guess(word)) is not None]
        if not found:
            return None
        mean = np.mean(found, axis=0)
        length = float(np.linalg.norm(mean))
        return np.asarray(mean / length, dtype=np.float32) if length else None

    def _find_or_guess(self, word: str) -> Floats | None:
        vector = self.vector(word)
        if vector is not None or not self._guessing:
            return vector
        like = self._spelling.find_similar(word, _SPELT_LIKE)
        if not like:
            return None
        mean = np.sum([share**_SHARPNESS * self.vectors[place] for place, share in like], axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)

    @cached_property
    def _spelling(self) -> SpellingIndex:
        return SpellingIndex(self.words)

    def find_surface(self, word: str) -> str:
        """Return the word as people write it: "happy" for the stem "happi"."""
        return self._surfaces.get(word, word)

    def guess_unknown(self, text: str) -> dict[str, list[str]]:
        """Return the unknown words of a text, each with the known words spelt like it."""
        unknown = [word for word in dict.fromkeys(words(text)) if self.vector(word) is None]
        return {
            word: [self.words[place] for place, _ in self._spelling.find_similar(word, _SPELT_LIKE)] for word in unknown
        }

    def similarity(self, one: str, other: str) -> float | None:
        """Return the cosine of two texts, in [-1, 1]; None if one has no known word."""
        first, second = self.embed(one), self.embed(other)
        return None if first is None or second is None else float(first @ second)

    def find_nearest(self, text: str, count: int = 10) -> list[tuple[str, float]]:
        """Return the nearest words of the text's script with their cosines, best first.

        The words of the text itself are left out. The list is empty if it has no known word.

        With each the cosine after the mean of all words of that script is taken off both (Mu and Viswanath 2018, All-but-the-Top,
        without the components): a few words are near to everything otherwise.
        """
        wanted = self.embed(text)
        if wanted is None:
            return []
        own = words(text)
        places, mean, centred = self._centred[all(word.isascii() for word in own)]
        wanted = wanted - mean
        cosines = centred @ (wanted / max(float(np.linalg.norm(wanted)), 1e-9))
        order = np.argsort(-cosines, kind="stable")[: count + len(own)]
        found = [(self.words[places[place]], float(cosines[place])) for place in order]
        return [one for one in found if one[0] not in own][:count]

    @cached_property
    def _centred(self) -> dict[bool, tuple[NDArray[np.int64], Floats, Floats]]:
        """Places, mean and centred unit vectors of English words (True) and of all others."""
        english = np.array([word.isascii() for word in self.words])
        made = {}
        for script in (True, False):
            places = np.flatnonzero(english == script)
            mean = self.vectors[places].mean(axis=0) if len(places) else np.zeros(self.size, dtype=np.float32)
            apart = self.vectors[places] - mean
            lengths = np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-9)
            made[script] = (places, mean, np.asarray(apart / lengths, dtype=np.float32))
        return made

    def project(self, text: str, others: Sequence[str]) -> Floats:
        """Project a text and known words onto two dimensions: float32 [1 + N, 2].

        The text comes first. The dimensions are the first two principal components of the vectors (Pearson 1901), in [-1, 1].

        Raises:
            ValueError: A word is unknown.
        """
        asked = [self.embed(text), *(self.vector(word) for word in others)]
        vectors = [vector for vector in asked if vector is not None]
        if len(vectors) < len(asked):
            raise ValueError(f"no vector for {text!r} or one of {list(others)!r}; ask for what `near` gave")
        centred = np.asarray(vectors) - np.mean(vectors, axis=0)
        _, _, axes = np.linalg.svd(centred, full_matrices=False)
        seen = np.zeros((len(vectors), 2), dtype=np.float32)
        seen[:, : len(axes)] = centred @ axes[:2].T
        return np.asarray(seen / max(float(np.abs(seen).max()), 1e-9), dtype=np.float32)
