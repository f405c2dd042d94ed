"""Preview and undo of an import. Run: pytest tests/bot/test_undo.py"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.knowledge import Knowledge, KnowledgeError
from bot.knowledge.undo import MAX_IMPORTS
from data.records import Pair, Place

OLD = [("会员一年多少钱", "298 元"), ("年费多少", "298 元"), ("When do you close?", "At nine.")]
NEW = [("会员一年多少钱", "398 元"), ("When do you close?", "At ten."), ("where can I park", "Behind the house.")]


@pytest.fixture
def known(tmp_path: Path) -> Iterator[Knowledge]:
    knowledge = Knowledge(tmp_path / "knowledge.db")
    yield knowledge
    knowledge.close()


def pairs(rows: list[tuple[str, str]], file: str) -> list[Pair]:
    return [Pair(question, reply, Place(file, number)) for number, (question, reply) in enumerate(rows, start=2)]


def dump(path: Path) -> list[list[tuple[object, ...]]]:
    """Return everything that is stored of the entries, to the last column."""
    with sqlite3.connect(path) as connection:
        return [
            connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in ("entries", "questions")
        ] + [connection.execute("SELECT * FROM forgotten ORDER BY 1").fetchall()]


def test_a_preview_says_what_learning_says_and_changes_nothing(known: Knowledge, tmp_path: Path) -> None:
    known.learn(pairs(OLD, "a.csv"), "a.csv")
    before, revision = dump(tmp_path / "knowledge.db"), known.revision()
    seen = known.preview(pairs(NEW, "b.csv"), "b.csv")
    assert (dump(tmp_path / "knowledge.db"), known.revision()) == (before, revision)
    last = known.last_import()
    assert last is not None
    assert last.file == "a.csv"
    assert seen == known.learn(pairs(NEW, "b.csv"), "b.csv")
    assert (seen.taken, len(seen.replaced)) == (1, 2)
    assert [(sample.questions, sample.reply) for sample in seen.samples] == [
        (("会员一年多少钱",), "398 元"),
        (("When do you close?",), "At ten."),
        (("where can I park",), "Behind the house."),
    ]


def test_undo_restores_exactly_the_entries_before_even_after_a_restart(known: Knowledge, tmp_path: Path) -> None:
    known.learn(pairs(OLD, "a.csv"), "a.csv")
    known.add(["几点开门"], "八点")
    before = dump(tmp_path / "knowledge.db")
    known.learn(pairs(NEW, "b.csv"), "b.csv")
    known.close()
    again = Knowledge(tmp_path / "knowledge.db")
    revision = again.revision()
    undone = again.undo_import()
    assert dump(tmp_path / "knowledge.db") == before
    assert (undone.file, undone.kept) == ("b.csv", ())
    changes = again.changes_since(revision)
    assert {entry.reply for entry in changes.changed} == {"298 元", "At nine."}
    assert len(changes.gone) == undone.removed
    again.undo_import()
    assert [entry.reply for entry in again.entries()] == ["八点"]
    with pytest.raises(KnowledgeError, match="no import to undo"):
        again.undo_import()
    again.close()


def test_a_changed_file_learned_again_is_undone(known: Knowledge, tmp_path: Path) -> None:
    known.learn(pairs(OLD, "a.csv"), "a.csv")
    before = dump(tmp_path / "knowledge.db")
    known.learn(pairs([("门票多少", "五元"), *NEW], "a.csv"), "a.csv")
    known.undo_import()
    assert dump(tmp_path / "knowledge.db") == before
    # Learning what is known changes nothing, so there is nothing more to undo than before.
    known.learn(pairs(OLD, "a.csv"), "a.csv")
    known.undo_import()
    assert known.entries() == []


def test_what_a_person_changed_since_stays(known: Knowledge) -> None:
    known.learn(pairs(OLD, "a.csv"), "a.csv")
    known.learn(pairs(NEW, "b.csv"), "b.csv")
    (member,) = known.find_all("会员一年多少钱")
    known.edit(member.id, ["会员一年多少钱"], "四百元")
    (park,) = known.find_all("where can I park")
    known.forget(park.id)
    undone = known.undo_import()
    assert undone.kept == tuple(sorted((member.id, park.id)))
    assert [entry.reply for entry in known.find_all("会员一年多少钱")] == ["四百元"]
    assert [entry.reply for entry in known.find_all("年费多少")] == ["298 元"]
    assert [entry.reply for entry in known.find_all("When do you close?")] == ["At nine."]
    assert known.find_all("where can I park") == []
    assert known.list_conflicts() == []


def test_a_failure_while_undoing_leaves_everything(
    known: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known.learn(pairs(OLD, "a.csv"), "a.csv")
    known.learn(pairs(NEW, "b.csv"), "b.csv")
    before = dump(tmp_path / "knowledge.db")

    def fail(*given: object) -> bool:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr("bot.knowledge.undo._restore", fail)
    with pytest.raises(KnowledgeError, match="disk I/O"):
        known.undo_import()
    monkeypatch.undo()
    assert dump(tmp_path / "knowledge.db") == before
    assert known.undo_import().file == "b.csv"


def test_only_the_last_imports_are_kept_and_a_restored_backup_ends_them(known: Knowledge, tmp_path: Path) -> None:
    for number in range(MAX_IMPORTS + 3):
        known.learn([Pair(f"问题 {number} question", f"答 {number}", Place("f", 1))], f"{number}.csv")
    for number in reversed(range(3, MAX_IMPORTS + 3)):
        assert known.undo_import().file == f"{number}.csv"
    assert known.last_import() is None
    known.learn([Pair("你好", "hello", Place("f", 1))], "f.csv")
    known.backup(tmp_path / "backup.jsonl")
    known.restore(tmp_path / "backup.jsonl")
    assert known.last_import() is None
