"""python -m pytest tests/bot/ranker/test_features.py"""

from __future__ import annotations

import math

import pytest

from bot.ranker.features import FEATURES, contradict, extract_features
from bot.ranker.train import build_context
from bot.types import Candidate, Evidence
from data.records import Language


def build_written(text: str, log_prob: float = -1.0, asked: float = -2.0) -> Candidate:
    return Candidate(text, "written", 0.3, Evidence(features={"log_prob": log_prob, "asked": asked, "fluency": -4.0}))


def extract(said: list[str], text: str, language: Language = "zh") -> dict[str, float]:
    return extract_features(build_context(said, language), build_written(text))


def test_a_stored_candidate_has_its_probability_and_nothing_else() -> None:
    features = extract_features(build_context(["你好"], "zh"), Candidate("hello hello hello", "retrieved", 0.8))
    assert features.pop("match") == pytest.approx(math.log(4))
    assert set(features.values()) == {0.0}
    for score in (0.0, 1.0):
        sure = extract_features(build_context(["hi"], "en"), Candidate("hello", "tooled", score))
        assert math.isfinite(sure["match"])


@pytest.mark.parametrize(
    ("said", "text", "language", "name", "wanted"),
    [
        (["今天好累"], "早点休息吧", "zh", "other_language", 0.0),
        (["今天好累"], "get some rest", "zh", "other_language", 1.0),
        (["so tired"], "早点休息吧", "en", "other_language", 1.0),
        (["so tired"], "get some rest", "en", "other_language", 0.0),
        (["用什么写"], "用 Python 写", "zh", "other_language", 0.0),
        (["好累"], "好的好的好的", "zh", "repeats", 0.6),
        (["so tired"], "i see i see i see", "en", "repeats", 0.6),
        (["我很累"], "我很累", "zh", "echoes", 1.0),
        (["so tired"], "why not rest", "en", "echoes", 0.0),
        (["好累"], "嗯", "zh", "length", math.log(2)),
        (["hi"], "well " * 40, "en", "length", math.log(41)),
        (["现在几点了"], "不知道", "zh", "question", 1.0),
        (["what time is it"], "no idea", "en", "question", 1.0),
        (["今天好累"], "不知道", "zh", "question", 0.0),
        (["哪里", "在北京。", "哦"], "在北京。", "zh", "said_before", 1.0),
        (["do you like cats", "I like cats.", "really"], "I don't like cats.", "en", "contradicts", 1.0),
        (["你喜欢猫吗", "我喜欢猫。", "真的"], "我不喜欢猫。", "zh", "contradicts", 1.0),
        (["你喜欢猫吗", "我喜欢猫。", "真的"], "今天不热。", "zh", "contradicts", 0.0),
    ],
)
def test_what_a_reply_looks_like(said: list[str], text: str, language: Language, name: str, wanted: float) -> None:
    features = extract(said, text, language)
    assert tuple(features) == FEATURES
    assert features[name] == pytest.approx(wanted)
    assert features["written"] == 1.0
    assert (features["log_prob"], features["asked"], features["fluency"]) == (2.0, 1.0, -1.0)


def test_log_probabilities_that_are_missing_or_endless_are_bounded() -> None:
    bare = extract_features(build_context(["hi"], "en"), Candidate("hello there", "remote", 0.5))
    assert (bare["log_prob"], bare["asked"], bare["fluency"]) == (0.0, 0.0, 0.0)
    low = extract_features(build_context(["hi"], "en"), build_written("hello", -math.inf, -math.inf))
    assert (low["log_prob"], low["asked"]) == (-3.0, -6.0)


def test_the_same_words_without_a_denial_are_no_contradiction() -> None:
    assert not contradict("I like cats", "I like cats")
    assert not contradict("我不喜欢猫", "我不喜欢猫")
    assert not contradict("", "")


def test_the_bot_spoke_before_the_person_did() -> None:
    context = build_context(["我养了一只狗", "它叫什么？", "豆豆"], "zh")
    assert context.message.text == "豆豆"
    assert [turn.reply.text for turn in context.turns] == ["它叫什么？"]
    assert [turn.reply.text for turn in build_context(["one", "two"], "en").turns] == ["one"]
    assert build_context(["hi"], "en").turns == ()
