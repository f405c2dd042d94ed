"""Hashes of the words of many replies at once. The words are those of data.metrics.tokens."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from data.han import HAN_RANGE
from data.metrics.resampling import derive_seed
from data.metrics.tokens import tokens
from data.text.scan import TextScan

_OTHER, _HAN, _WORD, _COMPLEX = 0, 1, 2, 3
_TABLE = 0x20000
_SPACE = 32
_MAX_CACHED = 500_000
_IS_HAN = re.compile(f"[{HAN_RANGE}]")
# Beyond these are scripts that few chats hold; their texts are hashed word by word.
_LOOKED_UP = (*range(0x3400), *range(0xA000, 0xAC00), *range(0xF900, 0x10000), *range(0x1F000, 0x20000))
_HAN_BLOCKS = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF))
_JAMO = range(0x1100, 0x1200)


@lru_cache(maxsize=1)
def _load_tables() -> tuple[NDArray[np.uint8], NDArray[np.uint32]]:
    """Return the class and the folded form of the code points below _TABLE.

    A code point is complex if its folded form depends on what stands around it, or is several characters with a letter or digit.
    """
    classes = np.full(_TABLE, _COMPLEX, dtype=np.uint8)
    folded = np.arange(_TABLE, dtype=np.uint32)
    for first, last in _HAN_BLOCKS:
        classes[first : last + 1] = _HAN
    for code in _LOOKED_UP:
        if 0xD800 <= code < 0xE000 or unicodedata.category(chr(code))[0] == "M":
            continue
        text = unicodedata.normalize("NFKC", chr(code)).casefold()
        if any(unicodedata.category(character)[0] == "M" or ord(character) in _JAMO for character in text):
            continue
        if not any(character.isalnum() for character in text):
            classes[code] = _OTHER
        elif len(text) == 1:
            classes[code] = _HAN if _IS_HAN.match(text) else _WORD
            folded[code] = ord(text)
    classes[-1] = _COMPLEX
    return classes, folded


class WordHashes(dict[str, int]):
    """The hash of each word, computed once."""

    def __init__(self) -> None:
        super().__init__()
        self._han = np.zeros(_TABLE, dtype=np.uint64)

    def __missing__(self, word: str) -> int:
        if len(self) > _MAX_CACHED:
            self.clear()
        hash = self[word] = derive_seed(word)
        return hash

    def hash_replies(self, scan: TextScan) -> tuple[NDArray[np.uint64], list[int]]:
        """Return the hashes of the words of every second text of a scan, uint64, in order, and where each text begins and ends.

        Of n such texts the list has n + 1 numbers.
        """
        lengths = scan.lengths[1::2]
        is_reply = np.zeros(len(scan.lengths), dtype=bool)
        is_reply[1::2] = True
        codes = scan.codes[np.repeat(is_reply, scan.lengths + 1)]
        table, folds = _load_tables()
        # What lies beyond the table is complex, as its last code point is.
        classes = table.take(codes, mode="clip")
        folded = folds.take(codes, mode="clip")
        ends = np.cumsum(lengths + 1)
        complex_texts = np.unique(np.searchsorted(ends, np.flatnonzero(classes == _COMPLEX), side="right"))
        for index in complex_texts.tolist():
            classes[ends[index] - lengths[index] - 1 : ends[index]] = _OTHER  # hashed by themselves, below
        is_word, is_han = classes == _WORD, classes == _HAN
        begins = is_word.copy()
        begins[1:] &= ~is_word[:-1]
        words = np.where(is_word, folded, _SPACE).astype("<u4").tobytes().decode("utf-32-le").split(" ")
        hashes = np.zeros(len(codes), dtype=np.uint64)
        hashes[begins] = np.fromiter(
            map(self.__getitem__, filter(None, words)), dtype=np.uint64, count=int(begins.sum())
        )
        hashes[is_han] = self._hash_han(folded[is_han])
        places = np.flatnonzero(begins | is_han)
        hashes = hashes[places]
        bounds = np.searchsorted(places, np.concatenate(([0], ends)))
        if len(complex_texts):
            return self._insert_complex(scan, hashes, bounds, complex_texts.tolist())
        return hashes, bounds.tolist()

    def _hash_han(self, codes: NDArray[np.uint32]) -> NDArray[np.uint64]:
        hashes = self._han[codes]
        if not hashes.all():
            for code in np.unique(codes[hashes == 0]).tolist():
                self._han[code] = derive_seed(chr(code))
            hashes = self._han[codes]
        return hashes

    def _insert_complex(
        self, scan: TextScan, hashes: NDArray[np.uint64], bounds: NDArray[np.int64], indices: list[int]
    ) -> tuple[NDArray[np.uint64], list[int]]:
        parts: list[NDArray[np.uint64]] = []
        counts = np.diff(bounds)
        at = 0
        for index in indices:
            parts.append(hashes[at : bounds[index]])
            at = int(bounds[index])
            found = [self[word] for word in tokens(scan.texts[2 * index + 1])]
            parts.append(np.array(found, dtype=np.uint64))
            counts[index] = len(found)
        parts.append(hashes[at:])
        return np.concatenate(parts), [0, *np.cumsum(counts).tolist()]
