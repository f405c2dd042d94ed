"""Texts to hashed units, for both towers, in training and serving alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.text.segment import grams, words
from retrieval.hashing import hashed

Ids = NDArray[np.int64]

GRAPH = "towers.onnx"
"""The graph of both towers: ids and earlier in, query and reply out."""


@dataclass(frozen=True)
class Codec:
    """How texts become ids: n-grams always, words and pairs of words if with_words; each hashed to 1 .. buckets - 1, 0 is none.

    English gives letter trigrams of "#word#" (Huang et al. 2013, section 3.2), Chinese characters and pairs of characters: its
    words are too short for trigrams to tell them apart.
    """

    buckets: int
    with_words: bool
    longest: int

    def units(self, text: str) -> list[str]:
        """The units of a text before they are hashed, at most longest."""
        found = grams(text)
        if self.with_words:
            spoken = words(text)
            # A mark in front keeps a word apart from an n-gram of the same letters.
            found = [*(f"w{word}" for word in spoken), *(f"p{one} {two}" for one, two in pairwise(spoken)), *found]
        return found[: self.longest]

    def ids(self, text: str) -> list[int]:
        """The hashed units of a text."""
        return [hashed(unit, self.buckets) for unit in self.units(text)]

    def encode(self, texts: Sequence[str]) -> dict[str, Ids]:
        """ids int64 [B, T], padded with 0; T is at least 1."""
        return {"ids": padded([self.ids(text) for text in texts])}

    def encode_queries(self, contexts: Sequence[Sequence[str]]) -> dict[str, Ids]:
        """ids int64 [B, T] of the last turns, earlier int64 [B, E] of those before. Raises ValueError for an empty context."""
        if not all(contexts):
            raise ValueError("a context has at least one turn, the query itself")
        earlier = [[id for turn in context[:-1] for id in self.ids(turn)][-self.longest :] for context in contexts]
        return self.encode([context[-1] for context in contexts]) | {"earlier": padded(earlier)}

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Codec:
        """The codec that to_dict wrote. Raises KeyError if a value is missing."""
        return cls(int(raw["buckets"]), bool(raw["with_words"]), int(raw["longest"]))


def padded(rows: Sequence[Sequence[int]]) -> Ids:
    """int64 [B, T] of rows of ids, filled up with 0; T is the longest of them, at least 1."""
    made = np.zeros((len(rows), max(1, max(map(len, rows), default=1))), dtype=np.int64)
    for number, row in enumerate(rows):
        made[number, : len(row)] = row
    return made
