"""The sound of Chinese: syllables without tones.

They are those of characters and of pinyin in Latin letters.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

_LATIN = re.compile(r"[a-z']+")
_LONGEST = 6


@lru_cache(maxsize=1)
def _load_readings() -> tuple[dict[str, str], frozenset[str]]:
    """Return the usual syllable of each character, and all syllables."""
    lines = (Path(__file__).parent / "pinyin.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split(" ") for line in lines if line and not line.startswith("#")]
    of = {character: syllable for syllable, characters in pairs for character in characters}
    return of, frozenset(syllable for syllable, _ in pairs)


def load_readings() -> dict[str, str]:
    """Return the usual syllable of each character of GB 2312."""
    return _load_readings()[0]


def read_syllables(text: str) -> list[str]:
    """Return the syllables of the Chinese characters of a folded text, in order.

    >>> read_syllables("退款多久到账"), read_syllables("退宽多旧")
    (['tui', 'kuan', 'duo', 'jiu', 'dao', 'zhang'], ['tui', 'kuan', 'duo', 'jiu'])
    """
    of, _ = _load_readings()
    return [of[character] for character in text if character in of]


def read_pinyin(text: str) -> list[str]:
    """Return the syllables of a folded Latin text if all of it can be read as pinyin.

    Otherwise the list is empty.

    English words can be syllables, too ("can", "me"), so callers compare the result with stored texts.

    >>> read_pinyin("tuikuan duojiu daozhang"), read_pinyin("how are you"), read_pinyin("xi'an")
    (['tui', 'kuan', 'duo', 'jiu', 'dao', 'zhang'], [], ['xi', 'an'])
    """
    if not text.isascii():
        return []
    found: list[str] = []
    for run in _LATIN.findall(text):
        for part in run.split("'"):
            read = _split(part) if part else ()
            if read is None:
                return []
            found.extend(read)
    return found if len(found) > 1 else []


@lru_cache(maxsize=1024)
def _split(run: str) -> tuple[str, ...] | None:
    """Return the fewest syllables that make up the run; None if that is impossible.

    On a tie the longest first one wins.
    """
    _, known = _load_readings()
    best: list[tuple[str, ...] | None] = [()] + [None] * len(run)
    for end in range(1, len(run) + 1):
        for begin in range(max(0, end - _LONGEST), end):
            before, piece = best[begin], run[begin:end]
            if before is not None and piece in known and ((now := best[end]) is None or len(before) + 1 < len(now)):
                best[end] = (*before, piece)
    return best[-1]


def pair_syllables(text: str) -> list[str]:
    """Return the pairs of adjacent syllables of a folded text.

    They survive a wrong choice in an input method.

    >>> pair_syllables("退款到账"), pair_syllables("tuikuan daozhang")
    (['tui kuan', 'kuan dao', 'dao zhang'], ['tui kuan', 'kuan dao', 'dao zhang'])
    """
    found = read_syllables(text) or read_pinyin(text)
    return [f"{one} {other}" for one, other in pairwise(found)]
