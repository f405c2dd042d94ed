"""Analysis of texts, the same for stored texts and for queries."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from data.text.pinyin import pair_syllables
from data.text.segment import grams, words
from data.text.standardize import standardize

_PUNCTUATION = re.compile(r"[\W_]+")
# Words with and without which a question is the same.
_FILLER = re.compile(r"\b(?:an?|the|please)\b|^(?:请问|麻烦问一下)|[呢呀啊哦哈](?=[\W_]*$)")


def strip_plain(standard: str) -> str:
    """Return a standardized text without spaces, punctuation and filler words."""
    # Signs carry meaning in "C++" and "C#"; everywhere else two questions differ by nothing but how carefully they were typed.
    said = _FILLER.sub("", standard.replace("+", "p").replace("#", "s"))
    return _PUNCTUATION.sub("", said) or _PUNCTUATION.sub("", standard)


@dataclass(frozen=True)
class AnalysedText:
    """A text: standardized, plain, in words, in n-grams and in sounds.

    plain is without spaces and punctuation.
    """

    text: str
    standard: str
    plain: str
    words: tuple[str, ...]
    grams: tuple[str, ...]
    sounds: frozenset[str]

    @classmethod
    def of(cls, text: str) -> AnalysedText:
        """Return the parts of a text."""
        standard = standardize(text)
        sounds = pair_syllables(standard)
        return cls(
            text,
            standard,
            strip_plain(standard),
            tuple(words(standard)),
            (*grams(standard), *sounds),
            frozenset(sounds),
        )


def list_words(parts: Iterable[AnalysedText]) -> list[str]:
    """List the words of several texts."""
    return [word for part in parts for word in part.words]


def list_grams(parts: Iterable[AnalysedText]) -> list[str]:
    """List the n-grams of several texts."""
    return [gram for part in parts for gram in part.grams]
