"""Cohen's kappa: how far two people agree in their grades beyond chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float | None:
    """Return kappa of two lists of grades of the same things, at most 1, 0 by chance; None where chance alone agrees fully.

    Source: Cohen 1960, A coefficient of agreement for nominal scales.

    >>> round(cohen_kappa(["right"] * 25 + ["wrong"] * 25, ["right"] * 20 + ["wrong"] * 5 + ["right"] * 10 + ["wrong"] * 15), 2)
    0.4
    >>> cohen_kappa("aaaa", "aaaa") is None
    True
    """
    if len(first) != len(second) or not first:
        raise ValueError(f"There are {len(first)} and {len(second)} grades; expected equally many, at least one.")
    total = len(first)
    agreed = sum(one == other for one, other in zip(first, second, strict=True)) / total
    ours, theirs = Counter(first), Counter(second)
    by_chance = sum(count * theirs[grade] for grade, count in ours.items()) / total**2
    return None if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)
