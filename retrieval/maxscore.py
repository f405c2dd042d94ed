"""MaxScore: the best documents of a query without scoring all of them.

Turtle and Flood 1995, Query evaluation: strategies and optimizations, section 4. Exact, whoever is left out could not win,
as long as no term has more than 20,000 documents. Terms that have more only add to what rarer ones have found, if those
found enough, and of that to the best 2,000: at a million entries two thirds of the time went into documents that share only
such words with a query.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.postings import Bools, Floats, Ints

# Looking for the first threshold costs as much as adding up a list of about this length.
_LONG = 4096
_COMMON = 20_000
_KEPT = 2_000
# So many times the documents that are wanted are enough to leave common terms to looking up.
_ENOUGH = 8


@dataclass(frozen=True)
class Postings:
    """The postings of one term.

    The term adds weight * count / (count + norm) to the score of each of docs, int32 ascending, and never more than bound.
    norms is float32 [N], for every document of the segment. Terms are added up in the order of their weights, the same
    everywhere.
    """

    docs: Ints
    counts: NDArray[np.uint8]
    norms: Floats
    weight: float
    bound: float

    def compute_contributions(self) -> Floats:
        """Return what the term adds to each of its documents."""
        counts = self.counts.astype(np.float32)
        return np.asarray(counts * np.float32(self.weight) / (counts + self.norms[self.docs]), dtype=np.float32)

    def compute_contributions_to(self, numbers: Ints) -> Floats:
        """Return what the term adds to these documents; 0 where it does not occur."""
        if not len(self.docs):
            return np.zeros(len(numbers), np.float32)
        places = np.minimum(np.searchsorted(self.docs, numbers), len(self.docs) - 1)
        counts = np.where(self.docs[places] == numbers, self.counts[places], 0).astype(np.float32)
        return np.asarray(counts * np.float32(self.weight) / (counts + self.norms[numbers]), dtype=np.float32)


def find_best(lists: Sequence[Postings], live: Bools, count: int) -> tuple[Ints, Floats]:
    """Return the live documents with the highest sums above 0, and their scores.

    Best first, at most count; ties fall by number.

    At most count; ties fall by number.
    """
    # The rarest terms first: their lists are short, and what they add soon tells who can still win.
    ordered = sorted(lists, key=lambda each: -each.weight)
    rest = np.append(np.cumsum([each.bound for each in reversed(ordered)])[::-1], 0.0) if ordered else np.zeros(1)
    scores = np.zeros(len(live), np.float32)
    # Finding what is true among a million costs a tenth of finding what is not 0.
    met = np.zeros(len(live), np.bool_)
    at = 0
    threshold = 0.0
    leaders: Ints | None = None
    while at < len(ordered):
        each = ordered[at]
        common = len(each.docs) > _COMMON
        # Before half of what can be had is added up, no document can be out of reach.
        if common or (len(each.docs) > _LONG and rest[at] < rest[0] / 2):
            if leaders is None:
                leaders = _select_leaders(np.flatnonzero(met & live).astype(np.int32), scores, count)
            threshold = _find_threshold(scores[leaders], count)
            if rest[at] < threshold or (common and np.count_nonzero(met & live) >= _ENOUGH * count):
                break
        sums = scores[each.docs] + each.compute_contributions()
        scores[each.docs] = sums
        met[each.docs] = True
        if leaders is not None:
            # Who is not in this list has not risen: looking at everybody again, list after list, was most of a slow query.
            risen = each.docs[sums > threshold]
            leaders = _select_leaders(np.union1d(leaders, risen[live[risen]]), scores, count)
        at += 1
    found: Ints = np.flatnonzero(met).astype(np.int32)
    found = found[live[found]]
    sums = scores[found]
    if at < len(ordered) and len(ordered[at].docs) > _COMMON and len(found) > _KEPT:
        near = sums >= _find_threshold(sums, _KEPT)
        found, sums = found[near], sums[near]
    while at < len(ordered):
        # Nobody who has not been seen can win any more: the other terms are only looked up for those who have.
        near = sums + np.float32(rest[at]) >= threshold * _BELOW
        found, sums = found[near], sums[near]
        sums += ordered[at].compute_contributions_to(found)
        at += 1
        if len(found) > 4 * count:
            threshold = max(threshold, _find_threshold(sums, count))
    if len(sums) > count:
        near = sums >= _find_threshold(sums, count)
        found, sums = found[near], sums[near]
    order = np.lexsort((found, -sums))[:count]
    return found[order], sums[order]


# Sums are rounded: one that could still draw level must not be lost to the last bit.
_BELOW = 1 - 1e-5


def _select_leaders(numbers: Ints, scores: Floats, count: int) -> Ints:
    """Return the count numbers with the highest scores, in no order."""
    if len(numbers) <= count:
        return numbers
    return numbers[np.argpartition(scores[numbers], len(numbers) - count)[len(numbers) - count :]]


def _find_threshold(sums: Floats, count: int) -> float:
    """Return the count-th highest of the sums; 0 if there are fewer."""
    return float(np.partition(sums, len(sums) - count)[len(sums) - count]) if len(sums) >= count else 0.0
