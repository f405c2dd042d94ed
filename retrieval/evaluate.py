"""Evaluation of a matching model on labelled questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from data.metrics.accuracy import accuracy
from data.metrics.average_precision import average_precision
from data.metrics.ndcg import ndcg_at
from data.metrics.ranked import rank_labels
from data.metrics.recall import recall_at
from data.metrics.reciprocal_rank import reciprocal_rank
from data.records import LabelledPair, Selection
from retrieval.scorer import ProbabilityScorer, Scorer

MEASURES: Mapping[str, Callable[[Sequence[int]], float]] = {
    "R@1": lambda labels: recall_at(labels, 1),
    "R@2": lambda labels: recall_at(labels, 2),
    "R@5": lambda labels: recall_at(labels, 5),
    "MAP": average_precision,
    "MRR": reciprocal_rank,
    "NDCG@3": lambda labels: ndcg_at(labels, 3),
    "NDCG@5": lambda labels: ndcg_at(labels, 5),
}
"""Of each measure, the function of the labels of one query in ranked order."""


@dataclass(frozen=True)
class Report:
    """The value of each measure for every query, in their order.

    The names are those of MEASURES.
    """

    values: dict[str, tuple[float, ...]]

    def mean(self, measure: str) -> float:
        """Return the mean over the queries."""
        found = self.values[measure]
        return fsum(found) / len(found) if found else 0.0

    def means(self) -> dict[str, float]:
        """Return every mean, rounded to four places."""
        return {measure: round(self.mean(measure), 4) for measure in self.values}


def evaluate(scorer: Scorer, selections: Iterable[Selection]) -> Report:
    """Evaluate the scorer on all queries with both right and wrong candidates."""
    orders = [
        rank_labels(one.labels, [float(score) for score in scorer.score(one.context, one.candidates)], seed=number)
        for number, one in enumerate(selections)
        if 0 < sum(one.labels) < len(one.labels)
    ]
    return Report({name: tuple(measure(labels) for labels in orders) for name, measure in MEASURES.items()})


def evaluate_pairs(scorer: Scorer, pairs: Sequence[LabelledPair]) -> dict[str, float]:
    """Evaluate how well scores separate pairs that mean the same from others.

    Of a model that gives probabilities the threshold is 0.5: it is taken at its word. Of another it is found on the pairs with an
    even place and used on those with an odd one, and the other way round, so that no pair is judged by a threshold it helped to
    choose. majority is the accuracy of always giving the more frequent label. Raises ValueError for no pairs, and for fewer than
    four where a threshold is to be found.
    """
    if len(pairs) < 4 and not (pairs and isinstance(scorer, ProbabilityScorer)):
        raise ValueError(
            f"there are {len(pairs)} pairs; expected at least four, to choose a threshold on one half for the other"
        )
    scores = [float(scorer.score((pair.first,), (pair.second,))[0]) for pair in pairs]
    labels = [pair.label for pair in pairs]
    given = [int(score >= 0.5) for score in scores]
    for half in () if isinstance(scorer, ProbabilityScorer) else (0, 1):
        threshold = find_best_threshold(scores[half::2], labels[half::2])
        for place in range(1 - half, len(pairs), 2):
            given[place] = int(scores[place] >= threshold)
    most = int(sum(labels) * 2 >= len(labels))
    return {
        "accuracy": round(accuracy(given, labels), 4),
        "majority": round(accuracy([most] * len(labels), labels), 4),
    }


def find_best_threshold(scores: Sequence[float], labels: Sequence[int], balanced: bool = False) -> float:
    """Return the score from which on pairs are called alike with the fewest errors.

    balanced: as if both labels were equally frequent.
    """
    alike = sum(labels)
    worth = (alike, len(labels) - alike) if balanced else (1, 1)  # of a 0 that is met, and of a 1
    order = sorted(zip(scores, labels, strict=True))
    right = best = alike * worth[1]
    threshold = order[0][0]
    for place, (score, label) in enumerate(order):
        # Everything up to here would be called different.
        right += -worth[1] if label else worth[0]
        following = order[place + 1][0] if place + 1 < len(order) else score + 1.0
        if right > best and following > score:
            best, threshold = right, (score + following) / 2
    return threshold


def evaluate_chance(selections: Iterable[Selection]) -> Report:
    """Return the expected values of a random order.

    They are the mean over every rotation of the candidates, in order and reversed: exact for R@k, close for the other measures.
    """
    found = [one for one in selections if 0 < sum(one.labels) < len(one.labels)]
    values: dict[str, list[float]] = {name: [] for name in MEASURES}
    for one in found:
        orders = list(_rotations(one.labels))
        for name, measure in MEASURES.items():
            values[name].append(fsum(measure(order) for order in orders) / len(orders))
    return Report({name: tuple(each) for name, each in values.items()})


def _rotations(labels: Sequence[int]) -> Iterable[list[int]]:
    for order in (list(labels), list(labels)[::-1]):
        for first in range(len(order)):
            yield order[first:] + order[:first]
