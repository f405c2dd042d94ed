"""The features of a Chinese text for the filter: character n-grams, and the listed words it contains."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from data.text.clean import fold
from retrieval.hashing import hash_unit

HAN = "\u3400-\u4dbf\u4e00-\u9fff"
# What people put between the characters of a word so that no list finds it. Commas and full stops part sentences instead.
_BETWEEN = re.compile(rf"(?<=[{HAN}a-z])[\s.*·・•_~/|\\^+=-]+(?=[{HAN}])|(?<=[{HAN}])[\s.*·・•_~/|\\^+=-]+(?=[a-z])")
_LETTERS = re.compile(r"(?<![a-z])([a-z])\s(?=[a-z](?![a-z]))")


def strip_disguise(text: str) -> str:
    """Return the text folded, without white space and signs inside words, single letters joined.

    >>> strip_disguise("傻 逼"), strip_disguise("傻.B"), strip_disguise("你是 s b 吗"), strip_disguise("好，你妈来了")
    ('傻逼', '傻b', '你是sb吗', '好,你妈来了')
    """
    return _BETWEEN.sub("", _LETTERS.sub(r"\1", fold(text)))


class Featurizer:
    """Maps texts to ids of hashed features. Holds the word list, folded as texts are."""

    def __init__(self, words: Iterable[str], buckets: int, max_ngram_length: int) -> None:
        self._words = sorted({strip_disguise(word) for word in words} - {""})
        self._buckets, self._max_ngram_length = buckets, max_ngram_length

    def extract_units(self, text: str) -> list[str]:
        """Return the different units of a text, sorted: its n-grams with both ends marked, and "list:WORD" per listed word."""
        marked = f"^{strip_disguise(text)}$"
        found = {
            marked[place : place + size]
            for size in range(1, self._max_ngram_length + 1)
            for place in range(len(marked) - size + 1)
        }
        found.update(f"list:{word}" for word in self.find_listed(text))
        return sorted(found)

    def find_listed(self, text: str) -> list[str]:
        """Return the listed words that the text contains, wherever they begin and end."""
        bare = strip_disguise(text)
        return [word for word in self._words if word in bare]

    def encode(self, units: Sequence[str]) -> NDArray[np.int64]:
        """Return the buckets of the units, int64 [N], each once."""
        return np.unique(
            np.fromiter((hash_unit(unit, self._buckets) for unit in units), dtype=np.int64, count=len(units))
        )
