"""Select facts so that a question alone tells as little of the answer as possible.

Frequent answers are dropped as in Ren, Kiros and Zemel 2015, Exploring Models and Data for Image Question Answering, section
3.2, but per question rather than per corpus; yes and no are drawn in equal numbers for each thing asked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from vqa.answer.question_generation.fact import Fact
from vqa.answer.question_generation.templates import hash_choice

PER_KIND = 2
"""The most facts of a kind from one photograph; yes and no facts are a kind of their own."""
PER_PHOTO_YES_NO = 3
SHARE, OF_NUMBERS = 0.25, 0.4
"""The largest share of an answer among questions with the same key, and of a number among counts, unless so few answers are
known that 1.1 times an equal share is more."""
PER_CONCEPT = 300
"""The most yes facts, and as many no facts, for one thing asked."""

_LARGE = 1 << 48


def _hash_order(fact: Fact, seed: int) -> int:
    return hash_choice((str(seed), fact.image, fact.form, fact.about, fact.thing, fact.answer, "order"), _LARGE)


def balance_key(fact: Fact) -> tuple[str, str, str]:
    """Return what a question reveals of a fact.

    Facts with the same key are balanced against each other.
    """
    if fact.form in {"number", "action"} or fact.kind == "yes/no":
        return fact.form, fact.about, fact.thing
    if fact.form in {"colour", "who"}:
        return fact.form, "", fact.thing
    return fact.form, "", ""


def balance_facts(facts: Iterable[Fact], judged: Iterable[Fact], seed: int = 0) -> list[Fact]:
    """Select the facts of a corpus to ask about, sorted by photograph and form.

    The result does not depend on the order of the photographs.

    Args:
        facts: Facts with open answers.
        judged: Facts whose answer is yes or no.
        seed: The seed of the selection.
    """
    asked = _cap_answers(_limit_per_photo(facts, seed), seed) + _pair_yes_no(judged, seed)
    return sorted(asked, key=lambda fact: (fact.image, fact.form, fact.about, fact.thing, fact.answer))


def _limit_per_photo(facts: Iterable[Fact], seed: int) -> list[Fact]:
    """Return at most PER_KIND facts of a kind from a photograph, rare answers first."""
    every = list(facts)
    common = Counter((balance_key(fact), fact.answer) for fact in every)
    by_photo: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in every:
        by_photo[fact.image, fact.kind].append(fact)
    kept = []
    for some in by_photo.values():
        some.sort(key=lambda fact: (common[balance_key(fact), fact.answer], _hash_order(fact, seed)))
        kept += some[:PER_KIND]
    return kept


def max_count(counts: Sequence[int], most: float = SHARE) -> int:
    """Return the most times any answer may occur, so that none exceeds its share.

    Args:
        counts: How often each answer occurs.
        most: The largest share of an answer among those that are left.

    >>> max_count([1000, 100, 100, 100, 100]), max_count([3, 2]), max_count([7])
    (133, 2, 7)
    """
    share = max(most, 1.1 / len(counts)) if len(counts) > 1 else 1.0
    low, high = 1, max(counts)
    while low < high:
        middle = (low + high + 1) // 2
        if middle <= max(1.0, share * sum(min(count, middle) for count in counts)):
            low = middle
        else:
            high = middle - 1
    return low


def _cap_answers(facts: list[Fact], seed: int) -> list[Fact]:
    groups: dict[tuple[str, str, str], dict[str, list[Fact]]] = defaultdict(lambda: defaultdict(list))
    for fact in facts:
        groups[balance_key(fact)][fact.answer].append(fact)
    kept = []
    for (form, _, _), answers in groups.items():
        if len(answers) < 2:
            continue
        most = max_count([len(some) for some in answers.values()], OF_NUMBERS if form == "number" else SHARE)
        for some in answers.values():
            kept += sorted(some, key=lambda fact: _hash_order(fact, seed))[:most]
    return kept


def _pair_yes_no(judged: Iterable[Fact], seed: int) -> list[Fact]:
    """Return as many yes as no facts for each thing asked, rare things first.

    At most PER_PHOTO_YES_NO come from one photograph.
    """
    groups: dict[tuple[str, str, str], dict[str, list[Fact]]] = defaultdict(lambda: {"yes": [], "no": []})
    for fact in judged:
        groups[balance_key(fact)][fact.answer].append(fact)
    used: Counter[str] = Counter()
    formed: Counter[tuple[str, str]] = Counter()
    kept: list[Fact] = []
    for key in sorted(groups, key=lambda key: (min(map(len, groups[key].values())), key)):
        sides = []
        for answer in ("yes", "no"):
            free = [fact for fact in groups[key][answer] if used[fact.image] < PER_PHOTO_YES_NO]
            free.sort(key=lambda fact: (formed[fact.image, fact.form], used[fact.image], _hash_order(fact, seed)))
            sides.append(free)
        number = min(PER_CONCEPT, *map(len, sides))
        for side in sides:
            for fact in side[:number]:
                used[fact.image] += 1
                formed[fact.image, fact.form] += 1
                kept.append(fact)
    return kept
