"""python -m pytest tests/bot/test_knowledge_editing.py"""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.knowledge import BY_HAND, Knowledge, KnowledgeError
from data.formats import read_pairs
from data.records import Entry, Place
from tests.bot.learning import FAQ, counts, learn, read_speaking, texts


@pytest.fixture
def known(tmp_path: Path) -> Iterator[Knowledge]:
    knowledge = Knowledge(tmp_path / "knowledge.db")
    yield knowledge
    knowledge.close()


def test_adding_by_hand(known: Knowledge) -> None:
    first = known.add([" 你好 ", "", "您好", "你好"], "你好呀")
    second = known.add(["hello"], "hi")
    third = known.add(["OK?"], "OK.", "zh")
    assert first == Entry(first.id, "zh", ("你好", "您好"), "你好呀", Place(BY_HAND, 1))
    assert (second.language, second.place.row, third.language) == ("en", 2, "zh")
    assert known.entries() == [first, second, third]
    with pytest.raises(KnowledgeError, match=first.id):
        known.add(["您好"], "又一个回复")
    known.edit(first.id, ["早上好"], "早")
    assert known.add(["你好"], "你好").id != first.id


@pytest.mark.parametrize(
    ("questions", "reply", "why"),
    [
        ([], "答", "question is empty"),
        ([" "], "a", "question is empty"),
        (["问"], "\u200b", "reply is empty"),
        (["q" * 501], "a", "501"),
    ],
)
def test_what_a_person_types_is_checked_as_a_row_is(
    known: Knowledge, questions: list[str], reply: str, why: str
) -> None:
    entry = known.add(["你好"], "hi")
    revision = known.revision()
    with pytest.raises(KnowledgeError, match=why):
        known.add(questions, reply)
    with pytest.raises(KnowledgeError, match=why):
        known.edit(entry.id, questions, reply)
    assert known.revision() == revision


def test_editing(known: Knowledge, tmp_path: Path) -> None:
    learn(known, tmp_path, FAQ)
    chinese, english = known.entries()
    edited = known.edit(english.id, ["what is a CNN", "CNN 是一种什么样的网络"], "一种神经网络，用来看图")
    assert edited == known.entry(english.id)
    assert (edited.language, edited.place) == ("zh", english.place)
    revision = known.revision()
    assert known.edit(english.id, edited.questions, edited.reply) == edited
    assert known.revision() == revision
    with pytest.raises(KnowledgeError, match=chinese.id):
        known.edit(english.id, ["什麼是ＣＮＮ"], "一种神经网络")


def test_searching(known: Knowledge, tmp_path: Path) -> None:
    learn(known, tmp_path, FAQ + "折扣 100% 吗,a_b 满减\nany discount 50%,no\\way\n")
    for text, count in (
        ("CNN", 2),
        ("cnn", 2),
        ("甚麼", 0),
        ("什麼是ＣＮＮ", 1),
        ("网络", 1),
        ("0%", 2),
        ("_", 1),
        ("%_", 0),
        ("\\", 1),
        ("faq-", 4),
        ("", 4),
    ):
        assert (len(known.search(text, 10)), known.count(text)) == (count, count), text
    everything = known.entries()
    assert known.search("", 2) + known.search("", 2, 2) == everything
    assert known.search("'; DROP TABLE entries; --", 5) == []
    assert known.entries() == everything


def test_changes_name_what_is_new_changed_and_gone(known: Knowledge, tmp_path: Path) -> None:
    assert known.revision() == 0
    learn(known, tmp_path, FAQ)
    start, (chinese, english) = read_speaking(known)
    assert start == 1
    assert known.changes_since(start) == type(known.changes_since(start))(start, (), ())
    known.forget(chinese.id)
    edited = known.edit(english.id, ["what is a CNN"], "a network")
    added = known.add(["你好"], "hi")
    brief = known.add(["bye"], "再见")
    known.forget(brief.id)
    changes = known.changes_since(start)
    assert changes.revision == known.revision() > start
    assert set(changes.changed) == {edited, added}
    assert set(changes.gone) == {chinese.id, brief.id}
    assert set(known.changes_since(0).changed) == set(known.entries())


def test_the_export_is_safe_to_open_and_can_be_learned(known: Knowledge, tmp_path: Path) -> None:
    odd = [
        (["=1+1 等于几", "加法 || 怎么算"], "-2 还是 +2？\n=2"),
        (["'=quoted", "@home"], "+44 call"),
        (["'tis what"], 'it\'s fine, "really"'),
    ]
    for questions, reply in odd:
        known.add(questions, reply)
    stream = io.BytesIO()
    assert known.export_csv(stream) == 3
    data = stream.getvalue()
    assert data.startswith(b"\xef\xbb\xbfid,language,question,reply,file,row\r\n")
    assert "'=1+1 等于几\n加法 || 怎么算" in data.decode("utf-8-sig")
    path = tmp_path / "export.csv"
    path.write_bytes(data)
    other = Knowledge(tmp_path / "other.db")
    try:
        assert counts(other.learn(read_pairs(path), path.name)) == (5, 0, 0)
        assert texts(other) == texts(known)
    finally:
        other.close()
    revision = known.revision()
    assert counts(known.learn(read_pairs(path), path.name)) == (0, 5, 0)
    assert known.revision() == revision
