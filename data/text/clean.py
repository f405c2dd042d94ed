"""Clean text so that it is safe to store, and fold it so that equal texts match."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

_ZERO_WIDTH_JOINER = "\u200d"
_VARIATION_SELECTOR = "\ufe0f"
# Skin tones and the two joiners change how an emoji looks, not which one it is.
_EMOJI_DRESS = re.compile("[\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff]")
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_ELONGATED = re.compile(r"([^\W\d_]|[\U0001f300-\U0001faff])\1{2,}")


def is_emoji(character: str) -> bool:
    """Return whether the character is a pictograph.

    That is Unicode category So or one of the emoji blocks.
    """
    return unicodedata.category(character) == "So" or "\U0001f300" <= character <= "\U0001faff"


def _should_keep(character: str, before: str) -> bool:
    if character in (_ZERO_WIDTH_JOINER, _VARIATION_SELECTOR):
        # Keep it only as part of an emoji; anywhere else it is an invisible character that breaks matching.
        return bool(before) and (is_emoji(before) or before == _VARIATION_SELECTOR or before in "0123456789#*")
    # Cc control, Cf invisible format (zero width, bidi overrides, tags), Cs lone surrogates, Co private use, Cn unassigned.
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def clean(text: str) -> str:
    """Return the text as it is stored and shown: NFC, without invisible characters.

    Dropped on purpose: control characters, zero-width and bidirectional-override characters, lone surrogates, private-use
    characters. Kept on purpose: letters of every script, punctuation, emoji with their joiners and skin tones, line breaks
    (at most one empty line in a row), the indentation of a line. Runs of white space within a line become one space.

    >>> clean("  你\\u200b好\\x07\\t ，\\u202eworld \\r\\n👩\\u200d💻 ")
    '你好 ，world\\n👩\\u200d💻'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ").replace("\u2028", "\n")
    lines = (_collapse_spaces(_drop_invisible(line)) for line in unicodedata.normalize("NFC", text).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _drop_invisible(line: str) -> str:
    if line.isprintable():
        return line  # the fast path for nearly every line
    kept: list[str] = []
    for character in line:
        if _should_keep(character, kept[-1] if kept else ""):
            kept.append(character)
    return "".join(kept)


def _collapse_spaces(line: str) -> str:
    words = line.lstrip()
    # A reply may hold code, whose indentation matters.
    return " " * (len(line) - len(words)) + _SPACES.sub(" ", words).rstrip() if words else ""


@lru_cache(maxsize=1)
def _load_converter() -> Any:
    import opencc  # the tables are read once, on first use

    return opencc.OpenCC("t2s")


def simplify(text: str) -> str:
    """Return the text with traditional Chinese characters simplified.

    OpenCC's t2s does so phrase by phrase.

    >>> simplify("後面的電腦")
    '后面的电脑'
    """
    return str(_load_converter().convert(text))


@lru_cache(maxsize=64)
def fold(text: str) -> str:
    """Return the text in the form in which texts are compared.

    The steps: clean; NFKC, which unites full and half width; traditional to simplified characters; case folding; emoji
    without skin tone; letters that occur more than twice in a row shortened to two ("sooooo", "哈哈哈哈"). Digits are never
    shortened.

    >>> fold("ＣＮＮ是甚麼？Sooooo 1000 哈哈哈哈")
    'cnn是甚么?soo 1000 哈哈'
    """
    text = unicodedata.normalize("NFKC", clean(text))
    text = simplify(text).casefold()
    text = _EMOJI_DRESS.sub("", text)
    return _ELONGATED.sub(r"\1\1", text)
