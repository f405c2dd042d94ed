"""Detect replies that say that the bot did not know."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np

_WORDINGS = (
    r"不知道|不清楚|不太明白|不明白你|没(?:有)?(?:听|看)懂|没(?:有)?听明白|无法回答|回答不了|不能回答|没(?:有)?理解|理解不了|不太理解"
    r"|换个(?:说法|问法)|没(?:有)?找到(?:相关|答案|匹配)|转(?:接)?人工|还不会|暂时没有|答不上来"
    r"|\bi (?:do ?n[o']?t|don’t|didn['’]t|did not|can ?not|can['’]t|could ?n[o']?t|couldn['’]t) "
    r"(?:know|understand|understood|quite understand|get that|catch that|answer|find|help)"
    r"|\bi['’]?(?: a)?m (?:not sure (?:i|what|how)|sorry,? (?:but )?i)|\bnot sure i understand|\brephrase\b"
    r"|\bno (?:answer|results?) (?:was )?found|\bdidn['’]t (?:get|catch|understand) that|\bbeyond (?:my|what i)"
    r"|\bunable to (?:help|answer)|\bask (?:it )?another way"
)
# One of these is in every such text. Searching for them first takes a tenth of the time.
_HINTS = (
    "不",
    "没",
    "无法",
    "换个",
    "转",
    "暂时",
    "n't",
    "n’t",
    "dont",
    "not",
    "sorry",
    "rephrase",
    "found",
    "beyond",
    "unable",
    "another way",
)
_SEARCHED_CHARS = 200
_CACHED_REPLIES = 65_536


def build_fallback_detector(fallback_texts: Sequence[str] = ()) -> Callable[[str], bool]:
    """Return a function that tells whether a reply says that the bot did not know.

    It is used where the log does not say what kind of reply it was.

    Args:
        fallback_texts: replies that say so beside the common wordings of both languages.

    >>> is_fallback = build_fallback_detector(["Hm?"])
    >>> [is_fallback(text) for text in ("抱歉，我不知道。", "Sorry, I don't understand.", "Hm?")]
    [True, True, True]
    >>> [is_fallback(text) for text in ("我知道，在三楼。", "I know that one.")]
    [False, False]
    """
    detect = _build_detector(fallback_texts)

    @lru_cache(maxsize=_CACHED_REPLIES)
    def is_fallback(reply: str) -> bool:
        return detect(reply)

    return is_fallback


def build_batch_detector(fallback_texts: Sequence[str] = ()) -> Callable[[Sequence[str | None]], list[bool]]:
    """Return a function that tells of each of many replies what the function of build_fallback_detector does, False for None."""
    known_texts = frozenset(text.strip() for text in fallback_texts)
    detect = lru_cache(maxsize=_CACHED_REPLIES)(_build_detector(fallback_texts))

    def are_fallbacks(replies: Sequence[str | None]) -> list[bool]:
        texts = ["" if reply is None else reply[:_SEARCHED_CHARS].lower() for reply in replies]
        joined = "\x00".join(texts)
        ends = np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) + 1)
        if known_texts:
            found = [reply is not None and reply.strip() in known_texts for reply in replies]
        else:
            found = [False] * len(replies)
        hinted = np.searchsorted(ends, np.array(sorted(set(_find_hints(joined))), dtype=np.int64), side="right")
        for index in np.unique(hinted).tolist():
            reply = replies[index]
            found[index] = found[index] or (reply is not None and detect(reply))
        return found

    return are_fallbacks


def _find_hints(text: str) -> Iterator[int]:
    """Yield the places of all hints in a text."""
    for hint in _HINTS:
        at = text.find(hint)
        while at >= 0:
            yield at
            at = text.find(hint, at + 1)


def _build_detector(fallback_texts: Sequence[str]) -> Callable[[str], bool]:
    known_texts = frozenset(text.strip() for text in fallback_texts)
    pattern = re.compile(_WORDINGS)

    def detect(reply: str) -> bool:
        if reply.strip() in known_texts:
            return True
        text = reply[:_SEARCHED_CHARS].lower()
        return any(hint in text for hint in _HINTS) and pattern.search(text) is not None

    return detect
