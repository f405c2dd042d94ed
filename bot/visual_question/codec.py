"""A message to the units that are weighed: what it says, and what it says when every thing is only a thing."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.records import Language
from data.text.clean import fold
from retrieval.hashing import hashed
from vqa.answer import lexicon

LONGEST = 3
"""Words of English, characters of Chinese in the longest unit."""
_MARKS = re.compile("[?？!！。.~…]+")
_MOST = 200
"""So many characters of a message are read; a question is shorter."""


class Codec:
    """Messages to ids below buckets."""

    def __init__(self, buckets: int) -> None:
        self._buckets = buckets

    def units(self, text: str, language: Language) -> list[str]:
        """The different units of a message, sorted: n-grams of its words or characters, ends marked, once as they stand and
        once with the lexicon's words for things, people, places, colours and the like as the names of their groups.

        So "how many giraffes" is known by "how many THING", whether or not anybody was ever asked about giraffes.
        """
        # Whether somebody types the mark of a question tells more of the somebody than of the question.
        line = _MARKS.sub(" ", fold(text)).replace("’", "'").replace("colour", "color").strip()[:_MOST]
        found = lexicon.split_units(line, language)
        said = [word for unit in found for word in (unit.word.split() if language == "en" else unit.word)]
        kinds = [_kind(unit) or unit.word for unit in found]
        made = {f"{language}:{gram}" for gram in _grams(said)}
        made.update(f"{language}~{gram}" for gram in _grams(kinds))
        return sorted(made)

    def ids(self, units: Sequence[str]) -> NDArray[np.int64]:
        """int64 [N]: the buckets of the units, each once."""
        return np.unique(np.fromiter((hashed(unit, self._buckets) for unit in units), dtype=np.int64, count=len(units)))


def _kind(unit: lexicon.Unit) -> str:
    groups = [lexicon.group_of(key) for key in unit.keys if lexicon.group_of(key) != "not"]
    return groups[0].upper() if groups else ""


def _grams(words: Sequence[str]) -> set[str]:
    marked = ["^", *words, "$"]
    return {
        " ".join(marked[first : first + size])
        for size in range(1, LONGEST + 1)
        for first in range(len(marked) - size + 1)
    }
