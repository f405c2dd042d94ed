"""python -m pytest tests/vqa/answer/test_ngram_baseline.py -m train"""

from __future__ import annotations

import pytest

from data.records import PictureQuestion

pytest.importorskip("torch")
pytestmark = pytest.mark.train

from vqa.answer.ngram_baseline import NgramBaseline  # noqa: E402


def _ask(question: str, answer: str, language: str = "en") -> PictureQuestion:
    return PictureQuestion("1.jpg", question, (answer,), "other", language)  # type: ignore[arg-type]


TRAINING = [
    one
    for number in range(40)
    for one in (
        _ask("what color is the banana", "yellow"),
        _ask("what color is the snow", "white"),
        _ask("香蕉是什么颜色", "黄色", "zh"),
        _ask("雪是什么颜色", "白色", "zh"),
        _ask("is it a dog", ("yes", "no", "yes")[number % 3]),
    )
]


def test_it_learns_what_questions_alone_tell() -> None:
    baseline = NgramBaseline(TRAINING, TRAINING[:10])
    asked = [
        _ask("the color of the snow", "?"),
        _ask("香蕉什么颜色", "?", "zh"),
        _ask("is it a dog", "?"),
        _ask("啥", "?", "zh"),
    ]
    assert baseline.predict(asked)[:3] == ["white", "黄色", "yes"]
    assert len(baseline.predict(asked)) == 4
    assert baseline.predict([]) == []


def test_without_questions_it_is_refused() -> None:
    with pytest.raises(ValueError, match="no questions"):
        NgramBaseline([], TRAINING)
