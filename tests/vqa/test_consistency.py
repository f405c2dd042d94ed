"""python -m pytest tests/vqa/test_consistency.py"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from data.records import Language
from tests.vqa.fake_vision import FakeAnswerer, FakeCaptioner, FakeEncoder, draw_square
from vqa.consistency import CONTENTS, is_stated, name_missing_class
from vqa.encoder.class_names import ClassName, NamedClass
from vqa.encoder.content import Content
from vqa.encoder.infer import Features
from vqa.vision import Vision

ZEBRA, RED_FOX = 340, 277


@dataclass
class ContentEncoder(FakeEncoder):
    """An encoder whose pictures have a content, and perhaps a class that it is sure of."""

    content: Content = "photo"
    classes: dict[int, float] = field(default_factory=dict)

    def encode(self, picture: bytes) -> Features:
        probabilities = np.zeros(1000, dtype=np.float32)
        probabilities[list(self.classes)] = list(self.classes.values())
        return replace(super().encode(picture), content=self.content, classes=probabilities)


def _see(encoder: FakeEncoder, log_prob: float = -0.3) -> Vision:
    return Vision(encoder, FakeCaptioner(log_prob=log_prob), None, FakeAnswerer())


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("content", ["blank", "noise"])
def test_what_has_no_content_is_called_that(content: Content, language: Language) -> None:
    (caption,) = _see(ContentEncoder(content=content)).caption(draw_square("white"), language)
    assert caption.text == CONTENTS[content][language]
    assert len(caption.tokens) == len(caption.attention) == 0


def test_a_drawing_is_called_one_unless_the_captioner_knows_drawings() -> None:
    unsure, sure = (_see(ContentEncoder(content="drawing"), log_prob) for log_prob in (-2.0, -0.01))
    assert unsure.caption(draw_square("red"), "en")[0].text == CONTENTS["drawing"]["en"]
    assert sure.caption(draw_square("red"), "en")[0].text == "A red picture."


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "A red picture. I think there is a zebra in it."), ("zh", "一张红色图片。图里好像有斑马。")],
)
def test_a_class_that_the_caption_lacks_is_named(language: Language, said: str) -> None:
    vision = _see(ContentEncoder(classes={ZEBRA: 0.9}), log_prob=-0.8)
    assert vision.caption(draw_square("red"), language)[0].text == said
    doubtful = _see(ContentEncoder(classes={ZEBRA: 0.9}), log_prob=-3.0)
    assert (
        doubtful.caption(draw_square("red"), language)[0].text
        == said.split("." if language == "en" else "。", 1)[1].strip()
    )
    unsure = _see(ContentEncoder(classes={ZEBRA: 0.4}), log_prob=-0.8)
    sure = _see(ContentEncoder(classes={ZEBRA: 0.9}), log_prob=-0.3)
    for quiet in (unsure, sure):
        assert (
            quiet.caption(draw_square("red"), language)[0].text
            == {"en": "A red picture.", "zh": "一张红色图片。"}[language]
        )


def test_a_class_that_the_caption_names_is_not_named_twice() -> None:
    fox = NamedClass(ClassName("red fox", "赤狐"), ClassName("fox", "狐狸"), 0.9)
    assert name_missing_class("A fox in the snow.", fox, "en") is None
    assert name_missing_class("雪地里的一只狐狸。", fox, "zh") is None
    assert name_missing_class("A brown cat.", fox, "en") == "I think there is a red fox in it."
    ants = NamedClass(ClassName("ant", "蚂蚁"), ClassName("ant", "蚂蚁"), 0.9)
    assert name_missing_class("A leaf.", ants, "en") == "I think there is an ant in it."
    pizza = NamedClass(ClassName("pizza", "披萨"), ClassName("pizza", "披萨"), 0.9)
    assert name_missing_class("A plate.", pizza, "en") == "I think there is pizza in it."


@pytest.mark.parametrize(
    ("language", "question", "yes"),
    [("en", "Is there a red picture?", "yes"), ("zh", "图里有没有红色？", "有"), ("zh", "有图片吗", "有")],
)
def test_an_answer_does_not_deny_the_caption(language: Language, question: str, yes: str) -> None:
    found = _see(FakeEncoder()).answer(draw_square("red"), question, language)
    assert found.answers[0].text == yes
    assert not found.is_confident


@pytest.mark.parametrize(
    ("language", "question"),
    [("en", "Is there a blue picture?"), ("zh", "图里有没有狗？"), ("en", "is it red, is there none?")],
)
def test_what_the_caption_does_not_name_is_answered_as_it_was(language: Language, question: str) -> None:
    found = _see(FakeEncoder()).answer(draw_square("red"), question, language)
    assert found.answers[0].text in ("no", "没有")
    assert found.is_confident


def test_only_the_thing_that_is_asked_for_counts() -> None:
    assert is_stated("are there people?", "A person rides a horse.", "en")
    assert is_stated("Can you see a tennis racket in this picture?", "A woman swings a tennis racket.", "en")
    assert not is_stated("Is there a tennis ball?", "A woman swings a tennis racket.", "en")
    assert not is_stated("Is the horse brown?", "A brown horse.", "en")
    assert is_stated("照片里有没有自行车？", "一个人在骑自行车。", "zh")
    assert not is_stated("照片里有几辆自行车？", "一个人在骑自行车。", "zh")
