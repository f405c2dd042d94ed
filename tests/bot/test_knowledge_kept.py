"""python -m pytest tests/bot/test_knowledge_kept.py"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.knowledge import Knowledge, KnowledgeError
from data.formats import FormatError
from data.records import Pair, Place
from tests.bot.learning import read_speaking

STARTER = """
[[entry]]
id = "hello"
[entry.zh]
questions = ["你好", "您好"]
reply = "你好呀"
[entry.en]
questions = ["hello"]
reply = "hi"
"""
BYE = """
[[entry]]
id = "bye"
[entry.en]
questions = ["bye"]
reply = "see you"
[entry.zh]
questions = ["再见"]
reply = "回头见"
"""


@pytest.fixture
def known(tmp_path: Path) -> Iterator[Knowledge]:
    knowledge = Knowledge(tmp_path / "knowledge.db")
    yield knowledge
    knowledge.close()


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    folder = tmp_path / "starter"
    folder.mkdir()
    (folder / "talk.toml").write_text(STARTER, encoding="utf-8")
    return folder


def replies(knowledge: Knowledge) -> dict[str, str]:
    return {entry.id: entry.reply for entry in knowledge.entries()}


def test_the_starter_comes_in_once(known: Knowledge, starter: Path) -> None:
    known.sync_starter(starter)
    assert replies(known) == {"hello.zh": "你好呀", "hello.en": "hi"}
    assert known.entry("hello.zh").place == Place("starter/talk.toml", 1)
    before = read_speaking(known)
    known.sync_starter(starter)
    assert read_speaking(known) == before


def test_the_starter_grows_changes_and_shrinks(known: Knowledge, starter: Path) -> None:
    known.sync_starter(starter)
    (starter / "talk.toml").write_text(STARTER.replace('"hi"', '"hi there"') + BYE, encoding="utf-8")
    revision = known.revision()
    known.sync_starter(starter)
    assert replies(known) == {"hello.zh": "你好呀", "hello.en": "hi there", "bye.en": "see you", "bye.zh": "回头见"}
    assert {entry.id for entry in known.changes_since(revision).changed} == {"hello.en", "bye.en", "bye.zh"}
    (starter / "talk.toml").write_text(BYE, encoding="utf-8")
    known.sync_starter(starter)
    assert replies(known) == {"bye.en": "see you", "bye.zh": "回头见"}


def test_edited_starter_entries_stay_and_forgotten_ones_stay_forgotten(known: Knowledge, starter: Path) -> None:
    known.sync_starter(starter)
    known.edit("hello.zh", ["你好"], "我的回复")
    known.forget("hello.en")
    (starter / "talk.toml").write_text(
        STARTER.replace("你好呀", "你好啊").replace('"hi"', '"hey"') + BYE, encoding="utf-8"
    )
    known.sync_starter(starter)
    assert replies(known) == {"hello.zh": "我的回复", "bye.en": "see you", "bye.zh": "回头见"}
    (starter / "talk.toml").write_text(BYE, encoding="utf-8")
    known.sync_starter(starter)
    assert replies(known) == {"hello.zh": "我的回复", "bye.en": "see you", "bye.zh": "回头见"}


def test_a_broken_starter_changes_nothing(known: Knowledge, starter: Path) -> None:
    known.sync_starter(starter)
    before = read_speaking(known)
    (starter / "talk.toml").write_text(BYE + "[[entry", encoding="utf-8")
    with pytest.raises(FormatError):
        known.sync_starter(starter)
    assert read_speaking(known) == before


def fill(knowledge: Knowledge, starter: Path) -> None:
    knowledge.sync_starter(starter)
    knowledge.edit("hello.zh", ["你好"], "我的回复")
    knowledge.forget("hello.en")
    knowledge.learn(
        [Pair("什么是CNN", "网络\n第二行\u2028", Place("f", 2)), Pair("what is it", "a net", Place("f", 3))], "faq.csv"
    )
    knowledge.add(["在吗"], "在")


def test_a_backup_brings_everything_back(known: Knowledge, starter: Path, tmp_path: Path) -> None:
    fill(known, starter)
    file = tmp_path / "backup.jsonl"
    assert known.backup(file) == 4
    head, *lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert (head["format"], head["version"], head["entries"], len(lines)) == ("kanliao-knowledge", 2, 4, 5)
    entries = known.entries()
    revision = known.revision()
    known.forget(entries[0].id)
    extra = known.add(["extra"], "thing")
    assert known.restore(file) == 4
    assert known.entries() == entries
    assert known.revision() > revision
    assert extra.id in known.changes_since(revision).gone
    known.sync_starter(starter)
    assert known.entries() == entries
    other = Knowledge(tmp_path / "other.db")
    try:
        other.add(["不再有"], "gone")
        other.restore(file)
        other.sync_starter(starter)
        assert other.entries() == entries
    finally:
        other.close()


def test_a_backup_takes_the_place_of_an_older_one_whole(known: Knowledge, tmp_path: Path) -> None:
    file = tmp_path / "backup.jsonl"
    known.backup(file)
    known.add(["你好"], "hi")
    assert known.backup(file) == 1
    assert known.restore(file) == 1
    assert sorted(path.name for path in tmp_path.iterdir() if "backup" in path.name) == ["backup.jsonl"]
    with pytest.raises(OSError, match="missing"):
        known.backup(tmp_path / "missing" / "backup.jsonl")


def reseal(file: Path, change: str, to: str) -> None:
    """Change the text and give it the checksum that fits, so that only the later checks can notice."""
    first, _, body = file.read_text(encoding="utf-8").partition("\n")
    assert change in body or change == ""
    body = body.replace(change, to) if change else body + to
    head = {**json.loads(first), "sha256": hashlib.sha256(body.encode()).hexdigest()}
    file.write_text(json.dumps(head) + "\n" + body, encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "to", "why"),
    [
        ('"language": "zh"', '"language": "fr"', "not an entry"),
        ('"questions": ["你好"]', '"questions": []', "not an entry"),
        ('"questions": ["你好"]', '"questions": [""]', "not an entry"),
        ('"row": 2', '"row": "2"', "not an entry"),
        ('"reply": "a net"', '"answer": "a net"', "not an entry"),
        ("", '{"forgotten": "再见"}\n', "first line says 4 and 1"),
        ("", "[]\n", "not an entry"),
        ("", "\n", "not an entry"),
        ('{"forgotten": "hello.en"}\n', "", "holds 4 entries and 0"),
    ],
)
def test_a_backup_with_a_wrong_line_changes_nothing(
    known: Knowledge, starter: Path, tmp_path: Path, change: str, to: str, why: str
) -> None:
    fill(known, starter)
    file = tmp_path / "backup.jsonl"
    known.backup(file)
    before = read_speaking(known)
    reseal(file, change, to)
    with pytest.raises(KnowledgeError, match=why):
        known.restore(file)
    assert read_speaking(known) == before


def test_the_same_entry_twice_is_refused(known: Knowledge, starter: Path, tmp_path: Path) -> None:
    fill(known, starter)
    file = tmp_path / "backup.jsonl"
    known.backup(file)
    other = known.entries()[-1]
    reseal(file, f'"id": "{known.entries()[0].id}"', f'"id": "{other.id}"')
    with pytest.raises(KnowledgeError, match="same id twice"):
        known.restore(file)


def test_a_cut_or_foreign_backup_changes_nothing(known: Knowledge, starter: Path, tmp_path: Path) -> None:
    fill(known, starter)
    file = tmp_path / "backup.jsonl"
    known.backup(file)
    whole = file.read_bytes()
    before = read_speaking(known)
    for data, why in (
        (whole[: len(whole) * 2 // 3], "cut short"),
        (whole[:-1], "cut short"),
        (whole[:20], "not a backup"),
        (b"", "not a backup"),
        ("问题,答案\n你好,hi\n".encode(), "not a backup"),
        (b"\xff\xfe\x00", "not a backup"),
        (whole.replace(b'"version": 2', b'"version": 4'), "version 4"),
    ):
        file.write_bytes(data)
        with pytest.raises(KnowledgeError, match=why):
            known.restore(file)
    with pytest.raises(FileNotFoundError):
        known.restore(tmp_path / "missing")
    assert read_speaking(known) == before


def test_a_file_that_is_no_knowledge_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "knowledge.db"
    data = "这不是数据库 no database at all\n".encode() * 100
    path.write_bytes(data)
    with pytest.raises(KnowledgeError, match="cannot be used"):
        Knowledge(path)
    assert path.read_bytes() == data
    with pytest.raises(KnowledgeError, match="cannot be used"):
        Knowledge(tmp_path / "missing" / "knowledge.db")


def test_the_knowledge_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "knowledge.db"
    Knowledge(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(KnowledgeError, match="newer version"):
        Knowledge(path)


def test_closing_leaves_one_file_and_ends_the_use(tmp_path: Path) -> None:
    path = tmp_path / "knowledge.db"
    knowledge = Knowledge(path)
    entry = knowledge.add(["你好"], "hi")
    knowledge.close()
    assert [found.name for found in tmp_path.iterdir()] == ["knowledge.db"]
    with pytest.raises(KnowledgeError, match="closed"):
        knowledge.entries()
    again = Knowledge(path)
    assert again.entries() == [entry]
    again.close()


def test_the_changes_of_an_older_layout_are_known_as_such(tmp_path: Path) -> None:
    path = tmp_path / "knowledge.db"
    knowledge = Knowledge(path)
    pairs = [Pair("几点关门", "九点", Place("f", 1)), Pair("When do you close?", "At nine.", Place("f", 2))]
    knowledge.learn(pairs, "f")
    (english,) = knowledge.find_all("When do you close?")
    knowledge.edit(english.id, english.questions, "At eleven.")
    knowledge.close()
    connection = sqlite3.connect(path)
    connection.execute("ALTER TABLE entries DROP COLUMN edited")
    connection.execute("PRAGMA user_version = 2")
    connection.commit()
    connection.close()
    knowledge = Knowledge(path)
    try:
        report = knowledge.learn([Pair(one.question, f"{one.reply}!", one.place) for one in pairs], "f")
        assert ([one.question for one in report.replaced], [one.entry for one in report.kept]) == (
            ["几点关门"],
            [english.id],
        )
        assert replies(knowledge)[english.id] == "At eleven."
    finally:
        knowledge.close()
