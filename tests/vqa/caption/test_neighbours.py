"""python -m pytest tests/vqa/caption/test_neighbours.py"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from data.records import CaptionedPicture
from vqa.caption.calibration import estimate_probability, find_common, fit_weights
from vqa.caption.neighbours import Neighbours
from vqa.caption.tokenizer import Tokenizer

THINGS = (
    ("a red bus on the street", "街上一辆红色公交车"),
    ("two dogs run on grass", "两只狗在草地上跑"),
    ("a cat on a sofa", "沙发上一只猫"),
)
PHOTOS = [
    CaptionedPicture(f"{number}.jpg", {"en": (THINGS[number % 3][0],), "zh": (THINGS[number % 3][1],)})
    for number in range(60)
]
TOKENIZER = Tokenizer.build(PHOTOS, {"zh": 1, "en": 1})


def _pooled() -> NDArray[np.float32]:
    """Return features in which photos of the same thing are alike."""
    made: NDArray[np.float32] = np.random.default_rng(0).random((60, 3), dtype=np.float32) / np.float32(10)
    for number in range(60):
        made[number, number % 3] += 4
    return made


@pytest.fixture(scope="module")
def neighbours() -> Neighbours:
    return Neighbours.build(PHOTOS, _pooled(), _pooled(), TOKENIZER, width=2)


def test_the_nearest_photos_show_the_same(neighbours: Neighbours) -> None:
    for number in range(3):
        nearest, cosines = neighbours.find_nearest(_pooled()[number], 10)
        assert {photo % 3 for photo in nearest.tolist()} == {number}
        assert number in nearest
        assert cosines[0] == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_caption_is_supported_by_photos_like_its_own(neighbours: Neighbours, language: str) -> None:
    ids = [TOKENIZER.encode(texts[language == "zh"], language)[:-1] for texts in THINGS]  # type: ignore[arg-type]
    for number in range(3):
        supports = neighbours.support(_pooled()[number], [*ids, []], language)  # type: ignore[arg-type]
        assert int(np.argmax(supports)) == number
        assert supports[number] == pytest.approx(1, abs=1e-5)
        assert supports[3] == 0


def test_it_is_stored_without_loss_that_matters(neighbours: Neighbours) -> None:
    loaded = Neighbours.from_bytes(neighbours.to_bytes(), len(TOKENIZER.vocab))
    assert loaded.captions == neighbours.captions
    assert np.abs(loaded.vectors - neighbours.vectors).max() < 0.02
    for number in range(3):
        assert loaded.find_nearest(_pooled()[number], 1)[0] % 3 == number
    with pytest.raises(ValueError, match="the captioner has 5"):
        Neighbours.from_bytes(neighbours.to_bytes(), 5)


def test_the_probability_that_was_put_in_is_found() -> None:
    chance = np.random.default_rng(0)
    log_probs, supports = chance.normal(-1, 0.5, 4000), chance.random(4000)
    true = [estimate_probability((1.0, 1.5, 2.0), one, other) for one, other in zip(log_probs, supports, strict=True)]
    weights = fit_weights(log_probs.tolist(), supports.tolist(), (chance.random(4000) < true).tolist())
    assert weights == pytest.approx((1.0, 1.5, 2.0), abs=0.35)
    with pytest.raises(ValueError, match="judgements"):
        fit_weights([], [], [])
    assert find_common([["a"] * 50, list("bcd")]) >= {"a"}
