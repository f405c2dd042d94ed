"""The closed list of answers: one key per concept, one word in each language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from data.records import Language
from vqa.answer import lexicon

GENERAL_ANSWERS: Mapping[str, tuple[str, str]] = {
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "indoors": ("indoors", "室内"),
    "outdoors": ("outdoors", "室外"),
    "many": ("many", "很多"),
}
"""Answers that name no visible concept, in English and Chinese. All Chinese yes/no questions are answered 是 or 否."""

_ANSWER_WORDS: Mapping[str, tuple[str, str]] = {"person": ("people", "人"), "clothes": ("clothes", "衣服")}


@cache
def answer_keys() -> tuple[str, ...]:
    """Return the keys of all possible answers, in a fixed order."""
    return (*GENERAL_ANSWERS, *lexicon.concept_keys())


def answer_text(answer: str, language: Language) -> str:
    """Return the word of an answer.

    Raises:
        KeyError: There is no such answer.

    >>> answer_text("dog", "zh"), answer_text("dog", "en"), answer_text("yes", "zh")
    ('狗', 'dog', '是')
    """
    if answer in GENERAL_ANSWERS:
        return GENERAL_ANSWERS[answer][language == "zh"]
    return (
        _ANSWER_WORDS[answer][language == "zh"]
        if answer in _ANSWER_WORDS
        else lexicon.get_concept(answer).word(language)
    )


@cache
def _by_text(language: Language) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for answer in answer_keys():
        found.setdefault(answer_text(answer, language), answer)
    return found


def find_answer(text: str, language: Language) -> str | None:
    """Return the key of an answer's word; None if it is not on the list.

    >>> find_answer("2", "zh"), find_answer("红色", "zh"), find_answer("xyzzy", "en")
    ('two', 'red', None)
    """
    return _by_text(language).get(text)
