"""Choosing what is asked, so that a question without its photograph tells as little of the answer as it may.

Ren, Kiros and Zemel 2015, Exploring Models and Data for Image Question Answering, section 3.2, throw away frequent answers; so do
we, per question rather than per corpus, and yes and no are drawn in equal numbers for each thing asked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from vqa.answer.derive.facts import Fact
from vqa.answer.derive.wording import chosen

PER_KIND = 2
"""So many facts of a kind are asked of one photograph at most; yes and no have a kind of their own."""
PER_PHOTO_YES_NO = 4
SHARE = 0.25
"""No answer makes up more of the questions that sound alike, unless fewer than five answers are known: then 1.3 of an equal share."""
PER_CONCEPT = 400
"""So many times at most yes, and as many no, for one thing asked."""

_LARGE = 1 << 48


def _order(fact: Fact, seed: int) -> int:
    return chosen((str(seed), fact.image, fact.form, fact.about, fact.thing, fact.answer, "order"), _LARGE)


def question(fact: Fact) -> tuple[str, str, str]:
    """What is heard of a fact when it is asked: facts of one such are balanced against each other."""
    if fact.form in {"number", "action"} or fact.kind == "yes/no":
        return fact.form, fact.about, fact.thing
    if fact.form in {"colour", "who"}:
        return fact.form, "", fact.thing
    return fact.form, "", ""


def balanced(facts: Iterable[Fact], judged: Iterable[Fact], seed: int = 0) -> list[Fact]:
    """The facts to ask of a corpus: `facts` with their answers, `judged` with yes and no; sorted by photograph and form.

    The same whatever the order the photographs come in.
    """
    asked = _capped(_few(facts, seed), seed) + _paired(judged, seed)
    return sorted(asked, key=lambda fact: (fact.image, fact.form, fact.about, fact.thing, fact.answer))


def _few(facts: Iterable[Fact], seed: int) -> list[Fact]:
    """At most PER_KIND facts of a kind from a photograph, rare answers first."""
    every = list(facts)
    common = Counter((question(fact), fact.answer) for fact in every)
    by_photo: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in every:
        by_photo[fact.image, fact.kind].append(fact)
    kept = []
    for some in by_photo.values():
        some.sort(key=lambda fact: (common[question(fact), fact.answer], _order(fact, seed)))
        kept += some[:PER_KIND]
    return kept


def limit(counts: Sequence[int]) -> int:
    """The most any answer may occur, given how often each does, so that none has more than its share of what is left.

    >>> limit([1000, 100, 100, 100, 100]), limit([3, 2]), limit([7])
    (136, 3, 7)
    """
    share = max(SHARE, 1.3 / len(counts)) if len(counts) > 1 else 1.0
    low, high = 1, max(counts)
    while low < high:
        middle = (low + high + 1) // 2
        if middle <= max(1.0, share * sum(min(count, middle) for count in counts)):
            low = middle
        else:
            high = middle - 1
    return low


def _capped(facts: list[Fact], seed: int) -> list[Fact]:
    groups: dict[tuple[str, str, str], dict[str, list[Fact]]] = defaultdict(lambda: defaultdict(list))
    for fact in facts:
        groups[question(fact)][fact.answer].append(fact)
    kept = []
    for answers in groups.values():
        if len(answers) < 2:
            continue
        most = limit([len(some) for some in answers.values()])
        for some in answers.values():
            kept += sorted(some, key=lambda fact: _order(fact, seed))[:most]
    return kept


def _paired(judged: Iterable[Fact], seed: int) -> list[Fact]:
    """As many yes as no for each thing asked, rare things first; at most PER_PHOTO_YES_NO from one photograph."""
    groups: dict[tuple[str, str, str], dict[str, list[Fact]]] = defaultdict(lambda: {"yes": [], "no": []})
    for fact in judged:
        groups[question(fact)][fact.answer].append(fact)
    used: Counter[str] = Counter()
    formed: Counter[tuple[str, str]] = Counter()
    kept: list[Fact] = []
    for key in sorted(groups, key=lambda key: (min(map(len, groups[key].values())), key)):
        sides = []
        for answer in ("yes", "no"):
            free = [fact for fact in groups[key][answer] if used[fact.image] < PER_PHOTO_YES_NO]
            free.sort(key=lambda fact: (formed[fact.image, fact.form], used[fact.image], _order(fact, seed)))
            sides.append(free)
        number = min(PER_CONCEPT, *map(len, sides))
        for side in sides:
            for fact in side[:number]:
                used[fact.image] += 1
                formed[fact.image, fact.form] += 1
                kept.append(fact)
    return kept
