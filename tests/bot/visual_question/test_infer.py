"""python -m pytest tests/bot/visual_question/test_infer.py"""

from __future__ import annotations

import json
import time

import pytest

from bot.visual_question.codec import Codec
from bot.visual_question.config import Config
from bot.visual_question.infer import FRESH, OPEN, POINTED, SAID, SEEN, SHOWN, Asked, VisualQuestion
from data import artifact, paths
from data.records import LANGUAGES, Language
from tests.bot.visual_question.messages import ABOUT, OTHER

SHIPPED = paths.artifacts_dir() / "visual-question"


@pytest.fixture(scope="module")
def reader() -> VisualQuestion:
    return VisualQuestion(SHIPPED)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_asks_about_the_picture_is_told_from_what_does_not(reader: VisualQuestion, language: Language) -> None:
    assert min(len(ABOUT[language]), len(OTHER[language])) >= 40
    missed = [text for text in ABOUT[language] if reader.asked(text, language) is None]
    stolen = [text for text in OTHER[language] if reader.asked(text, language) is not None]
    assert len(missed) <= 1, missed
    assert len(stolen) <= 1, stolen


@pytest.mark.parametrize("language", LANGUAGES)
def test_right_after_the_picture_was_talked_about_next_to_nothing_is_missed(
    reader: VisualQuestion, language: Language
) -> None:
    missed = [text for text in ABOUT[language] if reader.asked(text, language, near=True) is None]
    assert len(missed) <= 1, missed
    claimed = [found for text in OTHER[language] if (found := reader.asked(text, language, near=True))]
    # A stored reply that fits is more probable than OPEN.
    assert len([one for one in claimed if one.claim > OPEN]) <= 1
    assert len(claimed) <= len(OTHER[language]) / 5


@pytest.mark.parametrize(
    ("text", "language", "asked"),
    [
        ("看", "zh", Asked("caption", SHOWN)),
        ("look at him!", "en", Asked("caption", SHOWN)),
        ("怎么退款?", "zh", Asked("answer", FRESH)),
        ("can I get a refund for this one?", "en", Asked("answer", FRESH)),
        ("描述这张照片", "zh", Asked("caption", SAID)),
        ("How many people are in this photo?", "en", Asked("answer", SAID)),
    ],
)
def test_with_a_new_picture_every_message_is_about_it_more_or_less(
    reader: VisualQuestion, text: str, language: Language, asked: Asked
) -> None:
    assert reader.asked(text, language, fresh=True) == asked


@pytest.mark.parametrize(
    ("text", "language", "wants", "claim"),
    [
        ("几个人?", "zh", "answer", SEEN),
        ("幾隻狗？", "zh", "answer", SEEN),
        ("描述一下这张图", "zh", "caption", SAID),
        ("这是什么", "zh", "caption", POINTED),
        ("How many people are there?", "en", "answer", SEEN),
        ("What’s this?", "en", "caption", POINTED),
        ("ＷＨＡＴ ｃｏｌｏｕｒ is the dog", "en", "answer", SEEN),
    ],
)
def test_what_is_wanted_and_how_probable_it_is(
    reader: VisualQuestion, text: str, language: Language, wants: str, claim: float
) -> None:
    found = reader.asked(text, language)
    assert found is not None
    assert (found.wants, found.claim) == (wants, claim)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text", ["", "?", "？！", "x" * 5000, "几" * 3000, "how many " * 600, "的男人在" * 900, "\x00", "\ud83d", "🐶🐶"]
)
def test_odd_texts_are_read_and_claim_nothing_wild(reader: VisualQuestion, text: str, language: Language) -> None:
    began = time.process_time()
    found = reader.asked(text, language)
    # Not a bound on speed: what grew with the square of the length would take minutes.
    assert time.process_time() - began < 5
    assert found is None or 0 < found.claim <= 1


def test_things_are_known_by_their_kind() -> None:
    codec = Codec(1 << 16)
    giraffe, zebra = (set(codec.units(f"How many {what} are there?", "en")) for what in ("trombones", "dogs"))
    assert "en~how many ANIMAL" in zebra - giraffe
    assert {"zh~几 只 ANIMAL", "zh:几 只 狗"} <= set(codec.units("几只狗？", "zh"))
    assert codec.units("几只狗", "zh") == codec.units("几只狗？？", "zh")


def test_the_golden_says_what_the_weights_say(reader: VisualQuestion) -> None:
    golden = artifact.open(SHIPPED).read_golden()
    for text, language, wanted in zip(golden["text"], golden["language"], golden["probability"], strict=True):
        assert reader.learned.probability(str(text), str(language)) == pytest.approx(float(wanted), abs=1e-4)  # type: ignore[arg-type]


def test_a_config_comes_back_as_it_went() -> None:
    config = Config(64, -0.25, {"zh": 0.75, "en": 0.5}, {"zh": 0.25, "en": 0.125})
    assert Config.from_dict(json.loads(json.dumps(config.to_dict()))) == config
