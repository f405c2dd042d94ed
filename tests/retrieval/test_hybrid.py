"""python -m pytest tests/retrieval/test_hybrid.py"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data import paths
from data.records import Entry, Language, Place
from data.text.language import language_of
from data.text.standardize import standardize
from retrieval import array_files, hybrid
from retrieval.array_files import DamagedIndexError
from retrieval.calibrate import (
    LabelledQuestion,
    build_design_matrix,
    choose_threshold,
    evaluate_trials,
    sample_stored,
    try_held_out,
    try_questions,
)
from retrieval.calibrate import fit as fit_trees
from retrieval.calibration import Calibration, fit
from retrieval.dense_index import DenseIndex
from retrieval.features import FEATURES, GROUPS
from retrieval.hybrid import Hybrid
from retrieval.paraphrase.infer import Judge, open_judge
from retrieval.postings import Floats
from retrieval.sentence_encoder.infer import NAME, SentenceEncoder
from retrieval.text_analysis import AnalysedText
from retrieval.vectors import LocalVectorIndex
from retrieval.word_similarity import WordSimilarity


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
EVEN = Calibration(("fused", "same", "all_words", "all_grams"), (4.0, 1.0, 1.0, 1.0), -3.0, 0.5, 0.05)


@pytest.fixture
def index() -> Hybrid:
    return Hybrid(calibration=EVEN).update(ENTRIES)


@pytest.fixture(scope="module")
def meaning() -> DenseIndex:
    model = SentenceEncoder(paths.artifacts_dir() / NAME)
    return DenseIndex(model, LocalVectorIndex(model.width), LocalVectorIndex(model.width))


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


SHARES = (
    "same", "language", "all_words", "all_grams", "phrasing_words", "phrasing_grams", "sound", "length", "negated", "opposed",
    "query_alone", "query_alone_most", "phrasing_alone", "query_unknown", "rival_alike", "own_asked", "rival_asked",
)  # fmt: skip


def test_every_feature_lies_where_it_says(index: Hybrid, meaning: DenseIndex, judge: Judge) -> None:
    whole = Hybrid(EVEN, meaning, judge).update(ENTRIES)
    for question in (
        "什么是卷积神经网络",
        "explain recurrent CNNs please",
        "完全无关的问题",
        "zzz qqq",
        "为什么不用 RNN 2.0",
    ):
        for one in (index, whole):
            hits = one.measure(AnalysedText.of(question), "zh")
            assert len(hits) <= 4
            for hit in hits:
                assert tuple(hit.features) == FEATURES
                assert all(0 <= hit.features[name] <= 1 for name in SHARES), (question, hit.features)
                assert all(-1.001 <= hit.features[name] <= 1.001 for name in ("meaning", "reply_meaning"))
                assert abs(hit.features["paraphrase"]) <= 8
            fused = [hit.features["fused"] for hit in hits]
            places = [hit.features["place"] for hit in hits]
            assert fused == sorted(fused, reverse=True), "the fused score orders what was found"
            assert places == sorted(places)
            assert set(places) <= {0, 1, 2, 3}


def test_every_feature_is_told_under_a_name() -> None:
    assert set(GROUPS) == set(FEATURES)
    assert len(set(FEATURES)) == len(FEATURES)


def test_a_stored_question_is_the_same_as_itself(index: Hybrid) -> None:
    hit = index.search("CNN是什么？", "zh")[0]
    assert (hit.question, hit.features["same"]) == ("CNN 是什么", 1.0)
    # Width, capitals and a closing particle ask for nothing else; another word may.
    assert index.search("ｃｎｎ 是什么呢", "zh")[0].features["same"] == 1.0
    assert index.search("CNN 是什么做的", "zh")[0].features["same"] == 0.0
    assert AnalysedText.of("C++?").plain != AnalysedText.of("C#?").plain


@pytest.mark.parametrize("question", ["", "？？！", "\u200b", "…"])
def test_nothing_to_match_finds_nothing(index: Hybrid, question: str) -> None:
    assert index.search(question, "zh") == []


def test_an_empty_knowledge_finds_nothing() -> None:
    assert Hybrid(calibration=EVEN).search("你好", "zh") == []


def test_without_a_calibration_it_says_so() -> None:
    with pytest.raises(ValueError, match="no calibration"):
        Hybrid().update(ENTRIES).search("hello", "en")


def test_changing_equals_building_anew(index: Hybrid) -> None:
    fresh = entry("gru.en", "en", ("what is a GRU", "gated recurrent unit"), "A GRU has two gates.")
    edited = entry("hello.zh", "zh", ("早上好", "早安"), "早！")
    changed = index.update([fresh, edited], removed=["cnn.en", "never-there"])
    anew = Hybrid(calibration=EVEN).update(
        [one for one in ENTRIES if one.id not in ("cnn.en", "hello.zh")] + [fresh, edited]
    )
    for question in ("早安", "GRU gates", "convolutional", "什么是循环网络", "你好"):
        ours, theirs = changed.search(question, "en"), anew.search(question, "en")
        assert [hit.entry.id for hit in ours] == [hit.entry.id for hit in theirs]
        assert np.allclose([hit.probability for hit in ours], [hit.probability for hit in theirs], atol=1e-5)
    assert index.search("convolutional", "en")[0].entry.id == "cnn.en", "the index before the change still stands"


def measure(index: Hybrid, question: str, language: Language = "zh") -> Mapping[str, dict[str, float]]:
    return {hit.entry.id: hit.features for hit in index.measure(AnalysedText.of(question), language)}


def test_what_was_saved_is_opened_without_the_dead_and_can_be_changed(index: Hybrid, tmp_path: Path) -> None:
    fresh = entry("gru.en", "en", ("what is a GRU", "门控循环单元"), "A GRU has two gates.")
    index = index.update([fresh], removed=["cnn.en"])
    index.save(tmp_path, {"revision": 7})
    opened, about = Hybrid.open(tmp_path, EVEN)
    assert (about["revision"], opened.entries.size, opened.entries.live_count) == (7, 6, 6)
    for question in ("什么是卷积神经网络", "GRU gates", "hello", "循环网络"):
        ours, theirs = measure(opened, question), measure(index, question)
        assert ours.keys() == theirs.keys()
        for id, features in ours.items():
            assert features == pytest.approx(theirs[id], abs=1e-5)
    again = opened.update([entry("cnn.en", "en", ("convolutions",), "Back again.")], removed=["gru.en"])
    assert again.search("convolutions", "en")[0].entry.reply == "Back again."
    assert "gru.en" not in measure(again, "what is a GRU", "en")
    assert opened.search("GRU", "en")[0].entry == fresh


def test_the_arrays_on_disk_have_the_names_that_older_indexes_have(index: Hybrid, tmp_path: Path) -> None:
    index.save(tmp_path, {})
    entries = {"texts", "begins", "phrasings", "ids", "id_places", "keys", "owners", "alive"}
    postings = {"keys", "starts", "docs", "counts", "containing", "peaks", "shortest", "lengths", "alive"}
    expected = {f"shelf.{name}" for name in entries} | {
        f"{part}.{name}" for part in ("by_words", "by_grams", "by_entry_words", "by_entry_grams") for name in postings
    }
    assert set(array_files.open(tmp_path).arrays) == expected


def test_an_empty_knowledge_can_be_saved(tmp_path: Path) -> None:
    Hybrid().save(tmp_path, {})
    opened, _ = Hybrid.open(tmp_path, EVEN)
    assert opened.search("你好", "zh") == []
    assert opened.update(ENTRIES).search("你好", "zh")[0].entry.id == "hello.zh"


def test_a_damaged_index_and_one_of_another_format_are_refused(index: Hybrid, tmp_path: Path) -> None:
    index.save(tmp_path, {})
    path = next(tmp_path.glob("*/by_grams.docs.npy"))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedIndexError, match=r"by_grams\.docs\.npy is damaged"):
        Hybrid.open(tmp_path)
    index.save(tmp_path, {"format": 99})
    with pytest.raises(DamagedIndexError, match="holds an index of format 99"):
        Hybrid.open(tmp_path)


def test_meaning_finds_what_words_cannot_and_follows_changes(meaning: DenseIndex) -> None:
    bye = entry("bye.zh", "zh", ("再见", "拜拜", "我先走了"), "再见！")
    index = Hybrid(EVEN, meaning).update([*ENTRIES, bye])
    assert "bye.zh" not in measure(replace(index, dense_index=None), "goodbye", "en")
    assert measure(index, "下次聊，溜了")["bye.zh"]["meaning_ahead"] > 0
    gone = index.update(removed=["bye.zh"])
    assert "bye.zh" not in measure(gone, "下次聊，溜了")


@pytest.mark.parametrize("text", ["卷积网络怎么用", "how does a recurrent net remember"])
def test_words_and_meaning_side_by_side_find_the_same(
    meaning: DenseIndex, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    index = Hybrid(EVEN, meaning).update(ENTRIES)
    one_after_the_other = index.search(text, language_of(text, "en"))
    monkeypatch.setattr(hybrid, "_MANY", 0)
    assert index.search(text, language_of(text, "en")) == one_after_the_other
    monkeypatch.setattr(meaning, "search", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        index.search(text, "en")


def test_a_moment_is_not_disturbed_by_vectors_of_a_later_one(meaning: DenseIndex) -> None:
    before = Hybrid(EVEN, meaning).update(ENTRIES)
    before.update([entry("later.en", "en", ("what happens later",), "Later.")])
    assert "later.en" not in measure(before, "what happens later", "en")


def test_of_an_entry_with_thousands_of_phrasings_the_one_that_was_found_is_named() -> None:
    phrasings = tuple(f"编号{number}的杂谈 number{number}" for number in range(3_000))
    index = Hybrid(EVEN).update([entry("talk.zh", "zh", phrasings, "哈哈"), *ENTRIES])
    assert index.search("编号2777的杂谈 number2777", "zh")[0].question == phrasings[2777]


class Listening(Judge):
    """A judge that remembers what it was asked."""

    def __init__(self, judge: Judge, similar: WordSimilarity) -> None:
        super().__init__(judge.config, similar)
        self.heard: list[str] = []

    def log_odds(self, question: str, phrasings: Sequence[str]) -> Floats:
        self.heard += phrasings
        return super().log_odds(question, phrasings)


@pytest.fixture(scope="module")
def judge() -> Listening:
    return Listening(open_judge(), WordSimilarity(paths.artifacts_dir() / "words"))


@pytest.mark.parametrize(
    ("question", "language", "meant", "rival"),
    [("卷积网络是什么", "zh", "cnn.zh", "rnn.zh"), ("can you explain what CNNs are", "en", "cnn.en", "rnn.en")],
)
def test_what_asks_the_same_is_ahead_by_paraphrase(
    index: Hybrid, judge: Listening, question: str, language: Language, meant: str, rival: str
) -> None:
    seen = measure(replace(index, judge=judge), question, language)
    assert 8 >= seen[meant]["paraphrase"] > seen[rival]["paraphrase"] >= -8
    witness = next(hit.question for hit in index.measure(AnalysedText.of(question), language) if hit.entry.id == meant)
    (odds,) = judge.log_odds(standardize(question), [standardize(witness)])
    assert seen[meant]["paraphrase"] == pytest.approx(np.clip(odds, -8, 8), abs=1e-5)
    assert {one["paraphrase"] for one in measure(index, question, language).values()} == {0.0}


def test_only_the_best_few_entries_are_judged_by_one_phrasing_each(judge: Listening) -> None:
    many = [entry(f"n{n}.zh", "zh", tuple(f"第{n}课讲{what}" for what in "什么啊呢吧"), f"第{n}课") for n in range(30)]
    judge.heard.clear()
    made = Hybrid(EVEN, judge=judge).update(many).measure(AnalysedText.of("第3课讲什么"), "zh")
    assert made[0].entry.id == "n3.zh"
    assert len(made) == len(judge.heard) == 4
    assert {standardize(hit.question) for hit in made} == set(judge.heard)


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
    tried = try_held_out(ENTRIES, folds=3, off_topic=0.3)
    assert {one.labelled.kind for one in tried} == {"same", "off topic"}
    for one in tried:
        assert all(hit.features["same"] == 0.0 for hit in one.hits)
        assert bool(one.labelled.entries) == (one.labelled.kind == "same")
        if not one.labelled.entries:
            assert all(one.labelled.question not in hit.entry.questions for hit in one.hits)


def test_stored_phrasings_are_asked_as_they_stand_and_found_first(index: Hybrid) -> None:
    tried = try_questions(index, sample_stored(ENTRIES, 5))
    assert len(tried) == 5
    for one in tried:
        assert one.hits[0].entry.id in one.labelled.entries
        assert one.hits[0].features["same"] == 1.0


OFF_TOPIC: list[tuple[str, Language]] = [
    *((text, "zh") for text in ("今天股票涨了吗", "怎么修自行车", "红烧肉怎么做", "什么是黑洞", "你吃了吗")),
    *((text, "en") for text in ("what is a black hole", "how do I fix a bike", "hi, is it raining", "who won the cup")),
]


@pytest.mark.train
def test_the_trees_learn_what_is_right_and_the_threshold_rejects_the_share_that_was_asked_for(index: Hybrid) -> None:
    pytest.importorskip("lightgbm")
    right = sample_stored(ENTRIES, 100)
    wrong = [LabelledQuestion(text, language, frozenset(), "off topic") for text, language in OFF_TOPIC]
    tried = try_questions(index, right * 8 + wrong * 8)
    rows, is_right, weights = build_design_matrix(tried)
    assert rows.shape == (len(is_right), len(FEATURES))
    assert len(is_right) == len(weights) == sum(len(one.hits) for one in tried)
    trees = fit_trees(tried)
    off_topic = tried[len(right) * 8 :]
    threshold = choose_threshold(trees, off_topic, answered=0.2)
    best = [probability for probability, _ in evaluate_trials(trees, off_topic)]
    assert sum(value >= threshold for value in best) <= 0.2 * len(best)
    answered = [ok and value >= threshold for value, ok in evaluate_trials(trees, tried[: len(right)])]
    assert all(answered), "what is stored word for word is told from what is not stored"


@pytest.mark.train
def test_trees_want_both_kinds_of_examples(index: Hybrid) -> None:
    pytest.importorskip("lightgbm")
    with pytest.raises(ValueError, match="both right and wrong"):
        fit_trees(try_questions(index, [LabelledQuestion("今天股票涨了吗", "zh", frozenset(), "off topic")] * 3))
