"""python -m pytest tests/bot/test_journal.py"""

import os
import subprocess
import sys
from pathlib import Path

from bot.journal import Journal

ROOT = Path(__file__).parent.parent.parent


def test_what_was_written_is_read(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    assert journal.write("甲", {"kind": "turn", "text": "你好\n🙂"})
    assert journal.write("b", {"kind": "mark", "liked": False})
    events = list(journal.read())
    assert {(event["conversation"], event["kind"]) for event in events if event} == {("甲", "turn"), ("b", "mark")}
    assert all(event and event["time"] > 1e9 for event in events)
    assert len(list((tmp_path / "journal").rglob("*.jsonl"))) == 2


def test_deleting_a_conversation_leaves_nothing_of_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write("one", {"text": "私密 private"})
    journal.write("two", {"text": "stays"})
    journal.delete("one")
    journal.delete("one")
    assert [event["text"] for event in journal.read() if event] == ["stays"]
    assert all("private" not in path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.jsonl"))


def test_an_id_never_becomes_a_path(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    for id in ("../../etc/passwd", "/absolute", "a\x00b", "中文/斜线", ""):
        assert journal.write(id, {"kind": "turn"})
    assert {path.parent.parent for path in tmp_path.rglob("*.jsonl")} == {tmp_path / "journal"}


def test_a_torn_line_is_none_and_the_rest_is_read(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write("a", {"n": 1})
    (path,) = tmp_path.rglob("*.jsonl")
    path.write_bytes(path.read_bytes() + b'{"half": "\xe4\xbd' + b"\n[1]\n" + path.read_bytes())
    assert [event and event["n"] for event in journal.read()] == [1, None, None, 1]


def test_a_torn_line_does_not_take_the_next_one_along(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write("a", {"text": "之前"})
    (path,) = tmp_path.rglob("*.jsonl")
    path.write_bytes(path.read_bytes() + b'{"time":1,"te')
    assert journal.write("a", {"text": "after"})
    assert [event and event["text"] for event in journal.read()] == ["之前", None, "after"]


def test_two_writers_that_part_themselves_from_one_torn_line_add_no_damage(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write("c", {"n": 1})
    (path,) = tmp_path.glob("??/*.jsonl")
    with path.open("ab") as file:
        file.write(b'{"torn' + b'\n{"n":2}\n' + b'\n{"n":3}\n')
    assert [event and event["n"] for event in journal.read()] == [1, None, 2, 3]


def test_an_event_cannot_say_whose_it_is(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write("甲", {"conversation": "other", "time": 1.0, "text": "x"})
    (event,) = journal.read()
    assert event is not None
    assert event["conversation"] == "甲"
    assert event["time"] > 1e9


def test_files_are_read_in_the_order_they_were_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for age, id in enumerate(("丙", "b", "甲", "d")):
        journal.write(id, {"text": id})
        (path,) = (path for path in tmp_path.rglob("*.jsonl") if path.stat().st_mtime > 1e9)
        os.utime(path, (age, age))
    assert [event["text"] for event in journal.read() if event] == ["丙", "b", "甲", "d"]


def test_a_disk_that_refuses_does_not_raise(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file where the folder should be")
    assert not Journal(tmp_path / "journal").write("a", {"kind": "turn"})


def test_lines_of_two_processes_do_not_mix(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from bot.journal import Journal\n"
        "journal = Journal(Path(sys.argv[1]))\n"
        "for n in range(300): journal.write('共享', {'who': sys.argv[2], 'n': n, 'filler': '字' * 500})\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), who], cwd=ROOT) for who in ("a", "b")]
    assert [process.wait(60) for process in processes] == [0, 0]
    events = list(Journal(tmp_path).read())
    for who in ("a", "b"):
        assert [event["n"] for event in events if event and event["who"] == who] == list(range(300))
