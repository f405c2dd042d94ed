"""Distinct-n: how much of what was said was said once only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def distinct(texts: Iterable[Sequence[str]], length: int, first: int | None = None) -> float:
    """The number of different n-grams of that length over the number of tokens, in [0, 1]; 0 without a token.

    texts are tokens; no n-gram goes from one text to the next. The more texts, the lower: to compare two systems give first, the
    number of tokens to read of each. Raises ValueError if there are fewer, or length is below 1. Li et al. 2016, A
    Diversity-Promoting Objective Function for Neural Conversation Models.

    >>> distinct([["我", "不", "知", "道"], ["我", "不", "懂"]], 2), distinct([["i", "do"], ["i", "do", "not"]], 1, first=4)
    (0.5714285714285714, 0.5)
    """
    if length < 1:
        raise ValueError(f"length is {length}; expected at least 1")
    kept = list(texts) if first is None else _first(texts, first)
    total = sum(map(len, kept))
    grams = {tuple(text[place : place + length]) for text in kept for place in range(len(text) - length + 1)}
    return len(grams) / total if total else 0.0


def _first(texts: Iterable[Sequence[str]], count: int) -> list[Sequence[str]]:
    """The texts up to count tokens in all; the last one is cut."""
    kept: list[Sequence[str]] = []
    left = count
    for text in texts:
        if left <= 0:
            break
        kept.append(text[:left])
        left -= len(kept[-1])
    if left > 0:
        raise ValueError(f"the texts have {count - left} tokens, fewer than the first {count} asked for")
    return kept
