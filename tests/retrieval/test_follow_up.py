"""python -m pytest tests/retrieval/test_follow_up.py

Messages that go on from an answer, and questions in the other language, through the search itself.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from data import paths
from data.records import Entry, Language, Place
from retrieval.calibration import Calibration
from retrieval.dense_index import DenseIndex
from retrieval.follow_up import is_follow_up
from retrieval.hybrid import Hybrid
from retrieval.paraphrase.infer import open_judge
from retrieval.sentence_encoder.infer import NAME, SentenceEncoder
from retrieval.text_analysis import AnalysedText
from retrieval.vectors import LocalVectorIndex

# The order is what is tested here; the probabilities are those of the trees.
FUSED = Calibration(("fused",), (4.0,), -3.0, 0.5, 0.05)
OWNER: tuple[tuple[str, Language, str, str], ...] = (
    ("weekday.zh", "zh", "工作日几点开门", "工作日九点开门。"),
    ("weekend.zh", "zh", "周末几点开门", "周末十点开门。"),
    ("adult.zh", "zh", "成人票多少钱", "成人票 80 元。"),
    ("child.zh", "zh", "儿童票多少钱", "儿童票 40 元。"),
    ("refund.zh", "zh", "会员卡可以退款吗", "办卡七天内可以退款。"),
    ("parking.zh", "zh", "停车场怎么收费", "停车每小时 10 元。"),
    ("adult.en", "en", "How much is an adult ticket?", "An adult ticket is 12 euros."),
    ("child.en", "en", "How much is a ticket for kids?", "A ticket for kids is 6 euros."),
    ("saturday.en", "en", "What are your opening hours on Saturday?", "Saturday: 10 to 16."),
    ("sunday.en", "en", "What are your opening hours on Sunday?", "Sunday: 12 to 16."),
    ("locker.en", "en", "Is there a place to store luggage?", "Lockers are beside the entrance."),
    ("dog.zh", "zh", "可以带狗吗", "可以，请牵绳。"),
    ("wheelchair.en", "en", "Do you lend wheelchairs?", "Yes, free of charge at the desk."),
)
ENTRIES = [
    Entry(id, language, (question,), reply, Place("faq.csv", row))
    for row, (id, language, question, reply) in enumerate(OWNER, 1)
]


@pytest.fixture(scope="module")
def index() -> Hybrid:
    model = SentenceEncoder(paths.artifacts_dir() / NAME)
    return Hybrid(
        FUSED, DenseIndex(model, LocalVectorIndex(model.width), LocalVectorIndex(model.width)), open_judge()
    ).update(ENTRIES)


@pytest.mark.parametrize(
    ("text", "goes_on"),
    [
        ("那周末呢", True),
        ("儿童的呢", True),
        ("它支持退款吗", True),
        ("要是我明天下午才能带着全家人一起过去呢", True),
        ("and for kids?", True),
        ("how does it work when i pay with a card from abroad", True),
        ("what about sunday", True),
        ("how do i cancel the order i placed yesterday", False),
        ("请问你们家的会员卡办理以后不想用了还能不能退款", False),
    ],
)
def test_which_messages_go_on(text: str, goes_on: bool) -> None:
    assert is_follow_up(text) is goes_on


@pytest.mark.parametrize(
    ("previous", "message", "language", "wanted"),
    [
        ("工作日几点开门", "那周末呢？", "zh", "weekend.zh"),
        ("周末几点开门", "工作日呢", "zh", "weekday.zh"),
        ("成人票多少钱", "儿童的呢", "zh", "child.zh"),
        ("How much is an adult ticket?", "and for kids?", "en", "child.en"),
        ("What are your opening hours on Saturday?", "and on Sunday?", "en", "sunday.en"),
        ("What are your opening hours on Sunday?", "what about Saturday", "en", "saturday.en"),
    ],
)
def test_a_follow_up_finds_its_subject_with_the_one_thing_changed(
    index: Hybrid, previous: str, message: str, language: Language, wanted: str
) -> None:
    assert index.search(message, language, previous=previous)[0].entry.id == wanted


@pytest.mark.parametrize(
    ("previous", "other", "message", "language", "after", "after_other"),
    [
        ("成人票多少钱", "工作日几点开门", "那另外的呢", "zh", "child.zh", "weekend.zh"),
        ("How much is a ticket for kids?", "What are your opening hours on Sunday?", "and then?", "en", "adult.en",
         "saturday.en"),
    ],
)  # fmt: skip
def test_the_question_before_decides_where_the_message_leaves_it_open(
    index: Hybrid, previous: str, other: str, message: str, language: Language, after: str, after_other: str
) -> None:
    assert index.search(message, language, previous=previous)[0].entry.id == after
    assert index.search(message, language, previous=other)[0].entry.id == after_other


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("想知道停车场那边停两个小时大概怎么收费", "zh"),
        ("is there some place where visitors can store the luggage of a whole family", "en"),
    ],
)
def test_a_question_of_its_own_is_not_mixed_with_the_one_before(
    index: Hybrid, message: str, language: Language
) -> None:
    assert not is_follow_up(message)
    alone = index.measure(AnalysedText.of(message), language)
    assert alone[0].entry.id in ("parking.zh", "locker.en")
    assert index.measure(AnalysedText.of(message), language, "会员卡可以退款吗") == alone


def test_a_question_before_that_nobody_stored_does_no_harm(index: Hybrid) -> None:
    for previous in ("从没存过的问题", "nobody ever stored this", "", "？"):
        hits = index.search("那周末几点开门", "zh", previous=previous)
        assert hits[0].entry.id == "weekend.zh"


@pytest.mark.parametrize(
    ("question", "language", "wanted"),
    [
        ("can I bring my dog", "en", "dog.zh"),
        ("how much is parking", "en", "parking.zh"),
        ("can I get my money back for the membership card", "en", "refund.zh"),
        ("行李放在哪里", "zh", "locker.en"),
        ("有轮椅可以借吗", "zh", "wheelchair.en"),
        ("有輪椅可以借嗎", "zh", "wheelchair.en"),
    ],
)
def test_a_question_finds_the_entry_that_only_the_other_language_has(
    index: Hybrid, question: str, language: Language, wanted: str
) -> None:
    (first, *_) = index.search(question, language)
    assert (first.entry.id, first.features["language"]) == (wanted, 0.0)
    by_words_alone = replace(index, dense_index=None).search(question, language)
    assert wanted not in [hit.entry.id for hit in by_words_alone[:1]]


@pytest.mark.parametrize(
    ("question", "language", "wanted"),
    [("成人票多少錢", "zh", "adult.zh"), ("price of an adult ticket", "en", "adult.en")],
)
def test_of_two_entries_that_say_the_same_the_one_in_the_language_asked_in_comes_first(
    index: Hybrid, question: str, language: Language, wanted: str
) -> None:
    assert index.search(question, language)[0].entry.id == wanted


@pytest.mark.parametrize(
    ("text", "language", "question"),
    [
        ("你好，停车场怎么收费", "zh", "停车场怎么收费"),
        ("停车场怎么收费？谢谢", "zh", "停车场怎么收费"),
        ("Hello! Do you lend wheelchairs? Thanks!", "en", "Do you lend wheelchairs?"),
    ],
)
def test_courtesies_around_a_stored_question_change_nothing(
    index: Hybrid, text: str, language: Language, question: str
) -> None:
    courtesies: tuple[tuple[str, Language, tuple[str, ...], str], ...] = (
        ("hello.zh", "zh", ("你好",), "你好！"),
        ("thanks.zh", "zh", ("谢谢",), "不客气。"),
        ("hello.en", "en", ("hello",), "Hello!"),
        ("thanks.en", "en", ("thanks",), "You are welcome."),
    )
    place = Place("starter/courtesy/courtesy.toml", 1)
    both = Hybrid(FUSED).update([*ENTRIES, *(Entry(*each, place) for each in courtesies)])
    hit = both.search(text, language)[0]
    assert (hit.question, hit.features["same"], hit.probability) == (question, 1.0, 0.985)


@pytest.mark.parametrize(
    ("language", "questions", "own", "asked"),
    [
        ("zh", ("你是谁", "介绍一下你自己"), "你是谁？", "介绍一下你自己"),
        ("en", ("who are you", "introduce yourself"), "Who are you?", "introduce yourself"),
    ],
)
def test_the_owner_s_answer_takes_the_place_of_a_whole_courtesy(
    index: Hybrid, language: Language, questions: tuple[str, ...], own: str, asked: str
) -> None:
    courtesy = Entry("who.x", language, questions, "ours", Place("starter/courtesy/courtesy.toml", 1))
    mine = Entry("who.mine", language, (own,), "mine", Place("faq.csv", 99))
    hits = Hybrid(FUSED).update([courtesy, mine]).search(asked, language)
    assert [hit.entry.reply for hit in hits][:1] == ["mine"]
    assert "ours" not in {hit.entry.reply for hit in hits}


@pytest.mark.parametrize(
    ("language", "question", "reply", "asked"),
    [
        ("zh", "路由器怎么重置", "长按按钮十秒，再等三分钟。", "三分钟"),
        ("en", "How do I reset the router?", "Hold the button for 10 seconds.", "10 seconds"),
    ],
)
def test_a_detail_of_a_reply_is_not_asked_by_naming_it(
    language: Language, question: str, reply: str, asked: str
) -> None:
    sure = Calibration(("fused",), (0.0,), 5.0, 0.5, 0.05)
    entry = Entry("router", language, (question,), reply, Place("faq.csv", 2))
    (hit,) = Hybrid(sure).update([entry]).search(asked, language)
    assert hit.probability == 0.5
