"""Distinct-n: the diversity of texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def distinct(texts: Iterable[Sequence[str]], length: int, first: int | None = None) -> float:
    """Return the different n-grams divided by the tokens, in [0, 1].

    It is 0 without a token.

    The value falls with the amount of text, so compare systems on the same number of tokens.

    Args:
        texts: The tokens of each text; no n-gram crosses from one text to the next.
        length: The length of an n-gram.
        first: How many tokens to read; all if it is not given.

    Raises:
        ValueError: There are fewer tokens than first, or length is below 1.

    Source: Li et al. 2016, A Diversity-Promoting Objective Function for Neural Conversation Models.

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
    """Return the texts up to count tokens in total; the last one is cut."""
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
