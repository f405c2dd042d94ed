"""Writing in pictures: which questions ask for it, how it is told, and what of it is looked up."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.messages import Translations
from data.han import HAN_RANGE
from data.records import Language

CANNOT_READ: Translations = {
    "zh": "我能看图，但这里没有装识字的功能，读不出图里的文字。把文字打出来，我就能帮你查。",
    "en": "I can look at pictures, but reading the writing in them is not installed here. Type the words and I'll look them up.",
}
NO_TEXT: Translations = {
    "zh": "我在这张图里没有读到文字。",
    "en": "I can't make out any writing in this picture.",
}
_SAYS: Translations = {"zh": "图里写着：{text}", "en": "It says: {text}"}
MAX_SHOWN = 400
"""Characters of the writing that a reply shows."""
MAX_QUERY = 300
"""Characters of the writing that are looked up together."""
MAX_QUERIES = 6
"""Lines that are looked up one by one."""

_ASKS_FOR_TEXT: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        r"写(?:的|着|了|些)*(?:是)?(?:什么|啥|哪)|(?:什么|啥|哪些|有没有|有)字|念(?:什么|啥|出来)|文字|(?:上面|图里|图上|里面)的字"
        r"|读(?:一下|出来|给我)|车牌|门牌|标语|(?:牌子|招牌|屏幕|标签)上?(?:是|有)?(?:什么|啥)|(?:英文|中文|这句|那句|那行|这行).*意思"
    ),
    "en": re.compile(
        r"\bwhat (?:does|do|did) .{1,40}\bsays?\b|\b(?:is|was|are) (?:it|there anything|anything|that)? ?written\b"
        r"|\bwhat(?:'s| is) written\b|\b(?:read|make out) (?:it|this|that|the|what)\b|\b(?:number|license|licence) plate\b"
        r"|\b(?:what|the|any) (?:text|words|writing|letters)\b"
    ),
}
_WORDS = re.compile(rf"[{HAN_RANGE}]|[^\W_{HAN_RANGE}]+")


def asks_for_text(question: str, language: Language) -> bool:
    """Return whether a question about a picture asks for the writing in it.

    >>> asks_for_text("What does the sign say?", "en"), asks_for_text("牌子上写着什么", "zh"), asks_for_text("几个人", "zh")
    (True, True, False)
    """
    return _ASKS_FOR_TEXT[language].search(question.casefold().replace("’", "'")) is not None


def describe_text(lines: Sequence[str], language: Language) -> str:
    """Return the writing as a reply, line by line, shortened if it is long."""
    shown = "\n".join(lines)
    if len(shown) > MAX_SHOWN:
        shown = f"{shown[:MAX_SHOWN].rstrip()} …"
    before = _SAYS[language]
    return before.format(text=f"“{shown}”" if len(lines) == 1 else f"\n{shown}")


def list_queries(lines: Sequence[str]) -> list[str]:
    """List what of the writing is looked up: all of it, then its longest lines that may be a sentence.

    A line of one word is a button or a label, and would find an entry that the picture is not about.

    >>> list_queries(["错误 E1024：无法连接服务器", "OK"])
    ['错误 E1024：无法连接服务器 OK', '错误 E1024：无法连接服务器']
    """
    sentences = [line for line in lines if _is_sentence(line)]
    if not sentences:
        return []
    longest = sorted(sentences, key=len, reverse=True)[:MAX_QUERIES]
    return list(dict.fromkeys([" ".join(lines)[:MAX_QUERY], *(line[:MAX_QUERY] for line in longest)]))


def _is_sentence(line: str) -> bool:
    words = _WORDS.findall(line)
    is_han = sum(re.match(f"[{HAN_RANGE}]", word) is not None for word in words) >= 4
    return is_han or (len(words) >= 3 and sum(map(str.isalpha, words)) >= 2)
