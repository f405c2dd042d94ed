"""python -m pytest tests/data/metrics/test_ranx.py"""

import random
from collections.abc import Callable, Sequence
from math import fsum

import pytest

from data.metrics.average_precision import average_precision
from data.metrics.ndcg import ndcg_at
from data.metrics.ranked import rank_labels
from data.metrics.recall import recall_at
from data.metrics.reciprocal_rank import reciprocal_rank

OURS: dict[str, Callable[[Sequence[int]], float]] = {
    "map": average_precision,
    "mrr": reciprocal_rank,
    "ndcg": ndcg_at,
    "ndcg_burges": ndcg_at,  # its gain is 2 ** label - 1, which for labels of 0 and 1 is the label
    "ndcg@3": lambda labels: ndcg_at(labels, 3),
    "recall@1": lambda labels: recall_at(labels, 1),
    "recall@5": lambda labels: recall_at(labels, 5),
}


# numba, which ranx is written with, warns of what its own dependencies are about to drop.
@pytest.mark.filterwarnings("ignore")
def test_our_measures_are_those_of_ranx() -> None:
    from ranx import Qrels, Run, evaluate

    chance = random.Random(5)
    labels, scores = {}, {}
    for number in range(60):
        count = chance.randint(2, 15)
        right = chance.randint(1, count) if number else 0
        query = f"问题{number}" if number % 2 else f"question {number}"
        labels[query] = {f"d{place}": int(place < right) for place in range(count)}
        # No two scores are equal: how ties fall is not what is compared.
        scores[query] = {f"d{place}": value for place, value in enumerate(chance.sample(range(1000), count))}
    theirs = evaluate(
        Qrels(labels), Run({q: {d: float(s) for d, s in g.items()} for q, g in scores.items()}), list(OURS)
    )
    for name, measure in OURS.items():
        values = [measure(rank_labels(list(labels[q].values()), [scores[q][d] for d in labels[q]])) for q in labels]
        assert fsum(values) / len(values) == pytest.approx(theirs[name], abs=1e-6), name


def test_a_query_without_a_right_one_scores_nothing() -> None:
    for measure in OURS.values():
        assert measure([0, 0, 0]) == 0.0


def test_ties_tell_nothing() -> None:
    firsts = [rank_labels([1, *[0] * 9], [0.0] * 10, seed=number)[0] for number in range(2000)]
    assert 0.08 < sum(firsts) / len(firsts) < 0.12


@pytest.mark.parametrize("scores", [[0.1], [0.1, float("nan")]])
def test_scores_that_are_none_are_refused(scores: list[float]) -> None:
    with pytest.raises(ValueError, match="2 labels need as many scores"):
        rank_labels([0, 1], scores)
