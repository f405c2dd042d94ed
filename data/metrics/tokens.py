"""What measures count where no segmenter shall matter: Chinese characters, and whole words of other scripts."""

from __future__ import annotations

import re
import unicodedata

from data.han import HAN_RANGE

_TOKENS = re.compile(rf"[{HAN_RANGE}]|[^\W_{HAN_RANGE}]+")


def tokens(text: str) -> list[str]:
    """The Chinese characters and the other words of a text, in order; case and width folded, punctuation left out.

    >>> tokens("我爱ＡＢＣ, don't you?")
    ['我', '爱', 'abc', 'don', 't', 'you']
    """
    return _TOKENS.findall(unicodedata.normalize("NFKC", text).casefold())
