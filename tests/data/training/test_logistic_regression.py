"""python -m pytest -m train tests/data/training/test_logistic_regression.py"""

import numpy as np
import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.train

from data.training.logistic_regression import fit  # noqa: E402

ROWS = [np.array(row) for row in ([1, 2], [1, 3], [1], [4, 1], [2, 5], [3, 5], [5], [4, 5])]
LABELS = [True] * 4 + [False] * 4


def test_it_learns_eight_texts_by_heart_and_the_same_each_time() -> None:
    one, again = fit(ROWS, LABELS, 8), fit(ROWS, LABELS, 8)
    assert [one.predict(row) >= 0.5 for row in ROWS] == LABELS
    assert one.weights[1] > abs(one.weights[2]) < -one.weights[5]
    np.testing.assert_array_equal(one.weights, again.weights)
    assert one.bias == again.bias


def test_a_penalty_holds_back_what_is_learned() -> None:
    free, held = fit(ROWS, LABELS, 8, penalty=0.01), fit(ROWS, LABELS, 8, penalty=10.0)
    assert np.abs(held.weights).sum() < np.abs(free.weights).sum()


def test_one_label_teaches_nothing() -> None:
    with pytest.raises(ValueError, match="one label only"):
        fit([np.array([1, 2]), np.array([3])], [True, True], 64)
