"""python -m pytest -m train tests/bot/safety/test_train.py"""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.train

from bot.safety import train  # noqa: E402
from bot.safety.codec import Codec  # noqa: E402
from bot.safety.config import Config  # noqa: E402
from bot.safety.infer import Learned, Safety  # noqa: E402
from data.artifact import Manifest  # noqa: E402
from data.logistic_regression import LogisticRegression  # noqa: E402
from data.training import logistic_regression  # noqa: E402

TEXTS = ["你真坏", "他们都是坏人", "坏透了", "rotten 坏", "你真好", "他们都是好人", "好极了", "fine 好"]
LABELS = [True] * 4 + [False] * 4
WORDS = {"zh": ["坏"], "en": ["rotten"]}


BUCKETS = 1 << 12


def fitted() -> tuple[LogisticRegression, Codec]:
    codec = Codec(WORDS["zh"], BUCKETS, 2)
    return logistic_regression.fit([codec.ids(codec.units(text)) for text in TEXTS], LABELS, BUCKETS), codec


def test_it_learns_eight_texts_by_heart_and_knows_their_like() -> None:
    one = Learned(*fitted())
    assert [one.probability(text) >= 0.5 for text in TEXTS] == LABELS
    assert one.probability("坏蛋") > 0.5 > one.probability("好蛋")


def test_the_threshold_is_the_best_of_the_quiet_ones() -> None:
    offensive = np.asarray([True, True, True, False, False])
    probability = np.asarray([0.95, 0.85, 0.65, 0.6, 0.1])
    calm = np.zeros(100)
    assert train.threshold(offensive, probability, calm) == pytest.approx(0.605, abs=0.006)
    loud = np.concatenate([np.zeros(98), [0.8, 0.7]])
    assert 0.7 < train.threshold(offensive, probability, loud, alarms=0.01) <= 0.85


def test_what_was_learned_is_written_and_opened(tmp_path: Path) -> None:
    model, _ = fitted()
    manifest = Manifest(name="safety", version="1", trained_on="八句话 eight texts", licence="ours", limits="tiny")
    train.save(
        Config(BUCKETS, 2, model.bias, 0.5),
        model,
        {"zh": WORDS["zh"], "en": WORDS["en"]},
        manifest,
        tmp_path / "safety",
    )
    safety = Safety(tmp_path / "safety")
    assert safety.judge("坏透了", "zh").kind == "offensive"
    assert safety.judge("好极了", "zh").kind is None
    assert safety.judge("rotten", "en").fired == ("rotten",)
