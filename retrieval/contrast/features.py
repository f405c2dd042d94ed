"""Contrast features: how a query differs from a stored phrasing like it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Set

from retrieval.contrast.slots import Slots

FEATURES = (
    "query_alone", "query_alone_most", "phrasing_alone", "phrasing_alone_most", "query_unknown",
    "numbers_alone", "numbers_missing", "numbers_differ", "codes_alone", "codes_missing", "latin_alone", "latin_missing",
    "negated", "kinds_differ", "kind_alone", "why_differs", "opposed", "side_alone", "side_missing",
)  # fmt: skip
"""What is measured, each in [0, 1] but the counts of slots, which are at most 3.

query_alone: the share of the query's weight, each word weighing what it is rare, that neither phrasing nor reply has, and
query_alone_most the rarest such word; phrasing_alone and phrasing_alone_most: what of the phrasing the query lacks;
query_unknown: the share of the query's weight in words that nothing stored has. numbers, codes, latin: how many of them only
the query has (alone; those of the reply are not counted), and only the phrasing has (missing); numbers_differ: both have such.
negated: one denies, the other does not. kinds_differ: both ask, for nothing in common; kind_alone: only one asks; why_differs:
one asks for a reason. opposed: they name different sides of a group of opposites; side_alone, side_missing: only the query, or
only the phrasing, names a side of a group."""

_MOST = 3


def measure_contrast(
    query: Slots, phrasing: Slots, reply: Slots, rarity: Callable[[str], float], is_known: Callable[[str], bool]
) -> list[float]:
    """Return the values of FEATURES, in their order.

    Args:
        query: What a person typed.
        phrasing: A stored question.
        reply: The reply stored with it.
        rarity: How rare a word is, in [0, 1].
        is_known: Whether anything stored has the word.
    """
    asked, stored = dict.fromkeys(query.words), dict.fromkeys(phrasing.words)
    answered = set(reply.words)
    mine = {word: rarity(word) for word in asked}
    theirs = {word: rarity(word) for word in stored}
    alone = [weight for word, weight in mine.items() if word not in stored and word not in answered]
    missing = [weight for word, weight in theirs.items() if word not in asked]
    unknown = sum(weight for word, weight in mine.items() if not is_known(word))
    numbers_alone = len(query.numbers - phrasing.numbers - reply.numbers)
    numbers_missing = len(phrasing.numbers - query.numbers)
    groups = set(query.sides) & set(phrasing.sides)
    return [
        sum(alone) / (sum(mine.values()) or 1.0),
        max(alone, default=0.0),
        sum(missing) / (sum(theirs.values()) or 1.0),
        max(missing, default=0.0),
        unknown / (sum(mine.values()) or 1.0),
        min(numbers_alone, _MOST),
        min(numbers_missing, _MOST),
        bool(numbers_alone and numbers_missing),
        _count(query.codes - phrasing.codes - reply.codes),
        _count(phrasing.codes - query.codes),
        _count(query.latin - phrasing.latin - reply.latin),
        _count(phrasing.latin - query.latin),
        query.negated != phrasing.negated,
        bool(query.kinds and phrasing.kinds and not query.kinds & phrasing.kinds),
        bool(query.kinds) != bool(phrasing.kinds),
        ("why" in query.kinds) != ("why" in phrasing.kinds),
        min(sum(not query.sides[group] & phrasing.sides[group] for group in groups), _MOST),
        _count(set(query.sides) - groups),
        _count(set(phrasing.sides) - groups),
    ]


def _count(items: Set[object] | Collection[object]) -> int:
    return min(len(items), _MOST)
