"""A bilingual lexicon of what photographs show, and its lookup in a text.

The table is `concepts.tsv`, one concept a line: its group, its key, its English words, its Chinese words, the measure word and
its parents. The first word of each language is used in answers. English words are separated by commas; `dog/dogs` is a singular
with its plural, in the group `action` the forms of one verb. A word may stand in several rows (a skier is a person and skis).
Rows of the group `not` hold words that contain another word without its meaning ("hot dog", 花样) and name no concept. The
longest word wins, from left to right, so 马路 holds no horse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

from data.records import Language

Group = Literal["person", "animal", "worn", "thing", "place", "colour", "number", "action", "not"]

_TABLE = Path(__file__).with_name("concepts.tsv")
_ENGLISH = re.compile(r"[a-z]+|[0-9]+|[,.;]")
_SIDES: Mapping[Language, re.Pattern[str]] = {
    "en": re.compile(r"\b(left|right|leftmost|rightmost|lefthand|righthand)\b", re.IGNORECASE),
    "zh": re.compile(r"[左右]"),
}


@dataclass(frozen=True, slots=True)
class Concept:
    """A thing, person, place, colour, number or action, apart from any language.

    parents are keys of more general concepts.
    """

    key: str
    group: Group
    english: str
    chinese: str
    measure: str
    parents: tuple[str, ...]

    def word(self, language: Language) -> str:
        """Return the word of the concept in a language, as an answer."""
        return self.chinese if language == "zh" else self.english


@dataclass(frozen=True, slots=True)
class Unit:
    """A span of a text: a word of the lexicon, or other text.

    keys are the concepts that a word may stand for; other text has none. form is 0 for the first form of a word and 1 for its
    plural. start counts English words or Chinese characters.
    """

    word: str
    keys: tuple[str, ...]
    form: int
    start: int


@dataclass(frozen=True)
class _Lexicon:
    concepts: Mapping[str, Concept]
    words: Mapping[Language, Mapping[tuple[str, ...], tuple[tuple[str, ...], int]]]
    longest: Mapping[Language, int]


@cache
def _lexicon() -> _Lexicon:
    concepts: dict[str, Concept] = {}
    found: dict[Language, dict[tuple[str, ...], tuple[tuple[str, ...], int]]] = {"en": {}, "zh": {}}

    def add(language: Language, word: tuple[str, ...], key: str, form: int) -> None:
        keys, known = found[language].get(word, ((), form))
        found[language][word] = (keys if key in keys else (*keys, key), min(form, known))

    for line in _TABLE.read_text(encoding="utf-8").splitlines()[1:]:
        group, key, english, chinese, measure, parents = line.split("\t")
        first_english, first_chinese = re.split("[,/]", english)[0], chinese.split(",")[0]
        concepts[key] = Concept(
            key, cast(Group, group), first_english, first_chinese, measure, tuple(filter(None, parents.split(", ")))
        )
        for word in english.split(", "):
            for form, spelling in enumerate(word.split("/")):
                add("en", tuple(_ENGLISH.findall(spelling.lower())), key, min(form, 1))
        for word in chinese.split(", "):
            add("zh", tuple(word.lower()), key, 0)
    longest: dict[Language, int] = {language: max(map(len, words)) for language, words in found.items()}
    return _Lexicon(concepts, found, longest)


def get_concept(key: str) -> Concept:
    """Return the concept of a key.

    Raises:
        KeyError: The key is not in the table.
    """
    return _lexicon().concepts[key]


def concept_keys(*groups: Group) -> tuple[str, ...]:
    """Return the keys of these groups, in the order of the table.

    Without groups, those of all groups but `not`.
    """
    return tuple(
        key
        for key, concept in _lexicon().concepts.items()
        if (concept.group in groups if groups else concept.group != "not")
    )


def group_of(key: str) -> Group:
    """Return the group of a key."""
    return get_concept(key).group


@cache
def ancestors(key: str) -> frozenset[str]:
    """Return all concepts that this one is a case of, without itself.

    >>> sorted(ancestors("girl"))
    ['child', 'person']
    """
    parents = get_concept(key).parents
    return frozenset(parents).union(*(ancestors(parent) for parent in parents))


def is_related(one: str, other: str) -> bool:
    """Return whether the concepts are equal or one is an ancestor of the other."""
    return one == other or one in ancestors(other) or other in ancestors(one)


def split_units(text: str, language: Language) -> list[Unit]:
    """Split a text into words of the lexicon, longest first from the left.

    Single words or characters that the lexicon does not know stand between them.
    """
    lexicon, known = _lexicon(), _lexicon().words[language]
    letters = _ENGLISH.findall(text.lower()) if language == "en" else list(text.lower().replace(" ", ""))
    cut: list[Unit] = []
    at = 0
    while at < len(letters):
        for length in range(min(lexicon.longest[language], len(letters) - at), 0, -1):
            word = tuple(letters[at : at + length])
            if word in known:
                names, form = known[word]
                cut.append(Unit((" " if language == "en" else "").join(word), names, form, at))
                break
        else:
            length = 1
            cut.append(Unit(letters[at], (), 0, at))
        at += length
    return cut


def key_in_group(unit: Unit, *groups: Group) -> str | None:
    """Return the most specific key of a unit in one of the groups, or None."""
    fitting = [key for key in unit.keys if group_of(key) in groups]
    return max(fitting, key=lambda key: len(ancestors(key)), default=None)


def find_concepts(text: str, language: Language) -> set[str]:
    """Return the keys of all concepts that the text names, without their ancestors.

    >>> find_concepts("A brown dog on the beach", "en") == find_concepts("沙滩上的棕色的狗", "zh")
    True
    """
    return {key for unit in split_units(text, language) for key in unit.keys if group_of(key) != "not"}


def mentions_side(text: str, language: Language | None = None) -> bool:
    """Return whether the text may speak of left or right.

    If so, a mirrored photograph would make it untrue. It errs on the side of yes: "left" may be a verb and "right" an adverb.

    >>> mentions_side("The dog on the left"), mentions_side("左边的狗"), mentions_side("a bright dog")
    (True, True, False)
    """
    sides: Iterable[re.Pattern[str]] = _SIDES.values() if language is None else (_SIDES[language],)
    return any(side.search(text) for side in sides)
