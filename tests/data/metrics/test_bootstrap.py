"""python -m pytest tests/data/metrics/test_bootstrap.py"""

import numpy as np
import pytest

from data.metrics.bootstrap import compare_pairs


def test_a_planted_difference_is_found_and_none_is_none() -> None:
    chance = np.random.default_rng(3)
    one = chance.random(300)
    better = compare_pairs([*(one + 0.1 + 0.05 * chance.standard_normal(300))], [*one])
    assert better.low > 0.08
    assert better.high < 0.12
    same = compare_pairs([*(one + 0.2 * chance.standard_normal(300))], [*one])
    assert same.low < 0 < same.high
    assert compare_pairs([1.0, 0.0], [0.0, 1.0], rounds=50, seed=4) == compare_pairs(
        [1.0, 0.0], [0.0, 1.0], rounds=50, seed=4
    )


def test_what_cannot_be_paired_is_refused() -> None:
    with pytest.raises(ValueError, match="2 values and 1"):
        compare_pairs([1.0, 2.0], [1.0])
