"""python -m pytest tests/bot/test_knowledge.py"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.knowledge import Knowledge, KnowledgeError
from data.formats import FormatError, RejectedRow
from data.records import Pair, Place
from tests.bot.learning import FAQ, counts, learn, read_speaking, texts


@pytest.fixture
def known(tmp_path: Path) -> Iterator[Knowledge]:
    knowledge = Knowledge(tmp_path / "knowledge.db")
    yield knowledge
    knowledge.close()


def test_pairs_of_one_reply_become_one_entry(known: Knowledge, tmp_path: Path) -> None:
    assert counts(learn(known, tmp_path, FAQ)) == (3, 0, 0)
    chinese, english = known.entries()
    assert chinese.questions == ("什么是CNN", "CNN是什么")
    assert (chinese.language, chinese.reply, chinese.place) == ("zh", "一种卷积网络", Place("faq.csv", 2))
    assert (english.language, english.questions, english.place.row) == ("en", ("what is a CNN",), 4)
    assert all(entry.id.startswith("faq-") and len(entry.id) == 12 for entry in (chinese, english))
    assert known.entry(chinese.id) == chinese
    assert known.count() == 2


def test_texts_are_cleaned_and_questions_kept_on_one_line(known: Knowledge) -> None:
    place = Place("f.jsonl", 1)
    known.learn([Pair(" 什么是\u200b\nCNN ", "一行\r\n二行 ", place), Pair("what\tis it", "it\x07", place)], "f.jsonl")
    assert texts(known) == [(("what is it",), "it"), (("什么是 CNN",), "一行\n二行")]


def test_what_says_the_same_is_merged(known: Knowledge, tmp_path: Path) -> None:
    report = learn(
        known,
        tmp_path,
        "question,answer\nWhat is a CNN,a network\nｗｈａｔ IS a cnn,a network\n什麼是ＣＮＮ,網絡\n什么是cnn,網絡\n",
    )
    assert counts(report) == (2, 2, 0)


def test_two_replies_of_one_file_to_a_question_are_both_refused(known: Knowledge, tmp_path: Path) -> None:
    report = learn(known, tmp_path, FAQ + "什麼是CNN,别的东西\nwhat is a cnn,something else\n什么是RNN,一种循环网络\n")
    assert counts(report) == (2, 0, 4)
    others = {2: 5, 4: 6, 5: 2, 6: 4}
    assert [item.place.row for item in report.refused] == list(others)
    for item in report.refused:
        assert f"another reply at faq.csv:{others[item.place.row]};" in item.why
    assert texts(known) == [(("CNN是什么",), "一种卷积网络"), (("什么是RNN",), "一种循环网络")]
    # What was known before stays as it was.
    learn(known, tmp_path, FAQ)
    assert counts(learn(known, tmp_path, "什么是CNN,甲\n什么是CNN,乙\n什么是CNN,甲\n")) == (0, 0, 3)
    assert known.find_all("什么是CNN")[0].reply == "一种卷积网络"


def test_one_question_may_have_a_reply_in_each_language(known: Knowledge, tmp_path: Path) -> None:
    assert counts(learn(known, tmp_path, "CNN?,一种卷积神经网络\nCNN?,a convolutional network\n")) == (2, 0, 0)


def test_another_file_that_answers_otherwise_replaces_and_need_not_repeat(known: Knowledge, tmp_path: Path) -> None:
    learn(known, tmp_path, FAQ)
    report = learn(
        known,
        tmp_path,
        "什么是CNN,有线电视新闻网\nwhat is a CNN,a convolutional network\ndefine CNN,a convolutional network\n",
        "b.csv",
    )
    assert counts(report) == (1, 1, 0)
    (replaced,) = report.replaced
    assert (replaced.question, replaced.place, replaced.entry_place) == (
        "什么是CNN",
        Place("b.csv", 1),
        Place("faq.csv", 2),
    )
    assert (replaced.reply, replaced.other, replaced.left) == ("有线电视新闻网", "一种卷积网络", ("CNN是什么",))
    assert [entry.reply for entry in known.find_all("什么是CNN")] == ["有线电视新闻网"]
    assert [entry.questions for entry in known.entries() if entry.place.file == "b.csv"] == [
        ("什么是CNN",),
        ("define CNN",),
    ]


def test_bad_rows_are_refused_and_the_rest_is_taken(known: Knowledge) -> None:
    place = Place("f", 7)
    given = RejectedRow(place, "x", "the line is not a JSON object")
    report = known.learn(
        [given, Pair("q", " ", place), Pair("问", "答" * 4001, place), Pair("你好", "hello", place)], "f"
    )
    assert counts(report) == (1, 0, 3)
    assert report.refused[0] is given
    assert known.count() == 1


def test_progress_tells_the_pairs_read(known: Knowledge) -> None:
    seen: list[int] = []
    known.learn([Pair("你好", "hi", Place("f", 1)), RejectedRow(Place("f", 2), "", "bad")], "f", seen.append)
    assert seen == [1, 2]


def test_a_file_s_folder_is_no_part_of_its_name(known: Knowledge) -> None:
    known.learn([Pair("你好", "hi", Place("f", 1))], "starter/app.toml")
    known.learn([Pair("hello", "hi", Place("f", 1))], "C:\\faq\\my faq.csv")
    assert [(entry.place.file, entry.id.rpartition("-")[0]) for entry in known.entries()] == [
        ("app.toml", "app"),
        ("my faq.csv", "my-faq"),
    ]


def test_learning_the_same_file_again_changes_nothing(known: Knowledge, tmp_path: Path) -> None:
    learn(known, tmp_path, FAQ)
    before = read_speaking(known)
    assert counts(learn(known, tmp_path, FAQ)) == (0, 3, 0)
    assert read_speaking(known) == before


def test_learning_a_changed_file_updates_under_the_same_ids(known: Knowledge, tmp_path: Path) -> None:
    learn(known, tmp_path, FAQ)
    ids = [entry.id for entry in known.entries()]
    text = (
        "问题,答案\n卷积网络是啥,一种卷积网络\n"
        + FAQ.partition("\n")[2].replace("a conv", "a deep conv")
        + "什么是RNN,循环网络\n"
    )
    report = learn(known, tmp_path, text)
    assert counts(report) == (2, 2, 0)
    assert [(one.question, one.other, one.left) for one in report.replaced] == [
        ("what is a CNN", "a convolutional network", ())
    ]
    first, second, third = known.entries()
    assert [first.id, second.id] == ids
    assert first.questions == ("什么是CNN", "CNN是什么", "卷积网络是啥")
    assert second.reply == "a deep convolutional network"
    assert second.place.row == 5
    assert third.questions == ("什么是RNN",)


def test_a_row_that_moved_is_shown_where_it_stands_now(known: Knowledge, tmp_path: Path) -> None:
    learn(known, tmp_path, FAQ)
    revision = known.revision()
    assert counts(learn(known, tmp_path, "\n\n" + FAQ)) == (0, 3, 0)
    assert [entry.place.row for entry in known.entries()] == [4, 6]
    assert len(known.changes_since(revision).changed) == 2


def test_a_question_that_got_another_reply_leaves_its_old_entry(known: Knowledge, tmp_path: Path) -> None:
    learn(known, tmp_path, "question,answer\n事一,答甲\nquestion 2,答甲\n事三,答乙\n")
    report = learn(known, tmp_path, "question,answer\nquestion 2,答乙\n事三,答乙\n", "faq.csv")
    assert counts(report) == (0, 1, 0)
    assert [(one.question, one.other) for one in report.replaced] == [("question 2", "答甲")]
    assert texts(known) == [(("事一",), "答甲"), (("事三", "question 2"), "答乙")]
    # And back again: the first file's text is new once more.
    learn(known, tmp_path, "question,answer\n事一,答甲\nquestion 2,答甲\n事三,答乙\n")
    assert texts(known) == [(("事一", "question 2"), "答甲"), (("事三",), "答乙")]


def test_replies_that_change_places_keep_one_reply_a_question(known: Knowledge, tmp_path: Path) -> None:
    learn(known, tmp_path, "question,answer\n事一,答甲\n事二,答乙\nq3,reply c\n")
    ids = {entry.questions: entry.id for entry in known.entries()}
    learn(known, tmp_path, "question,answer\n事一,答乙\n事二,答甲\nq3,reply c\n")
    assert texts(known) == [(("q3",), "reply c"), (("事一",), "答乙"), (("事二",), "答甲")]
    assert {entry.questions: entry.id for entry in known.entries()} == ids
    learn(known, tmp_path, "question,answer\n事一,答甲\n事二,答甲\n")
    assert texts(known) == [(("q3",), "reply c"), (("事一", "事二"), "答甲")]


def test_an_entry_is_not_found_by_a_question_it_has_lost(known: Knowledge, tmp_path: Path) -> None:
    learn(known, tmp_path, "question,answer\n事一,答甲\n事二,答甲\n")
    learn(known, tmp_path, "question,answer\n事九,答乙\n事一,答乙\n")
    learn(known, tmp_path, "question,answer\n事一,答丙\n")
    assert sorted(texts(known)) == [(("事一",), "答丙"), (("事九",), "答乙"), (("事二",), "答甲")]


def test_what_a_person_edited_stays_and_the_report_says_so(known: Knowledge, tmp_path: Path) -> None:
    learn(known, tmp_path, FAQ)
    english = known.entries()[1]
    known.edit(english.id, ["what is a CNN", "define CNN"], "edited by hand")
    assert learn(known, tmp_path, FAQ).kept == ()
    assert known.entry(english.id).reply == "edited by hand"
    changed = FAQ.replace("a conv", "the conv") + "what does CNN mean,the convolutional network\n"
    report = learn(known, tmp_path, changed)
    assert known.entry(english.id).reply == "edited by hand"
    assert [(one.question, one.entry, one.reply) for one in report.kept] == [
        ("what is a CNN", english.id, "the convolutional network")
    ]
    # A row beside it that the person did not write about is taken, and the same file again has nothing to say.
    assert counts(report) == (1, 2, 0)
    assert known.find_all("what does CNN mean")[0].reply == "the convolutional network"
    again = learn(known, tmp_path, changed)
    assert (counts(again), again.kept) == ((0, 4, 0), ())


@pytest.mark.parametrize(
    ("question", "mine", "theirs"), [("几点关门", "十点", "九点"), ("When do you close?", "At ten.", "At nine.")]
)
def test_a_reply_typed_in_stays_beside_a_file_that_says_otherwise(
    known: Knowledge, question: str, mine: str, theirs: str
) -> None:
    entry = known.add([question], mine)
    report = known.learn([Pair(question, theirs, Place("f.csv", 2))], "f.csv")
    assert (counts(report), [(one.entry, one.place.row) for one in report.kept]) == ((0, 0, 0), [(entry.id, 2)])
    assert [found.reply for found in known.find_all(question)] == [mine]
    assert known.list_conflicts() == []


def test_a_second_reply_cannot_be_typed_in(known: Knowledge) -> None:
    known.learn([Pair("几点关门", "九点", Place("f.csv", 2)), Pair("closed?", "no", Place("f.csv", 3))], "f.csv")
    (entry,) = known.find_all("几点关门")
    with pytest.raises(KnowledgeError, match=f"another reply already: {entry.id}"):
        known.add(["几点关门"], "十点")
    other = known.add(["when do you close"], "at ten")
    with pytest.raises(KnowledgeError, match="another reply already"):
        known.edit(other.id, ["closed?"], "yes")
    assert known.edit(entry.id, ["几点关门"], "十点").reply == "十点"
    assert known.list_conflicts() == []


def test_the_file_learned_last_counts_and_back_again(known: Knowledge, tmp_path: Path) -> None:
    old = "问题,答案\n会员一年多少钱,会员一年 298 元。\nHow late are you open?,Until nine.\n"
    new = "问题,答案\n会员一年多少钱,会员一年 398 元。\nHow late are you open?,Until ten.\n"
    learn(known, tmp_path, old, "FAQ_2025.csv")
    report = learn(known, tmp_path, new, "FAQ_2026.csv")
    assert [(str(one.place), str(one.entry_place)) for one in report.replaced] == [
        ("FAQ_2026.csv:2", "FAQ_2025.csv:2"),
        ("FAQ_2026.csv:3", "FAQ_2025.csv:3"),
    ]
    assert (counts(report), texts(known)) == (
        (0, 0, 0),
        [(("How late are you open?",), "Until ten."), (("会员一年多少钱",), "会员一年 398 元。")],
    )
    assert len(learn(known, tmp_path, old, "FAQ_2025.csv").replaced) == 2
    assert [entry.reply for entry in known.entries()] == ["会员一年 298 元。", "Until nine."]


def test_conflicts_of_an_older_knowledge_are_listed(known: Knowledge, tmp_path: Path) -> None:
    for name, reply in (("a", "Until nine."), ("b", "Until ten.")):
        known.learn([Pair(f"open {name}", reply, Place(name, 1))], name)
    file = tmp_path / "old.jsonl"
    known.backup(file)
    head, *lines = file.read_text(encoding="utf-8").splitlines()
    body = "".join(line.replace('"open b"', '"open a"') + "\n" for line in lines)
    head = json.dumps({**json.loads(head), "sha256": hashlib.sha256(body.encode()).hexdigest()})
    file.write_text(f"{head}\n{body}", encoding="utf-8")
    known.restore(file)
    assert [[entry.reply for entry in entries] for entries in known.list_conflicts()] == [["Until nine.", "Until ten."]]


def test_a_broken_file_changes_nothing(known: Knowledge, tmp_path: Path) -> None:
    learn(known, tmp_path, FAQ)
    before = read_speaking(known)
    with pytest.raises(FormatError):
        learn(known, tmp_path, '[{"question": "什么是RNN", "answer": "循环网络"},\n{"question"', "more.json")
    with pytest.raises(FormatError):
        learn(known, tmp_path, "question,answer\n", "more.csv")
    assert read_speaking(known) == before


def test_forgetting_and_learning_again(known: Knowledge, tmp_path: Path) -> None:
    learn(known, tmp_path, FAQ)
    first = known.entries()[0]
    assert known.forget(first.id) == first
    assert known.count() == 1
    with pytest.raises(KnowledgeError, match="no entry"):
        known.entry(first.id)
    assert counts(learn(known, tmp_path, FAQ)) == (2, 1, 0)
    assert known.entry(first.id) == first


def test_an_unknown_id_is_answered_with_its_neighbours(known: Knowledge, tmp_path: Path) -> None:
    learn(known, tmp_path, FAQ)
    id = known.entries()[0].id
    revision = known.revision()
    for call in (known.entry, known.forget, lambda id: known.edit(id, ["你好"], "hi")):
        with pytest.raises(KnowledgeError, match=f"Did you mean .*{id}"):
            call(id[:-1])
        with pytest.raises(KnowledgeError, match="Every reply shows"):
            call("完全不同")
    assert known.revision() == revision


def test_ten_thousand_rows(known: Knowledge, tmp_path: Path) -> None:
    text = "question,answer\n" + "".join(f"问题 {n} 是什么,回答 {n}\n" for n in range(10_000))
    assert counts(learn(known, tmp_path, text)) == (10_000, 0, 0)
    assert len({entry.id for entry in known.entries()}) == 10_000
    assert counts(learn(known, tmp_path, text)) == (0, 10_000, 0)
