"""Which parts of the starter corpus speak, and the owner's own words. python -m pytest tests/bot/test_choices.py"""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.knowledge import Knowledge, KnowledgeError
from data.formats.starter import PARTS
from data.records import Pair, Place
from tests.bot.learning import read_speaking

TEXT = """
[[entry]]
id = "{part}"
[entry.zh]
questions = ["{part} 问题", "你好{{name}}"]
reply = "我是{{name}}"
[entry.en]
questions = ["{part} question"]
reply = "{part} reply"
"""
OWN = Pair("几点开门", "九点", Place("faq.csv", 2))


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    folder = tmp_path / "starter"
    for part in PARTS:
        (folder / part).mkdir(parents=True)
        (folder / part / "talk.toml").write_text(TEXT.format(part=part), encoding="utf-8")
    return folder


@pytest.fixture
def known(tmp_path: Path, starter: Path) -> Iterator[Knowledge]:
    knowledge = Knowledge(tmp_path / "knowledge.db")
    knowledge.sync_starter(starter)
    yield knowledge
    knowledge.close()


def speaking(knowledge: Knowledge) -> set[str]:
    """The parts of the entries that a search gets; both languages of a part speak, or neither."""
    ids = [entry.id for entry in read_speaking(knowledge)[1] if entry.place.file.startswith("starter/")]
    parts = {id.partition(".")[0] for id in ids}
    assert len(ids) == 2 * len(parts)
    return parts


def follow(knowledge: Knowledge, ids: set[str], revision: int) -> tuple[set[str], int]:
    """What a reader who had these ids has after the changes since the revision."""
    changes = knowledge.changes_since(revision)
    return (ids - set(changes.gone)) | {entry.id for entry in changes.changed}, changes.revision


def test_all_speak_until_there_is_an_entry_of_the_owner_s(known: Knowledge) -> None:
    assert speaking(known) == set(PARTS)
    known.learn([OWN], "faq.csv")
    assert speaking(known) == {"courtesy"}
    assert {entry.reply for entry in read_speaking(known)[1]} >= {"九点"}
    # Nothing is lost by it.
    assert len(known.entries()) == known.count() == 2 * len(PARTS) + 1
    (own,) = known.search("", 10, own=True)
    known.forget(own.id)
    assert speaking(known) == set(PARTS)


def test_an_entry_made_by_hand_is_the_owner_s_and_an_edited_one_of_ours_is_not(known: Knowledge) -> None:
    known.edit("course.en", ["course question"], "another reply")
    assert speaking(known) == set(PARTS)
    known.add(["几点开门"], "九点")
    assert speaking(known) == {"courtesy"}


def test_a_switch_beats_what_is_automatic_and_auto_takes_it_back(known: Knowledge) -> None:
    known.learn([OWN], "faq.csv")
    known.choices.switch("daily_life", True)
    known.choices.switch("courtesy", False)
    assert speaking(known) == {"daily_life"}
    why = {part: switch.why for part, switch in known.choices.switches().items()}
    assert why == {**dict.fromkeys(PARTS, "own entries"), "courtesy": "owner", "daily_life": "owner"}
    known.choices.switch_automatically()
    assert speaking(known) == {"courtesy"}
    with pytest.raises(KnowledgeError, match="no part 'jokes'; expected one of courtesy, persona, application"):
        known.choices.switch("jokes", True)


def test_a_reader_who_follows_the_changes_has_what_speaks(known: Knowledge) -> None:
    revision, entries = read_speaking(known)
    ids = {entry.id for entry in entries}
    steps = (
        lambda: known.learn([OWN], "faq.csv"),
        lambda: known.choices.switch("course", True),
        lambda: known.choices.switch("course", False),
        lambda: known.choices.switch("application", True),
        lambda: known.choices.switch_automatically(),
        lambda: known.forget(known.search("", 1, own=True)[0].id),
        lambda: known.choices.switch("courtesy", False),
    )
    for step in steps:
        step()
        assert known.revision() > revision
        ids, revision = follow(known, ids, revision)
        assert ids == {entry.id for entry in read_speaking(known)[1]}


def test_another_entry_of_the_owner_s_does_not_read_ours_again(known: Knowledge) -> None:
    known.learn([OWN], "faq.csv")
    revision = known.revision()
    known.learn([Pair("when do you open", "at nine", Place("faq.csv", 3))], "faq.csv")
    changes = known.changes_since(revision)
    assert [entry.reply for entry in changes.changed] == ["at nine"]
    assert changes.gone == ()


def test_the_environment_beats_the_switches(known: Knowledge, tmp_path: Path) -> None:
    known.choices.switch("course", True)
    known.choices.set_words({"name": "甲"})
    fixed = {f"starter.{part}": "on" if part == "application" else "off" for part in PARTS}
    other = Knowledge(tmp_path / "knowledge.db", {**fixed, "name": "乙"})
    try:
        assert speaking(other) == {"application"}
        assert {switch.why for switch in other.choices.switches().values()} == {"environment"}
        assert {entry.reply for entry in read_speaking(other)[1]} == {"我是乙", "application reply"}
        assert other.choices.words() == {"name": "乙"}
    finally:
        other.close()
    assert speaking(known) == set(PARTS)


def test_the_name_is_put_in_when_it_is_spoken(known: Knowledge) -> None:
    replies = {entry.reply for entry in read_speaking(known)[1] if entry.language == "zh"}
    assert replies == {"我是看聊"}
    revision = known.revision()
    known.choices.set_words({"name": "  小诊\n助手 "})
    changes = known.changes_since(revision)
    assert {entry.reply for entry in changes.changed} == {"我是小诊 助手"}
    assert all("你好小诊 助手" in entry.questions for entry in changes.changed)
    # What a person edits is the text as it was written.
    assert known.entry("course.zh").reply == "我是{name}"
    known.choices.set_words({"name": "  "})
    assert "我是看聊" in {entry.reply for entry in read_speaking(known)[1]}


def test_a_button_gives_the_entry_as_it_is_spoken_and_none_that_is_silent(known: Knowledge) -> None:
    known.choices.set_words({"name": "小诊"})
    found = known.find("course.zh")
    assert found is not None
    assert found.reply == "我是小诊"
    known.choices.switch("course", False)
    assert known.find("course.zh") is None
    assert known.find("nothing") is None


def test_an_owner_s_entry_keeps_its_braces(known: Knowledge) -> None:
    known.learn([Pair("怎么写模板", "写 {name} 就行", Place("f", 1))], "f.csv")
    assert "写 {name} 就行" in {entry.reply for entry in read_speaking(known)[1]}


@pytest.mark.parametrize("blank", ["", " ", "\n\u3000\t"])
def test_blank_words_are_no_words(known: Knowledge, blank: str) -> None:
    known.choices.set_words({"greeting.zh": "您好，这里是诊所", "unknown.en": "Call us."})
    assert known.choices.words() == {"greeting.zh": "您好，这里是诊所", "unknown.en": "Call us."}
    known.choices.set_words({"greeting.zh": blank, "unknown.en": blank})
    assert known.choices.words() == {}


def test_words_that_are_too_long_change_nothing(known: Knowledge) -> None:
    known.choices.set_words({"name": "小诊"})
    with pytest.raises(KnowledgeError, match="41 characters; expected at most 40"):
        known.choices.set_words({"greeting.en": "hello", "name": "长" * 41})
    assert known.choices.words() == {"name": "小诊"}


def test_a_backup_keeps_the_choices(known: Knowledge, tmp_path: Path) -> None:
    known.learn([OWN], "faq.csv")
    known.choices.switch("course", True)
    known.choices.set_words({"name": "小诊", "unknown.zh": "请打电话"})
    file = tmp_path / "backup.jsonl"
    known.backup(file)
    other = Knowledge(tmp_path / "other.db")
    try:
        other.choices.switch("application", True)
        other.choices.set_words({"greeting.zh": "旧的"})
        revision = other.revision()
        assert other.restore(file) == 2 * len(PARTS) + 1
        assert other.choices.words() == {"name": "小诊", "unknown.zh": "请打电话"}
        assert speaking(other) == {"courtesy", "course"}
        ids = {entry.id for entry in read_speaking(other)[1]}
        assert follow(other, set(), revision)[0] == ids
    finally:
        other.close()


def test_a_backup_from_before_there_were_choices_is_read(known: Knowledge, tmp_path: Path) -> None:
    file = tmp_path / "backup.jsonl"
    known.backup(file)
    first, rest = file.read_bytes().split(b"\n", 1)
    head = json.loads(first)
    del head["choices"]
    head["version"] = 1
    file.write_bytes(json.dumps(head).encode() + b"\n" + rest)
    known.choices.switch("course", False)
    known.restore(file)
    assert speaking(known) == set(PARTS)


def test_knowledge_from_before_there_were_parts_is_brought_up(known: Knowledge, starter: Path, tmp_path: Path) -> None:
    known.edit("course.en", ["course question"], "the owner's reply")
    known.learn([OWN], "faq.csv")
    known.close()
    with sqlite3.connect(tmp_path / "knowledge.db") as connection:
        connection.execute("DROP TABLE choices")
        connection.execute("UPDATE entries SET file = 'starter/old.toml' WHERE file LIKE 'starter/%'")
        connection.execute("UPDATE meta SET starter = 'another'")
    connection.close()
    again = Knowledge(tmp_path / "knowledge.db")
    try:
        again.sync_starter(starter)
        assert speaking(again) == {"courtesy"}
        assert again.entry("course.en").reply == "the owner's reply"
    finally:
        again.close()


def test_the_terminal_lists_and_switches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def bot(*arguments: str) -> dict[str, str]:
        assert main(["starter", *arguments]) == 0
        lines = [line.split() for line in capsys.readouterr().out.splitlines()]
        assert all(int(line[2]) > 50 for line in lines)
        return {line[0]: line[1] for line in lines}

    monkeypatch.setenv("KANLIAO_HOME", str(tmp_path / "家 home"))
    assert bot() == bot("list") == dict.fromkeys(PARTS, "on")
    assert bot("off", "course")["course"] == "off"
    assert bot() == {**dict.fromkeys(PARTS, "on"), "course": "off"}
    faq = tmp_path / "faq.csv"
    faq.write_text("问题,答案\n几点开门,九点\n", encoding="utf-8")
    assert main(["learn", str(faq)]) == 0
    capsys.readouterr()
    assert bot("on", "daily_life") == {**dict.fromkeys(PARTS, "off"), "courtesy": "on", "daily_life": "on"}
    assert bot("auto") == {**dict.fromkeys(PARTS, "off"), "courtesy": "on"}
    monkeypatch.setenv("KANLIAO_STARTER", "course")
    assert bot("on", "application") == {**dict.fromkeys(PARTS, "off"), "course": "on"}
    for wrong, why in (
        (["on"], "which part"),
        (["off", "jokes"], "no part 'jokes'"),
        (["auto", "course"], "takes no part"),
    ):
        assert main(["starter", *wrong]) == 1
        assert why in capsys.readouterr().err
