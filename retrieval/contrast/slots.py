"""The slots of a question: numbers, codes, kinds, negation, content words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from data.han import HAN_RANGE
from data.text.segment import words
from data.text.standardize import standardize
from retrieval.paraphrase.question_kinds import find_question_kinds

_NUMBER = re.compile(rf"(?<![\d.])(\d+(?:[.,:]\d+)*)\s*([%°]|[a-z]+|[{HAN_RANGE}])?")
_CODE = re.compile(r"(?<![a-z0-9])(?=[a-z0-9-]*\d)(?=[a-z0-9-]*[a-z])[a-z0-9-]+")
_LATIN = re.compile(r"[a-z][a-z0-9+#.]*")
_NEGATION = re.compile(
    r"不(?!错|仅|但|管|过|同|少|止|久)|没(?!事)|无法|别(?!的|人|家|处|致)|未(?!来)|n['’]t\b|\b(?:not|no|never|without|cannot|nothing)\b"
)
# 能不能, 有没有, 是不是 ask; they deny nothing.
_ASKING_NEGATION = re.compile(
    rf"([{HAN_RANGE}])[不没]\1|有没有|[{HAN_RANGE}]{{1,2}}不(?=[\s?？。]*$)|没(?=[\s?？。]*$)"
    r"|\b(?:why (?:not|don't|doesn't|can't|didn't))\b"
)


@dataclass(frozen=True)
class Slots:
    """The words of a question in order, and the sets in which look-alikes differ.

    numbers hold each value as it stands; codes are words that mix letters and digits; latin are the other Latin words of a text
    in Chinese; sides map the number of a group of opposites to the sides that the question names.
    """

    words: tuple[str, ...]
    numbers: frozenset[str]
    codes: frozenset[str]
    latin: frozenset[str]
    kinds: frozenset[str]
    negated: bool
    sides: Mapping[int, frozenset[int]]


@lru_cache(maxsize=1)
def _opposites() -> dict[str, tuple[tuple[int, int], ...]]:
    """Return for each word the (group, side) pairs that it stands for."""
    places: dict[str, list[tuple[int, int]]] = {}
    lines = (Path(__file__).parent / "opposites.txt").read_text(encoding="utf-8").splitlines()
    for group, line in enumerate(line for line in lines if line and not line.startswith("#")):
        for side, names in enumerate(line.split("|")):
            for name in names.split():
                # English words are compared as stems, and a name of two words ("check-in") as a pair of them.
                for word in {name, *([" ".join(words(name))] if name.isascii() else ())}:
                    places.setdefault(word, []).append((group, side))
    return {word: tuple(found) for word, found in places.items()}


def list_sides(text: str) -> list[tuple[int, int, str]]:
    """List (group, side, word) for each word that is a side of opposites.

    English words are stems.
    """
    return _name_sides(words(standardize(text)))


def _name_sides(found: Sequence[str]) -> list[tuple[int, int, str]]:
    opposites = _opposites()
    named = [*found, *(f"{word} {following}" for word, following in pairwise(found))]
    return [(group, side, word) for word in named for group, side in opposites.get(word, ())]


@lru_cache(maxsize=4096)
def parse_slots(text: str) -> Slots:
    """Return the slots of a text as a person typed it."""
    standard = standardize(text)
    found = tuple(words(standard))
    sides: dict[int, set[int]] = {}
    for group, side, _ in _name_sides(found):
        sides.setdefault(group, set()).add(side)
    chinese = re.search(f"[{HAN_RANGE}]", standard) is not None
    codes = frozenset(code.replace("-", "") for code in _CODE.findall(standard))
    latin = frozenset(_LATIN.findall(standard)) - codes if chinese else frozenset()
    denied = _NEGATION.findall(_ASKING_NEGATION.sub(" ", standard))
    return Slots(
        found,
        frozenset(value.replace(",", "") for value, _ in _NUMBER.findall(standard)),
        codes,
        latin,
        find_question_kinds(standard),
        len(denied) % 2 == 1,
        {group: frozenset(own) for group, own in sides.items()},
    )
