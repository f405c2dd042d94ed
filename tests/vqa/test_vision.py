"""python -m pytest tests/vqa/test_vision.py"""

from __future__ import annotations

from pathlib import Path

import pytest

from data.artifact import ArtifactError
from data.records import LANGUAGES, Language
from tests.vqa import tiny
from tests.vqa.fake_vision import FakeAnswerer, FakeCaptioner, FakeEncoder, build_vision, draw_square
from vqa.caption.infer import Captioner
from vqa.encoder.infer import Encoder
from vqa.overlay import overlay_tokens
from vqa.vision import Vision, has_artifacts, is_non_commercial, load_vision


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_describes_by_both_models_and_answers(language: Language) -> None:
    one = build_vision()
    for basic in (False, True):
        captions = one.caption(draw_square("red"), language, basic)
        assert {"zh": "红色", "en": "red"}[language] in captions[0].text
        assert bool(len(captions[0].attention)) != basic
    assert one.answer(draw_square("red"), "?", language).answers[0].text == {"zh": "红色", "en": "red"}[language]


def test_without_a_basic_model_it_has_no_basic_captions() -> None:
    assert (
        Vision(FakeEncoder(), FakeCaptioner(), None, FakeAnswerer()).caption(draw_square("red"), "en", basic=True) == ()
    )


@pytest.mark.parametrize("stranger", ["captioner", "captioner-basic", "answerer"])
def test_models_of_another_encoder_are_refused_when_opened(stranger: str) -> None:
    encoders = dict.fromkeys(("captioner", "captioner-basic", "answerer"), "eye 1") | {stranger: "eye 2"}
    with pytest.raises(ArtifactError, match=f"{stranger} was trained on features of eye 2, but the encoder is eye 1"):
        Vision(
            FakeEncoder(),
            FakeCaptioner(encoder=encoders["captioner"]),
            FakeCaptioner(encoder=encoders["captioner-basic"]),
            FakeAnswerer(encoder=encoders["answerer"]),
        )


def test_what_is_missing_is_said_and_may_come_later(tmp_path: Path) -> None:
    assert not has_artifacts(tmp_path)
    assert not is_non_commercial(tmp_path)
    for _ in range(2):
        with pytest.raises(ArtifactError, match=r"encoder: manifest\.json is missing"):
            load_vision(tmp_path)


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "左上角有一个红色的方块。"), ("en", "A red square in the top left corner.")]
)
def test_a_real_encoder_and_real_captioners_work_together(language: Language, said: str) -> None:
    encoder = Encoder(tiny.ENCODER)
    captioners = [Captioner(tiny.CAPTIONERS[form]) for form in ("attention", "basic")]
    one = Vision(encoder, captioners[0], captioners[1], FakeAnswerer(encoder=encoder.version))
    picture = tiny.picture("red.png")
    for basic in (False, True):
        best = one.caption(picture, language, basic)[0]
        assert best.text == said
        assert len(overlay_tokens(picture, best.tokens, best.attention)) == (0 if basic else len(best.tokens))
    with pytest.raises(ArtifactError, match="captioner was trained on features of eye 9"):
        Vision(FakeEncoder(version="other"), FakeCaptioner(encoder="eye 9"), None, FakeAnswerer(encoder="other"))
