"""Rival features: what separates an entry from the next best one."""

from __future__ import annotations

from collections.abc import Callable

from retrieval.contrast.slots import Slots

FEATURES = ("rival_alike", "rival_covers", "rival_unasked", "own_asked", "rival_asked")
"""What is measured of an entry's phrasing beside that of the best other entry, each in [0, 1] but the count rival_unasked.

rival_alike: how much of their words' weight both have, Jaccard's coefficient. rival_covers: how much of the query the rival's
phrasing has, as a share of what the own phrasing has. rival_unasked: how many groups of opposites, and whether numbers or codes,
set the two apart and are not named by the query: which of them is meant must be asked. own_asked, rival_asked: the weight of the
query's words that only the own phrasing has, or only the rival's, as a share of the query's."""


def measure_rival(query: Slots, own: Slots, rival: Slots | None, rarity: Callable[[str], float]) -> list[float]:
    """Return the values of FEATURES, in their order; zeros without another entry."""
    if rival is None:
        return [0.0] * len(FEATURES)
    asked, mine, theirs = set(query.words), set(own.words), set(rival.words)

    def weigh(words: set[str]) -> float:
        return sum(map(rarity, words))

    total = weigh(asked) or 1.0
    covered = weigh(asked & mine)
    apart = [group for group in own.sides if group in rival.sides and not own.sides[group] & rival.sides[group]]
    unasked = sum(group not in query.sides for group in apart)
    unasked += own.numbers != rival.numbers and not query.numbers & (own.numbers | rival.numbers)
    unasked += own.codes != rival.codes and not query.codes & (own.codes | rival.codes)
    return [
        weigh(mine & theirs) / (weigh(mine | theirs) or 1.0),
        min(weigh(asked & theirs) / covered, 1.0) if covered else 0.0,
        float(min(unasked, 3)),
        weigh((asked & mine) - theirs) / total,
        weigh((asked & theirs) - mine) / total,
    ]
