"""python -m pytest tests/retrieval/test_hybrid.py"""

import numpy as np
import pytest

from data.records import Entry, Language, Place
from retrieval.calibrate import Asked, calibrated, held_out, measured
from retrieval.calibration import Calibration, fit
from retrieval.hybrid import FEATURES, Analysed, Hybrid


def entry(id: str, language: Language, questions: tuple[str, ...], reply: str) -> Entry:
    return Entry(id, language, questions, reply, Place("faq.csv", 1))


ENTRIES = [
    entry(
        "cnn.zh", "zh", ("什么是卷积神经网络", "CNN 是什么", "介绍一下卷积网络"), "卷积神经网络用卷积核在图片上滑动。"
    ),
    entry(
        "cnn.en",
        "en",
        ("what is a convolutional neural network", "explain CNNs"),
        "A CNN slides kernels over a picture.",
    ),
    entry("rnn.zh", "zh", ("什么是循环神经网络", "RNN 是什么", "循环网络怎么记忆"), "循环神经网络一步一步读序列。"),
    entry(
        "rnn.en", "en", ("what is a recurrent neural network", "explain RNNs"), "An RNN reads a sequence step by step."
    ),
    entry("hello.zh", "zh", ("你好", "嗨", "在吗"), "你好呀！"),
    entry("hello.en", "en", ("hello", "hi there"), "Hello!"),
]
EVEN = Calibration(FEATURES, tuple(1.0 for _ in FEATURES), -4.0, 0.5, 0.05)


@pytest.fixture
def index() -> Hybrid:
    return Hybrid(calibration=EVEN).changed(ENTRIES)


@pytest.mark.parametrize(
    ("question", "language", "wanted"),
    [
        ("什么是卷积神经网络", "zh", "cnn.zh"),
        ("卷積神經網路是甚麼？", "zh", "cnn.zh"),
        ("ＣＮＮ是啥", "zh", "cnn.zh"),
        ("convolutional nets", "en", "cnn.en"),
        ("what is a recurent network", "en", "rnn.en"),
        ("HELLO!!!", "en", "hello.en"),
        ("你好👋", "zh", "hello.zh"),
    ],
)
def test_finds_what_was_meant(index: Hybrid, question: str, language: Language, wanted: str) -> None:
    assert index.search(question, language)[0].entry.id == wanted


def test_every_feature_lies_where_it_says(index: Hybrid) -> None:
    for question in ("什么是卷积神经网络", "explain recurrent CNNs please", "完全无关的问题", "zzz qqq"):
        for hit in index.measured(Analysed.of(question), "zh"):
            assert set(hit.features) == set(FEATURES)
            for name, value in hit.features.items():
                assert (-1 if name.startswith("ahead") else 0) <= value <= 1, (question, name, value)


def test_a_stored_question_is_the_same_as_itself(index: Hybrid) -> None:
    hit = index.search("CNN是什么？", "zh")[0]
    assert (hit.question, hit.features["same"]) == ("CNN 是什么", 1.0)
    assert index.search("ｃｎｎ 是什么呢", "zh")[0].features["same"] == 0.0
    assert Analysed.of("C++?").plain != Analysed.of("C#?").plain


@pytest.mark.parametrize("question", ["", "？？！", "\u200b", "…"])
def test_nothing_to_match_finds_nothing(index: Hybrid, question: str) -> None:
    assert index.search(question, "zh") == []


def test_an_empty_knowledge_finds_nothing() -> None:
    assert Hybrid(calibration=EVEN).search("你好", "zh") == []


def test_without_a_calibration_it_says_so() -> None:
    with pytest.raises(ValueError, match="no calibration"):
        Hybrid().changed(ENTRIES).search("hello", "en")


def test_changing_equals_building_anew(index: Hybrid) -> None:
    fresh = entry("gru.en", "en", ("what is a GRU", "gated recurrent unit"), "A GRU has two gates.")
    edited = entry("hello.zh", "zh", ("早上好", "早安"), "早！")
    changed = index.changed([fresh, edited], removed=["cnn.en", "never-there"])
    anew = Hybrid(calibration=EVEN).changed(
        [one for one in ENTRIES if one.id not in ("cnn.en", "hello.zh")] + [fresh, edited]
    )
    for question in ("早安", "GRU gates", "convolutional", "什么是循环网络", "你好"):
        ours, theirs = changed.search(question, "en"), anew.search(question, "en")
        assert [hit.entry.id for hit in ours] == [hit.entry.id for hit in theirs]
        assert np.allclose([hit.probability for hit in ours], [hit.probability for hit in theirs], atol=1e-5)
    assert index.search("convolutional", "en")[0].entry.id == "cnn.en", "the index before the change still stands"


def test_shares_add_up_to_the_probability(index: Hybrid) -> None:
    hit = index.search("什么是卷积", "zh")[0]
    shares = EVEN.shares(hit.features)
    assert hit.probability == pytest.approx(1 / (1 + np.exp(-(EVEN.bias + sum(shares.values())))))


def test_a_calibration_goes_through_json_and_back() -> None:
    assert Calibration.from_dict(EVEN.to_dict()) == EVEN


def test_the_fit_finds_the_weights_that_made_the_data() -> None:
    chance = np.random.default_rng(5)
    features = chance.normal(size=(20_000, 2))
    labels = chance.random(20_000) < 1 / (1 + np.exp(-(features @ [2.0, -1.0] + 0.5)))
    weights, bias = fit(("a", "b"), features, labels)
    assert weights == pytest.approx((2.0, -1.0), abs=0.1)
    assert bias == pytest.approx(0.5, abs=0.1)


def test_the_fit_wants_both_kinds_of_examples() -> None:
    with pytest.raises(ValueError, match="both right and wrong"):
        fit(("a",), np.ones((3, 1)), np.ones(3, dtype=np.bool_))


def test_held_out_questions_are_not_in_the_index_that_answers_them() -> None:
    tried = held_out(ENTRIES, folds=3, off_topic=0.3)
    assert {one.asked.entry is None for one in tried} == {True, False}
    for one in tried:
        assert all(hit.features["same"] == 0.0 for hit in one.hits)
        if one.asked.entry is None:
            assert all(one.asked.question not in hit.entry.questions for hit in one.hits)


def test_the_floor_rejects_the_share_that_was_asked_for(index: Hybrid) -> None:
    off_topic = [
        Asked(text, "zh", None) for text in ("今天股票涨了吗", "怎么修自行车", "红烧肉怎么做", "什么是黑洞", "你吃了吗")
    ]
    tried = measured(index, off_topic)
    rules = calibrated(held_out(ENTRIES), tried, rejected=0.8, margin=0.05)
    best = [max((rules.probability(hit.features) for hit in one.hits), default=0.0) for one in tried]
    assert sum(value < rules.floor for value in best) / len(best) >= 0.8
