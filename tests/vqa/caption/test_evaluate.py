"""python -m pytest tests/vqa/caption/test_evaluate.py"""

from __future__ import annotations

from pathlib import Path

import pytest

from data.records import LANGUAGES, CaptionedPicture, Language
from tests.vqa import tiny
from vqa.caption.codec import tokens
from vqa.caption.evaluate import best_of, compared, evaluate, most_frequent, of_nearest
from vqa.caption.infer import Captioner
from vqa.encoder.infer import Encoder
from vqa.encoder.store import Store, store


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Store:
    pictures = ((name, tiny.picture(name)) for name in tiny.SCENES)
    return store(Encoder(tiny.ENCODER), pictures, tmp_path_factory.mktemp("features"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_known_by_heart_measures_perfect_and_the_blind_baseline_does_not(
    features: Store, language: Language
) -> None:
    perfect = evaluate(best_of(Captioner(tiny.CAPTIONERS["attention"]), language), tiny.EXAMPLES, features, language)
    assert perfect.measures["BLEU-1"] == perfect.measures["BLEU-4"] == pytest.approx(100.0)
    assert perfect.measures["ROUGE-L"] == pytest.approx(1.0)
    assert perfect.measures["different captions"] == 1.0
    assert perfect.measures["length"] == perfect.measures["length of people"]
    assert perfect.captions[0] == tokens(tiny.EXAMPLES[0].captions[language][0], language)
    blind = evaluate(most_frequent(tiny.EXAMPLES, language), tiny.EXAMPLES, features, language)
    assert 0 < blind.measures["BLEU-4"] < 90
    assert blind.measures["CIDEr-D"] < perfect.measures["CIDEr-D"]
    assert blind.measures["different captions"] == 1 / 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_nearest_photo_lends_its_caption(features: Store, language: Language) -> None:
    own = evaluate(of_nearest(tiny.EXAMPLES, features, language), tiny.EXAMPLES, features, language)
    assert own.measures["BLEU-4"] == pytest.approx(100.0)
    others = evaluate(of_nearest(tiny.EXAMPLES[1:], features, language), tiny.EXAMPLES[:1], features, language)
    assert others.captions[0] in {tokens(one.captions[language][0], language) for one in tiny.EXAMPLES[1:]}


def test_of_several_captions_the_one_most_like_the_others_is_lent(features: Store) -> None:
    told = [CaptionedPicture("red.png", {"en": ("a red square there", "A red square .", "one red square"), "zh": ()})]
    assert of_nearest(told, features, "en")(features.features("red.png")) == ("a", "red", "square")
    with pytest.raises(ValueError, match="no captions in zh"):
        most_frequent(told, "zh")
    with pytest.raises(ValueError, match="no captions in zh"):
        of_nearest(told, features, "zh")


def test_the_most_frequent_caption_is_counted_as_it_is_compared() -> None:
    told = [CaptionedPicture("a", {"zh": ("一只狗。", "两个人")}), CaptionedPicture("b", {"zh": ("一隻狗", "三个人")})]
    features = Encoder(tiny.ENCODER).features(tiny.picture("red.png"))
    assert most_frequent(told, "zh")(features) == ("一", "只", "狗")


def test_several_references_count(tmp_path: Path) -> None:
    pictures = [CaptionedPicture("a", {"en": ("A dog runs in the snow .", "Two white dogs play")})]
    found = compared([("two", "white", "dogs", "play")], pictures, "en")
    assert found["BLEU-4"] == pytest.approx(100.0)
    assert found["length of people"] == 5.0
    with pytest.raises(ValueError, match="at least one"):
        compared([], [], "en")
