"""Messages that go on from the answer before them."""

from __future__ import annotations

import re

from data.text.segment import words

_BEGINNINGS = (
    "那么|那|然后|再|还有|要是|如果|假如|不然|它|他|她|这个|这种|那个|那种|换成|改成|而|可是|但是"
    "|ok|okay|nice|great|good|thanks|and|but|or|what about|how about|what if|then|so|also|does it|do they|is it|are they|can it"
    "|it|they|that one|this one"
)
_PRONOUNS = "it|its|they|them|those|these|this one|that one|the other|the same"
_GOES_ON = re.compile(rf"^(?:{_BEGINNINGS})(?![a-z])|呢[?？。!！]*$|^[^,，。?？]{{0,6}}的呢|\b(?:{_PRONOUNS})\b")
_SHORT = 6


def is_follow_up(text: str) -> bool:
    """Return whether a standardized message needs the question before it.

    It is short, begins like a continuation, or stands on a pronoun.

    >>> is_follow_up("那周末呢"), is_follow_up("and for kids?"), is_follow_up("how do i cancel the order i placed yesterday")
    (True, True, False)
    """
    return len(words(text)) <= _SHORT or _GOES_ON.search(text) is not None
