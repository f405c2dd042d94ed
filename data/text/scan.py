"""Scan many texts at once: their languages, and which may hold personal numbers. The results are those of the single texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from data.han import HAN_RANGE
from data.text.language import CHARACTERS_PER_WORD, Detected, classify_share, count_latin_words
from data.text.mask import MIN_DIGITS, mask

_HAN, _ASCII_LATIN, _WIDE_LATIN, _APOSTROPHE, _DIGIT, _AT = 1, 2, 3, 4, 5, 6
_SEPARATOR = "\x00"
_LAST = 0x110000
_LAST_DIGIT = 0x20000


@lru_cache(maxsize=1)
def _load_classes() -> NDArray[np.uint8]:
    """Return the class of every code point."""
    classes = np.zeros(_LAST, dtype=np.uint8)
    for first, last in re.findall("(.)-(.)", HAN_RANGE):
        classes[ord(first) : ord(last) + 1] = _HAN
    for first, last, kind in (
        ("A", "Z", _ASCII_LATIN),
        ("a", "z", _ASCII_LATIN),
        ("Ａ", "Ｚ", _WIDE_LATIN),
        ("ａ", "ｚ", _WIDE_LATIN),
    ):
        classes[ord(first) : ord(last) + 1] = kind
    classes[[ord("'"), ord("’")]] = _APOSTROPHE
    classes[[ord("@"), ord("＠")]] = _AT
    classes[[code for code in range(_LAST_DIGIT) if chr(code).isdecimal()]] = _DIGIT
    return classes


class TextScan:
    """What a batch of texts holds.

    Attributes:
        texts: The texts.
        codes: intp, the code points of all texts, each followed by a zero.
        lengths: int64 [N], the number of code points of each text.
        languages: As data.text.language.detect returns them.
        has_numbers: Whether a text may hold what data.text.mask masks; where it is False, the text stays as it is.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        if not texts:
            raise ValueError("There is no text to scan; expected at least one.")
        joined = _SEPARATOR.join(texts) + _SEPARATOR
        codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.intp)
        classes = _load_classes().take(codes)
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        starts = np.concatenate(([0], np.cumsum(lengths + 1)[:-1]))
        han = np.add.reduceat(classes == _HAN, starts, dtype=np.int64)
        is_latin = (classes == _ASCII_LATIN) | (classes == _WIDE_LATIN)
        begins = is_latin.copy()
        begins[1:] &= ~is_latin[:-1]
        latin = np.add.reduceat(begins, starts, dtype=np.int64)
        # A letter, an apostrophe, a letter: the words of such a text are counted one by one.
        joins = np.flatnonzero(classes == _APOSTROPHE)
        joins = joins[(joins > 0)]
        joins = joins[is_latin[joins - 1] & is_latin[joins + 1]]
        for index in np.unique(np.searchsorted(starts, joins, side="right") - 1):
            latin[index] = count_latin_words(texts[index])
        self.codes, self.lengths = codes, lengths
        self.languages: list[Detected | None] = _classify(han, latin)
        digits = np.add.reduceat(classes == _DIGIT, starts, dtype=np.int64)
        ats = np.add.reduceat(classes == _AT, starts, dtype=np.int64)
        self.has_numbers: list[bool] = ((digits >= MIN_DIGITS) | (ats > 0)).tolist()

    def mask(self, index: int, should_mask: bool = True) -> str:
        """Return a text masked as data.text.mask does it."""
        text = self.texts[index]
        return mask(text) if should_mask and self.has_numbers[index] else text


def _classify(han: NDArray[np.int64], latin: NDArray[np.int64]) -> list[Detected | None]:
    chinese = han / CHARACTERS_PER_WORD
    total = chinese + latin
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = chinese / total
    return [None if share != share else classify_share(share) for share in shares.tolist()]
