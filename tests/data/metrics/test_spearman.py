"""python -m pytest tests/data/metrics/test_spearman.py"""

import numpy as np
import pytest

from data.metrics.spearman import spearman


def test_only_the_order_counts() -> None:
    values = [0.1, 5.0, 2.0, 9.0]
    assert spearman(values, [value**3 for value in values]) == 1.0
    assert spearman(values, [-value for value in values]) == -1.0


def test_equal_values_share_their_mean_rank() -> None:
    # Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4: centred, 4.5 / sqrt(4.5 * 5).
    assert spearman([1, 2, 2, 3], [1, 3, 2, 4]) == pytest.approx(4.5 / np.sqrt(4.5 * 5))


def test_what_says_nothing_scores_nothing() -> None:
    assert spearman([1, 1, 1], [1, 2, 3]) == 0.0
    chance = np.random.default_rng(3)
    assert abs(spearman([*chance.random(4000)], [*chance.random(4000)])) < 0.05


def test_lists_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="3 and 2 values"):
        spearman([1, 2, 3], [1, 2])
