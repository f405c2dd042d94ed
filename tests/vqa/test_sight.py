"""python -m pytest tests/vqa/test_sight.py"""

from __future__ import annotations

from pathlib import Path

import pytest

from data.artifact import ArtifactError
from data.records import LANGUAGES, Language
from tests.vqa import tiny
from tests.vqa.seeing import Eye, Knower, Teller, sight, square
from vqa.caption.infer import Captioner
from vqa.encoder.infer import Encoder
from vqa.overlay import strip
from vqa.sight import Sight, non_commercial, open_sight, present


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_describes_by_both_models_and_answers(language: Language) -> None:
    one = sight()
    for basic in (False, True):
        captions = one.captions(square("red"), language, basic)
        assert {"zh": "红色", "en": "red"}[language] in captions[0].text
        assert bool(len(captions[0].attention)) != basic
    assert one.answer(square("red"), "?", language).answers[0].text == {"zh": "红色", "en": "red"}[language]


def test_without_a_basic_model_it_has_no_basic_captions() -> None:
    assert Sight(Eye(), Teller(), None, Knower()).captions(square("red"), "en", basic=True) == ()


@pytest.mark.parametrize("stranger", ["captioner", "captioner-basic", "answerer"])
def test_models_of_another_encoder_are_refused_when_opened(stranger: str) -> None:
    encoders = dict.fromkeys(("captioner", "captioner-basic", "answerer"), "eye 1") | {stranger: "eye 2"}
    with pytest.raises(ArtifactError, match=f"{stranger} knows what eye 2 sees, and the encoder is eye 1"):
        Sight(
            Eye(),
            Teller(encoder=encoders["captioner"]),
            Teller(encoder=encoders["captioner-basic"]),
            Knower(encoder=encoders["answerer"]),
        )


def test_what_is_missing_is_said_and_may_come_later(tmp_path: Path) -> None:
    assert not present(tmp_path)
    assert not non_commercial(tmp_path)
    for _ in range(2):
        with pytest.raises(ArtifactError, match=r"encoder: manifest\.json is missing"):
            open_sight(tmp_path)


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "左上角有一个红色的方块。"), ("en", "A red square in the top left corner.")]
)
def test_a_real_encoder_and_real_captioners_work_together(language: Language, said: str) -> None:
    encoder = Encoder(tiny.ENCODER)
    captioners = [Captioner(tiny.CAPTIONERS[form]) for form in ("attention", "basic")]
    one = Sight(encoder, captioners[0], captioners[1], Knower(encoder=encoder.version))
    picture = tiny.picture("red.png")
    for basic in (False, True):
        best = one.captions(picture, language, basic)[0]
        assert best.text == said
        assert len(strip(picture, best.tokens, best.attention)) == (0 if basic else len(best.tokens))
    with pytest.raises(ArtifactError, match="captioner knows what eye 9 sees"):
        Sight(Eye(version="other"), Teller(encoder="eye 9"), None, Knower(encoder="other"))
