"""Tokens for metrics, independent of a segmenter.

They are Chinese characters, and whole words of other scripts.
"""

from __future__ import annotations

import re
import unicodedata

from data.han import HAN_RANGE

_TOKENS = re.compile(rf"[{HAN_RANGE}]|[^\W_{HAN_RANGE}]+")


def tokens(text: str) -> list[str]:
    """Return the Chinese characters and other words of a text, in order.

    Case and width are folded; punctuation is left out.

    >>> tokens("我爱ＡＢＣ, don't you?")
    ['我', '爱', 'abc', 'don', 't', 'you']
    """
    return _TOKENS.findall(unicodedata.normalize("NFKC", text).casefold())
