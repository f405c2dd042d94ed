"""python -m pytest tests/vqa/answer/test_parts.py"""

from __future__ import annotations

from collections import Counter
from itertools import islice

import numpy as np
import pytest

from data.records import PictureQuestion
from vqa.answer.calibration import apply_temperature, fit_temperature, fit_threshold
from vqa.answer.evaluate import bootstrap_difference
from vqa.answer.folds import assign_fold, folds, split_by_fold
from vqa.answer.sampling import sample_batches

PHOTOS = [f"照片 {number}.jpg" for number in range(200)] + [f"photo-{number}.jpg" for number in range(200)]


def test_folds_never_share_a_photo_and_hold_all_of_them() -> None:
    parts = folds([*PHOTOS, *PHOTOS], 5, seed=0)
    assert sum(map(len, parts)) == len(PHOTOS)
    assert frozenset().union(*parts) == set(PHOTOS)
    assert all(50 < len(part) < 110 for part in parts)


def test_a_photo_stays_where_it_is_when_others_come() -> None:
    few, many = folds(PHOTOS[:40], 5, seed=3), folds(PHOTOS, 5, seed=3)
    assert all(one <= other for one, other in zip(few, many, strict=True))
    assert folds(PHOTOS, 5, seed=4) != many
    assert PHOTOS[0] in many[assign_fold(PHOTOS[0], 5, 3)]


def test_one_fold_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two"):
        folds(PHOTOS, 1, seed=0)


def test_questions_are_parted_by_photo() -> None:
    questions = [PictureQuestion(photo, text, ("1",), "number") for photo in PHOTOS for text in ("几个？", "how many?")]
    inside, outside = split_by_fold(questions, 10, seed=0)
    assert len(inside) + len(outside) == len(questions)
    assert not {one.image for one in inside} & {one.image for one in outside}
    assert 0.05 < len(inside) / len(questions) < 0.2


def test_a_batch_goes_on_where_it_was_interrupted() -> None:
    sets = [[f"a{number // 3}" for number in range(60)], [f"b{number}" for number in range(7)]]
    whole = list(islice(sample_batches(sets, 16, seed=2), 30))
    assert list(islice(sample_batches(sets, 16, seed=2, start=11), 19)) == whole[11:]
    assert list(islice(sample_batches(sets, 16, seed=3), 30)) != whole
    assert all(16 <= len(batch) < 20 for batch in whole)


def test_a_set_is_seen_whole_before_it_is_seen_again_and_none_drowns() -> None:
    sets = [[f"a{number // 8}" for number in range(6400)], [f"b{number}" for number in range(64)]]
    seen = Counter(number for batch in islice(sample_batches(sets, 32, seed=0), 400) for number in batch)
    large, small = ([seen[number] for number in numbers] for numbers in (range(6400), range(6400, 6464)))
    assert max(large) - min(large) <= 1
    assert max(small) - min(small) <= 1
    # A hundred times as many questions are asked ten times as often.
    assert 7 < sum(large) / sum(small) < 14


def test_questions_about_a_picture_come_side_by_side() -> None:
    images = [f"a{number % 10}" for number in range(80)]
    for batch in islice(sample_batches([images], 16, seed=0), 20):
        assert len({images[number] for number in batch}) <= 4


@pytest.mark.parametrize("hot", [0.5, 1.0, 3.0])
def test_the_temperature_that_was_put_in_is_found(hot: float) -> None:
    chance = np.random.default_rng(0)
    true = apply_temperature(chance.normal(size=(500, 8)).astype(np.float32) * 2, 1.0)
    targets = np.exp(true)
    assert fit_temperature(apply_temperature(true, 1 / hot), targets) == pytest.approx(hot, rel=0.02)
    assert fit_temperature(true, np.zeros_like(true)) == 1.0


def test_the_threshold_lets_through_what_is_right_often_enough() -> None:
    assert fit_threshold([0.9, 0.8, 0.7, 0.1], [1, 1, 1, 1], 0.8, 1) == 0.1
    assert fit_threshold([0.9, 0.8, 0.7, 0.1], [1, 1, 0.5, 0], 0.8, 1) == 0.7
    # Equals are said together: two of these three are wrong.
    assert fit_threshold([0.9, 0.5, 0.5, 0.5], [1, 1, 0, 0], 0.8, 1) == 0.9
    assert 0.9 < fit_threshold([0.9, 0.8], [0, 0], 0.8, 1) <= 1
    # Two right answers show too little.
    assert fit_threshold([0.9, 0.8, 0.7], [1, 1, 0], 0.8, 3) > 0.9
    with pytest.raises(ValueError, match="accuracies"):
        fit_threshold([], [])


def test_the_interval_is_over_photos_not_over_questions() -> None:
    photos = [f"照片{number // 20}" for number in range(400)]
    chance = np.random.default_rng(1)
    # All questions about a photo share its luck, so there are twenty of it, not four hundred.
    shared = np.repeat(chance.normal(0.1, 1.0, 20), 20)
    whole = bootstrap_difference(shared.tolist(), [0.0] * 400, photos)
    apart = bootstrap_difference(shared.tolist(), [0.0] * 400, [str(number) for number in range(400)])
    assert whole.mean == apart.mean == pytest.approx(shared.mean())
    assert whole.high - whole.low > 3 * (apart.high - apart.low)
    with pytest.raises(ValueError, match="as many"):
        bootstrap_difference([1.0], [1.0], [])
