"""The closed list of answers, apart from any language: one concept, one word in each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from data.records import Language
from vqa.answer import lexicon

OTHERS: Mapping[str, tuple[str, str]] = {
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "indoors": ("indoors", "室内"),
    "outdoors": ("outdoors", "室外"),
    "many": ("many", "很多"),
}
"""Answers that name nothing to be seen: English and Chinese. All Chinese yes/no questions are answered 是 or 否."""

_SPOKEN: Mapping[str, tuple[str, str]] = {"person": ("people", "人"), "clothes": ("clothes", "衣服")}


@cache
def concepts() -> tuple[str, ...]:
    """The keys of all answers there may be, in a fixed order."""
    return (*OTHERS, *lexicon.keys())


def text_of(answer: str, language: Language) -> str:
    """How an answer is said; KeyError for what is no answer.

    >>> text_of("dog", "zh"), text_of("dog", "en"), text_of("yes", "zh")
    ('狗', 'dog', '是')
    """
    if answer in OTHERS:
        return OTHERS[answer][language == "zh"]
    return _SPOKEN[answer][language == "zh"] if answer in _SPOKEN else lexicon.concept(answer).word(language)


@cache
def _by_text(language: Language) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for answer in concepts():
        found.setdefault(text_of(answer, language), answer)
    return found


def concept_of(text: str, language: Language) -> str | None:
    """The key of an answer as it is said, None for what is not on the list.

    >>> concept_of("2", "zh"), concept_of("红色", "zh"), concept_of("xyzzy", "en")
    ('two', 'red', None)
    """
    return _by_text(language).get(text)
