"""Which of several pictures a message speaks of: the first, the second, the last."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.types import Message, Turn
from data.records import Language
from data.text.clean import fold

_ENGLISH = {
    word: number
    for number, words in enumerate(
        ("first 1st", "second 2nd", "third 3rd", "fourth 4th", "fifth 5th", "sixth 6th", "seventh 7th", "eighth 8th")
    )
    for word in words.split()
}
_CHINESE = (
    {word: number for number, word in enumerate("一二三四五六七八")} | {"两": 1} | {str(n + 1): n for n in range(8)}
)
_PICTURE = r"(?:picture|photo|photograph|image|pic|one)"
_ORDINAL: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"第([一二两三四五六七八1-8])(?:张|幅|个图|个照片|图|张图)"),
    "en": re.compile(
        rf"\b({'|'.join(_ENGLISH)}) (?:of the )?{_PICTURE}s?\b|\b(?:picture|photo|image) (?:number |no\.? ?|#)?([1-8])\b"
    ),
}
_LAST: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"最后那?一?(?:张|幅)"),
    "en": re.compile(rf"\b(?:last|latest) {_PICTURE}\b"),
}
_BEFORE: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"(?:上|前)(?:面)?那?一?(?:张|幅)|另一?(?:张|幅)"),
    "en": re.compile(rf"\b(?:previous|other|earlier) {_PICTURE}\b|\b{_PICTURE} before\b"),
}
_REST: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"^[那呢吗和还有的图片照\s,，?？。!！]*$"),
    "en": re.compile(r"^(?:and|what|about|the|how|then|so|\s|[,.?!'])*$"),
}


def find_ordinal(text: str, language: Language) -> int | None:
    """Return the place of the picture that a message names, from 0, or from the end as -1 and -2; None if it names none.

    >>> find_ordinal("第二张是什么", "zh"), find_ordinal("what is in the first one?", "en"), find_ordinal("上一张呢", "zh")
    (1, 0, -2)
    >>> find_ordinal("the last photo", "en"), find_ordinal("几个人", "zh")
    (-1, None)
    """
    line = fold(text)
    if found := _ORDINAL[language].search(line):
        word = next(group for group in found.groups() if group)
        return (_CHINESE if word in _CHINESE else _ENGLISH)[word]
    if _LAST[language].search(line):
        return -1
    return -2 if _BEFORE[language].search(line) else None


def names_only(text: str, language: Language) -> bool:
    """Return whether a message says nothing but which picture is meant.

    >>> names_only("第二张呢？", "zh"), names_only("and the first one?", "en"), names_only("第二张有几个人", "zh")
    (True, True, False)
    """
    line = fold(text)
    for pattern in (_ORDINAL, _LAST, _BEFORE):
        line = pattern[language].sub(" ", line)
    return line != fold(text) and _REST[language].search(line) is not None


def list_pictures(message: Message, turns: Sequence[Turn]) -> list[str]:
    """List the pictures of a conversation, oldest first, the one of the message last."""
    names = [turn.message.picture for turn in turns if turn.message.picture]
    return [*names, message.picture] if message.picture else names


def choose_picture(message: Message, language: Language, turns: Sequence[Turn]) -> str | None:
    """Return the picture that a message speaks of: the one it names, or else the last.

    It counts in the pictures that were sent one behind another at the end, and in all if there are too few.
    """
    pictures = list_pictures(message, turns)
    if not pictures:
        return None
    place = None if message.picture else find_ordinal(message.text, language)
    for group in (_list_last_group(turns), pictures):
        if place is not None and -len(group) <= place < len(group):
            return group[place]
    return pictures[-1]


def _list_last_group(turns: Sequence[Turn]) -> list[str]:
    group: list[str] = []
    for turn in reversed(turns):
        if turn.message.picture:
            group.insert(0, turn.message.picture)
        elif group:
            break
    return group
