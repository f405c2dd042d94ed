"""python -m pytest tests/retrieval/test_fusion.py"""

from collections.abc import Sequence

import numpy as np
import pytest

from data.records import Selection
from retrieval.evaluate import evaluate
from retrieval.fusion import FusedScorer, Matrix, fit_weights, reciprocal_rank_fusion, standardize_scores
from retrieval.postings import Floats


def test_ranks_are_fused_as_printed() -> None:
    made = reciprocal_rank_fusion([np.array([0.9, 0.5, 0.1]), np.array([1.0, 3.0, 2.0])], k=60)
    np.testing.assert_allclose(made, [1 / 61 + 1 / 63, 1 / 62 + 1 / 61, 1 / 63 + 1 / 62], rtol=1e-6)


def test_equal_scores_share_their_places() -> None:
    made = reciprocal_rank_fusion([np.array([0.0, 0.0, 0.0, 5.0])])
    np.testing.assert_allclose(made, [1 / 63, 1 / 63, 1 / 63, 1 / 61], rtol=1e-6)


def test_scores_are_brought_to_one_measure() -> None:
    table = standardize_scores([np.array([1.0, 2.0, 3.0]), np.array([100.0, 100.0, 100.0])])
    np.testing.assert_allclose(table.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(table[:, 1], 0)
    assert table[:, 0].std() == pytest.approx(1)


def test_the_scores_that_tell_get_the_weight() -> None:
    chance = np.random.default_rng(2)
    tables, labels = [], []
    for _ in range(300):
        table = chance.standard_normal((10, 3))
        right = int(np.argmax(2 * table[:, 0] + table[:, 1] + 0.3 * chance.standard_normal(10)))
        tables.append(table)
        labels.append([int(place == right) for place in range(10)])
    weights = fit_weights(tables, labels)
    assert weights[0] > 1.5 * weights[1] > 0.5
    assert abs(weights[2]) < 0.2 * weights[0]


def test_the_fit_ends_at_the_top_even_where_lists_nearly_repeat_each_other() -> None:
    chance = np.random.default_rng(4)
    tables, labels = [], []
    for _ in range(400):
        # Word overlap as it is: nearly always nothing, then a lot, and several ways of counting the same.
        overlap = (chance.random(10) < 0.15) * chance.random(10) * 9
        lists = (overlap, overlap + 0.01 * chance.random(10), chance.standard_normal(10))
        table = standardize_scores([one.astype(np.float32) for one in lists])
        right = int(np.argmax(overlap + chance.random(10)))
        tables.append(table)
        labels.append([int(place == right) for place in range(10)])
    weights = fit_weights(tables, labels)
    assert weights[0] + weights[1] > 0.5
    assert np.abs(weights).max() < 10
    best = _likelihood(weights, tables, labels)
    for place in range(3):
        for moved in (-0.05, 0.05):
            other = weights.copy()
            other[place] += moved
            assert _likelihood(other, tables, labels) < best


def _likelihood(
    weights: Matrix, tables: Sequence[Matrix], labels: Sequence[Sequence[int]], penalty: float = 1e-2
) -> float:
    found = [table @ weights for table in tables]
    each = [
        one[given.index(1)] - np.log(np.exp(one).sum()) for one, given in zip(found, map(list, labels), strict=True)
    ]
    return float(np.mean(each)) - penalty / 2 * float(weights @ weights)


def test_nothing_right_is_nothing_to_learn() -> None:
    with pytest.raises(ValueError, match="no query has a right candidate"):
        fit_weights([np.zeros((2, 1))], [[0, 0]])


class Says:
    def __init__(self, name: str, right: float) -> None:
        self.name, self._right = name, right

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        chance = np.random.default_rng(len(context[0]))
        return np.asarray(
            [self._right * (text == "对 right") + chance.random() for text in candidates], dtype=np.float32
        )


def test_scorers_together_listen_to_the_one_that_knows() -> None:
    asked = [Selection(("问" * number,), ("错", "对 right", "wrong"), (0, 1, 0)) for number in range(1, 60)]
    knows, guesses = Says("knows", 0.6), Says("guesses", 0.0)
    learned = FusedScorer.fit([knows, guesses], asked)
    assert evaluate(learned, asked).mean("R@1") >= evaluate(knows, asked).mean("R@1")
    assert evaluate(learned, asked).mean("R@1") > evaluate(guesses, asked).mean("R@1") + 0.2
    assert evaluate(FusedScorer([knows, guesses]), asked).mean("R@1") > evaluate(guesses, asked).mean("R@1")
    assert learned.describe().startswith("knows ")
