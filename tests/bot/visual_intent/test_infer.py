"""python -m pytest tests/bot/visual_intent/test_infer.py"""

from __future__ import annotations

import json
import time

import pytest

from bot.visual_intent.config import Config
from bot.visual_intent.featurizer import Featurizer
from bot.visual_intent.infer import (
    CLOCK,
    ELSEWHERE,
    FOLLOW_UP,
    PICTURE_NAMED,
    POINTING,
    STATEMENT,
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
    missed = [text for text in ABOUT[language] if classifier.classify(text, language, turns_since=0) is None]
    assert len(missed) <= 1, missed
    claimed = [found for text in OTHER[language] if (found := classifier.classify(text, language, turns_since=0))]
    # A stored reply that fits is more probable than most of these.
    assert len([one for one in claimed if one.confidence > max(FOLLOW_UP) - 0.05]) <= 2
    assert len(claimed) <= len(OTHER[language]) / 5


@pytest.mark.parametrize(
    ("text", "language", "intent"),
    [
        ("看", "zh", VisualIntent("caption", STATEMENT)),
        ("look at him!", "en", VisualIntent("caption", STATEMENT)),
        ("怎么退款?", "zh", VisualIntent("answer", ELSEWHERE)),
        ("can I get a refund for this one?", "en", VisualIntent("answer", ELSEWHERE)),
        ("描述这张照片", "zh", VisualIntent("caption", PICTURE_NAMED)),
        ("How many people are in this photo?", "en", VisualIntent("answer", PICTURE_NAMED)),
    ],
)
def test_with_a_new_picture_every_message_is_about_it_more_or_less(
    classifier: VisualIntentClassifier, text: str, language: Language, intent: VisualIntent
) -> None:
    assert classifier.classify(text, language, is_new_picture=True) == intent


@pytest.mark.parametrize(("text", "language"), [("现在几点", "zh"), ("几点了呀？", "zh"), ("What time is it?", "en")])
def test_the_time_is_that_of_the_picture_right_behind_it_alone(
    classifier: VisualIntentClassifier, text: str, language: Language
) -> None:
    assert classifier.classify(text, language, turns_since=0) == VisualIntent("answer", CLOCK)
    assert classifier.classify(text, language, is_new_picture=True) == VisualIntent("answer", CLOCK)
    for since in (1, 9, None):
        assert classifier.classify(text, language, turns_since=since) is None
    elsewhere = "纽约现在几点" if language == "zh" else "what time is it in Tokyo"
    assert classifier.classify(elsewhere, language, turns_since=0) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("他大概多大岁数", "zh"),
        ("哪个更重", "zh"),
        ("里面冷不冷", "zh"),
        ("是老虎吗", "zh"),
        ("how old might he be", "en"),
        ("which one is heavier", "en"),
        ("does it look cold", "en"),
        ("is it a tiger?", "en"),
        ("van or truck?", "en"),
    ],
)
def test_right_behind_the_picture_what_could_be_about_anybody_is_about_it(
    classifier: VisualIntentClassifier, text: str, language: Language
) -> None:
    found = classifier.classify(text, language, turns_since=0)
    assert found is not None
    assert FOLLOW_UP[0] <= found.confidence


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
    for text, language, wanted in zip(golden["text"], golden["language"], golden["recent"], strict=True):
        given = classifier.model.probability(str(text), str(language), "recent")  # type: ignore[arg-type]
        assert given == pytest.approx(float(wanted), abs=1e-4)


def test_a_config_comes_back_as_it_went() -> None:
    config = Config(64, -0.25, 0.5, {"zh": 0.75, "en": 0.5}, {"zh": 0.25, "en": 0.125})
    assert Config.from_dict(json.loads(json.dumps(config.to_dict()))) == config
