"""python -m pytest tests/bot/visual_intent/test_infer.py"""

from __future__ import annotations

import json
import time

import pytest

from bot.visual_intent.config import Config
from bot.visual_intent.featurizer import Featurizer
from bot.visual_intent.infer import (
    FOLLOW_UP,
    NEW_PICTURE,
    PICTURE_ALONE,
    PICTURE_NAMED,
    POINTING,
    VISUAL_QUESTION,
    VisualIntent,
    VisualIntentClassifier,
)
from data import artifact, paths
from data.records import LANGUAGES, Language
from tests.bot.visual_intent.messages import ABOUT, OTHER

SHIPPED = paths.artifacts_dir() / "visual-question"


@pytest.fixture(scope="module")
def classifier() -> VisualIntentClassifier:
    return VisualIntentClassifier(SHIPPED)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_asks_about_the_picture_is_told_from_what_does_not(
    classifier: VisualIntentClassifier, language: Language
) -> None:
    assert min(len(ABOUT[language]), len(OTHER[language])) >= 40
    missed = [text for text in ABOUT[language] if classifier.classify(text, language) is None]
    stolen = [text for text in OTHER[language] if classifier.classify(text, language) is not None]
    assert len(missed) <= 1, missed
    assert len(stolen) <= 1, stolen


@pytest.mark.parametrize("language", LANGUAGES)
def test_right_after_the_picture_was_talked_about_next_to_nothing_is_missed(
    classifier: VisualIntentClassifier, language: Language
) -> None:
    missed = [text for text in ABOUT[language] if classifier.classify(text, language, follows_picture=True) is None]
    assert len(missed) <= 1, missed
    claimed = [
        found for text in OTHER[language] if (found := classifier.classify(text, language, follows_picture=True))
    ]
    # A stored reply that fits is more probable than FOLLOW_UP.
    assert len([one for one in claimed if one.confidence > FOLLOW_UP]) <= 1
    assert len(claimed) <= len(OTHER[language]) / 5


@pytest.mark.parametrize(
    ("text", "language", "intent"),
    [
        ("看", "zh", VisualIntent("caption", PICTURE_ALONE)),
        ("look at him!", "en", VisualIntent("caption", PICTURE_ALONE)),
        ("怎么退款?", "zh", VisualIntent("answer", NEW_PICTURE)),
        ("can I get a refund for this one?", "en", VisualIntent("answer", NEW_PICTURE)),
        ("描述这张照片", "zh", VisualIntent("caption", PICTURE_NAMED)),
        ("How many people are in this photo?", "en", VisualIntent("answer", PICTURE_NAMED)),
    ],
)
def test_with_a_new_picture_every_message_is_about_it_more_or_less(
    classifier: VisualIntentClassifier, text: str, language: Language, intent: VisualIntent
) -> None:
    assert classifier.classify(text, language, is_new_picture=True) == intent


@pytest.mark.parametrize(
    ("text", "language", "kind", "confidence"),
    [
        ("几个人?", "zh", "answer", VISUAL_QUESTION),
        ("幾隻狗？", "zh", "answer", VISUAL_QUESTION),
        ("描述一下这张图", "zh", "caption", PICTURE_NAMED),
        ("这是什么", "zh", "caption", POINTING),
        ("How many people are there?", "en", "answer", VISUAL_QUESTION),
        ("What’s this?", "en", "caption", POINTING),
        ("ＷＨＡＴ ｃｏｌｏｕｒ is the dog", "en", "answer", VISUAL_QUESTION),
    ],
)
def test_what_is_wanted_and_how_probable_it_is(
    classifier: VisualIntentClassifier, text: str, language: Language, kind: str, confidence: float
) -> None:
    found = classifier.classify(text, language)
    assert found is not None
    assert (found.kind, found.confidence) == (kind, confidence)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text", ["", "?", "？！", "x" * 5000, "几" * 3000, "how many " * 600, "的男人在" * 900, "\x00", "\ud83d", "🐶🐶"]
)
def test_odd_texts_are_read_and_claim_nothing_wild(
    classifier: VisualIntentClassifier, text: str, language: Language
) -> None:
    began = time.process_time()
    found = classifier.classify(text, language)
    # Not a bound on speed: what grew with the square of the length would take minutes.
    assert time.process_time() - began < 5
    assert found is None or 0 < found.confidence <= 1


def test_things_are_known_by_their_kind() -> None:
    featurizer = Featurizer(1 << 16)
    giraffe, zebra = (
        set(featurizer.list_features(f"How many {what} are there?", "en")) for what in ("trombones", "dogs")
    )
    assert "en~how many ANIMAL" in zebra - giraffe
    assert {"zh~几 只 ANIMAL", "zh:几 只 狗"} <= set(featurizer.list_features("几只狗？", "zh"))
    assert featurizer.list_features("几只狗", "zh") == featurizer.list_features("几只狗？？", "zh")


def test_the_golden_says_what_the_weights_say(classifier: VisualIntentClassifier) -> None:
    golden = artifact.open(SHIPPED).read_golden()
    for text, language, wanted in zip(golden["text"], golden["language"], golden["probability"], strict=True):
        assert classifier.model.probability(str(text), str(language)) == pytest.approx(float(wanted), abs=1e-4)  # type: ignore[arg-type]


def test_a_config_comes_back_as_it_went() -> None:
    config = Config(64, -0.25, {"zh": 0.75, "en": 0.5}, {"zh": 0.25, "en": 0.125})
    assert Config.from_dict(json.loads(json.dumps(config.to_dict()))) == config
