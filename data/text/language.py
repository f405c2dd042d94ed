"""Detect whether a text is Chinese, English or mixed."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from data.han import HAN_RANGE
from data.records import Language

Detected = Literal["zh", "en", "mixed"]

_HAN = re.compile(f"[{HAN_RANGE}]")
_LATIN_WORD = re.compile(r"[A-Za-z\uff21-\uff3a\uff41-\uff5a]+(?:['’][A-Za-z]+)?")
# Common English words. Any other lone word may be a term ("CNN", "redis") in a conversation of either language.
_SPOKEN = frozenset(
    """
    hi hello hey hiya morning evening goodnight bye goodbye thanks thx yes yeah yep no nope ok okay sure sorry please help what
    why who how when where which really wow cool nice great good bad fine awesome lol haha congratulations welcome hungry tired
    sad happy bored again more continue stop wait go maybe never always nothing something well right wrong true false joke
    """.split()
)
_TERM = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
CHARACTERS_PER_WORD = 1.7
"""The mean length of a Chinese word: this many characters weigh as much as one English word."""

_MIXED = (0.2, 0.8)


def _chinese_share(text: str) -> float | None:
    chinese = 0.0 if text.isascii() else len(_HAN.findall(text)) / CHARACTERS_PER_WORD
    latin = count_latin_words(text)
    return chinese / (chinese + latin) if chinese + latin else None


def detect(text: str) -> Detected | None:
    """Return "zh", "en" or "mixed"; None for a text without a word of either (digits, emoji, other scripts).

    >>> detect("今天天气不错"), detect("nice weather"), detect("用 PyTorch 训练 CNN"), detect("😀 42")
    ('zh', 'en', 'mixed', None)
    """
    share = _chinese_share(text)
    return None if share is None else classify_share(share)


def classify_share(share: float) -> Detected:
    """Return the language of a text with this share of Chinese words."""
    low, high = _MIXED
    return "en" if share < low else "zh" if share > high else "mixed"


def count_latin_words(text: str) -> int:
    """Return the number of words in Latin letters; one apostrophe may join two parts of a word."""
    return len(_LATIN_WORD.findall(text))


def language_of(text: str, otherwise: Language) -> Language:
    """Return the language to answer in.

    A Chinese sentence keeps its grammar around English terms, so a share of 0.34 of Chinese words is enough to call it
    Chinese. A lone technical term belongs to either language.

    Args:
        text: What a person wrote.
        otherwise: The result if the text does not tell.

    >>> language_of("RNN 和 LSTM 有什么区别", "en"), language_of("how do I write 你好 in pinyin", "zh"), language_of("CNN?", "zh")
    ('zh', 'en', 'zh')
    """
    share = _chinese_share(text)
    if share == 0:
        terms = _TERM.findall(unicodedata.normalize("NFKC", text).casefold())
        if len(terms) == 1 and terms[0] not in _SPOKEN:
            return otherwise
    return otherwise if share is None else "zh" if share > 0.34 else "en"
