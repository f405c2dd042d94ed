"""python -m pytest tests/vqa/answer/test_compare.py -m train"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.records import PictureQuestion
from tests.vqa.answer.tiny import CHOICES, EIGHT, ENCODER, SHOWN
from vqa.answer.featurizer import Floats

pytest.importorskip("torch")
pytestmark = pytest.mark.train

from data.training.loop import Plan  # noqa: E402
from vqa.answer.compare import cross_validate, train_pair  # noqa: E402

PLAN = Plan(60, 4e-3, 5, check_every=30, seed=1)
MANY = [replace(one, image=f"{one.image} {number}") for number in range(12) for one in EIGHT]


class Many:
    """The features of copies of the two pictures."""

    asked: frozenset[str] = frozenset()

    def load_maps(self, names: Sequence[str]) -> Floats:
        self.asked |= set(names)
        return np.stack([SHOWN[name.split()[0]].map for name in names])

    def load_pooled(self, names: Sequence[str]) -> Floats:
        return np.stack([SHOWN[name.split()[0]].pooled for name in names])

    def load_classes(self, names: Sequence[str]) -> None:
        """Return no classes."""


def test_what_the_picture_is_worth_is_measured_on_photos_that_were_never_seen(tmp_path: Path) -> None:
    made = cross_validate(MANY, Many(), ENCODER, PLAN, tmp_path, CHOICES, count=2, size=16)
    assert sorted(made.questions, key=repr) == sorted(MANY, key=repr)
    assert sum(made.ours) / len(MANY) > 0.95
    assert 0.3 < sum(made.blind) / len(MANY) < 0.7
    assert 0.3 < sum(made.frequent) / len(MANY) < 0.7
    assert 0.25 < made.difference.low < made.difference.mean < made.difference.high < 1
    assert made.chance == (0.25,) * len(MANY)
    lines = made.table_lines()
    assert [line.split()[0] for line in lines[1:4]] == ["all", "other", "yes/no"]
    assert lines[-1].endswith("bootstrap over 24 photos")


def test_training_sees_only_what_it_is_given(tmp_path: Path) -> None:
    features, test = Many(), [one for one in MANY if one.image.endswith(" 3")]
    rest = [one for one in MANY if not one.image.endswith(" 3")]
    nets = train_pair(
        [rest], rest[:16], features, ENCODER, replace(PLAN, steps=4, check_every=2), tmp_path, CHOICES, 16
    )
    assert not features.asked & {one.image for one in test}
    fitted = ("temperature", "threshold", "temperatures", "thresholds")
    assert nets.blind.config == replace(
        nets.ours.config, blind=True, **{name: getattr(nets.blind.config, name) for name in fitted}
    )
    assert nets.ours.config.encoder == ENCODER
    with pytest.raises(ValueError, match="no questions"):
        train_pair([[]], rest, features, ENCODER, PLAN, tmp_path)


def test_sets_without_a_question_are_no_hindrance(tmp_path: Path) -> None:
    unknown = [PictureQuestion("red 1", "看得见吗", ("也许",), "other", "zh")]
    nets = train_pair([MANY, []], MANY[:8] + unknown, Many(), ENCODER, replace(PLAN, steps=2), tmp_path, CHOICES, 16)
    assert len(nets.featurizer.choices) == 4
