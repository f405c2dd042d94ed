"""Texts to hashed units for both towers, the same in training and serving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from data.config import StoredConfig
from data.text.padding import pad_rows
from data.text.segment import grams, words
from retrieval.hashing import hash_unit

Ids = NDArray[np.int64]

GRAPH = "towers.onnx"
"""The graph of both towers: ids and earlier in, query and reply out."""


@dataclass(frozen=True)
class Featurizer(StoredConfig):
    """Turn texts into ids of hashed units, 1 .. buckets - 1; 0 is padding.

    Units are n-grams, and with with_words also words and pairs of words.

    English gives letter trigrams of "#word#" (Huang et al. 2013, section 3.2), Chinese characters and pairs of characters: its
    words are too short for trigrams to tell them apart.
    """

    stored_keys: ClassVar[Mapping[str, str]] = {"max_units": "longest"}

    buckets: int
    with_words: bool
    max_units: int

    def list_units(self, text: str) -> list[str]:
        """List the units of a text before they are hashed, at most max_units."""
        found = grams(text)
        if self.with_words:
            spoken = words(text)
            # A mark in front keeps a word apart from an n-gram of the same letters.
            found = [*(f"w{word}" for word in spoken), *(f"p{one} {two}" for one, two in pairwise(spoken)), *found]
        return found[: self.max_units]

    def hash_units(self, text: str) -> list[int]:
        """Return the ids of the units of a text."""
        return [hash_unit(unit, self.buckets) for unit in self.list_units(text)]

    def encode(self, texts: Sequence[str]) -> dict[str, Ids]:
        """Return ids int64 [B, T], padded with 0; T is at least 1."""
        return {"ids": pad_rows([self.hash_units(text) for text in texts])}

    def encode_queries(self, contexts: Sequence[Sequence[str]]) -> dict[str, Ids]:
        """Return ids int64 [B, T] of last turns, and earlier int64 [B, E] of the others.

        Raises:
            ValueError: A context is empty.
        """
        if not all(contexts):
            raise ValueError("a context has at least one turn, the query itself")
        earlier = [
            [id for turn in context[:-1] for id in self.hash_units(turn)][-self.max_units :] for context in contexts
        ]
        return self.encode([context[-1] for context in contexts]) | {"earlier": pad_rows(earlier)}
