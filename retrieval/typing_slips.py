"""Questions as hasty people type them, made from correct ones for training."""

from __future__ import annotations

import random
import re
from functools import lru_cache

from data.records import Language
from data.text.pinyin import load_readings, read_syllables

_HAN = re.compile(r"[\u4e00-\u9fff]")
_WORD = re.compile(r"[A-Za-z]{4,}")
_BEFORE = {
    "zh": ("请问", "你好，", "想问一下，", "问下", "麻烦问一句，", "哈喽 "),
    "en": ("hi, ", "please, ", "quick question: ", "can you tell me: ", "hello there. ", "so "),
}
_AFTER = {
    "zh": ("谢谢", "呀", "呢", "，急", "啊", " 在线等"),
    "en": (" please", " thanks", " thx", ", anyone?", " pls"),
}


def slip(text: str, language: Language, chance: random.Random) -> str:
    """Return the text with one or two slips, still the same question.

    Chinese: a character that sounds the same, one left out, traditional characters, or all of it in pinyin. English: two letters
    exchanged, one left out or doubled; upper case and marks may be lost.
    """
    return _slip_chinese(text, chance) if language == "zh" else _slip_english(text, chance)


def dress(text: str, language: Language, chance: random.Random) -> str:
    """Return the same question with words of courtesy or haste around it."""
    if chance.random() < 0.5:
        return chance.choice(_BEFORE[language]) + text
    return text.rstrip("?？。.!！") + chance.choice(_AFTER[language])


def _slip_chinese(text: str, chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.12 and not re.search("[A-Za-z0-9]", text):
        read = read_syllables(text)
        return (" " if chance.random() < 0.5 else "").join(read) or text
    if kind < 0.27:
        return _traditional(text)
    text = text.rstrip("？?。") if chance.random() < 0.6 else text
    for _ in range(1 if len(text) < 8 else chance.choice((1, 1, 2))):
        places = [place for place, character in enumerate(text) if _HAN.match(character)]
        if not places:
            return text
        place = chance.choice(places)
        others = [other for other in _homophones().get(text[place], "") if other != text[place]]
        text = text[:place] + (chance.choice(others) if others and kind < 0.9 else "") + text[place + 1 :]
    return text


def _slip_english(text: str, chance: random.Random) -> str:
    if chance.random() < 0.6:
        text = text.lower().rstrip("?.!")
    for _ in range(chance.choice((1, 1, 2))):
        words = list(_WORD.finditer(text))
        if not words:
            return text
        word = chance.choice(words)
        place = word.start() + chance.randrange(1, len(word[0]) - 1)
        kind = chance.random()
        if kind < 0.45:
            text = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        elif kind < 0.8:
            text = text[:place] + text[place + 1 :]
        else:
            text = text[:place] + text[place] + text[place:]
    return text


@lru_cache(maxsize=1)
def _homophones() -> dict[str, str]:
    """Return for each common character those that sound the same."""
    groups: dict[str, list[str]] = {}
    for character, syllable in load_readings().items():
        # The first level of GB 2312 holds the 3,755 characters in daily use.
        if character.encode("gb2312") < b"\xd8\xa1":
            groups.setdefault(syllable, []).append(character)
    return {character: "".join(group) for group in groups.values() for character in group}


@lru_cache(maxsize=1)
def _converter() -> object:
    import opencc

    return opencc.OpenCC("s2t")


def _traditional(text: str) -> str:
    return str(_converter().convert(text))  # type: ignore[attr-defined]
