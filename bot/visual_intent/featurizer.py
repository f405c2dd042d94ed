"""The features of a message.

They are its n-grams, as written and with words replaced by their groups.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data.records import Language
from data.text.clean import fold
from retrieval.hashing import hash_unit
from vqa.answer import lexicon

Situation = Literal["recent", "later"]
"""Whether the picture is what was last talked about, or other talk lies between."""
MAX_NGRAM = 3
"""Words of English, or characters of Chinese, in the longest n-gram."""
_MARKS = re.compile("[?？!！。.~…]+")
_MAX_LENGTH = 200
"""Characters of a message that are read; a question is shorter."""


class Featurizer:
    """Turn messages into ids of hashed features, below the number of buckets."""

    def __init__(self, buckets: int) -> None:
        self._buckets = buckets

    def list_features(self, text: str, language: Language) -> list[str]:
        """List the distinct features of a message, sorted.

        They are n-grams of its words (English) or characters (Chinese) with the ends marked: once as written, and once with the
        lexicon's words for things, people, places, colours and the like replaced by the names of their groups. So "how many
        giraffes" is recognized by "how many ANIMAL", even if no training question is about giraffes.
        """
        # Typing a question mark or not is a habit of the person, not a property of the question.
        line = _MARKS.sub(" ", fold(text)).replace("’", "'").replace("colour", "color").strip()[:_MAX_LENGTH]
        found = lexicon.split_units(line, language)
        words = [word for unit in found for word in (unit.word.split() if language == "en" else unit.word)]
        groups = [_find_group(unit) or unit.word for unit in found]
        features = {f"{language}:{ngram}" for ngram in _list_ngrams(words)}
        features.update(f"{language}~{ngram}" for ngram in _list_ngrams(groups))
        return sorted(features)

    def hash_features(self, features: Sequence[str]) -> NDArray[np.int64]:
        """Return the buckets of the features, each once: int64 [N], sorted."""
        buckets = (hash_unit(feature, self._buckets) for feature in features)
        return np.unique(np.fromiter(buckets, dtype=np.int64, count=len(features)))


def _find_group(unit: lexicon.Unit) -> str:
    groups = [lexicon.group_of(key) for key in unit.keys if lexicon.group_of(key) != "not"]
    return groups[0].upper() if groups else ""


def _list_ngrams(words: Sequence[str]) -> set[str]:
    marked = ["^", *words, "$"]
    return {
        " ".join(marked[first : first + size])
        for size in range(1, MAX_NGRAM + 1)
        for first in range(len(marked) - size + 1)
    }
