"""python -m pytest tests/bot/test_knowledge_shared.py"""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.knowledge import Knowledge
from data.records import Pair, Place
from tests.bot.learning import read_speaking

ROOT = Path(__file__).parent.parent.parent

WRITE = """
import sys
from pathlib import Path
from bot.knowledge import Knowledge
knowledge = Knowledge(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    knowledge.add([f"{sys.argv[2]} 的问题 question {number}"], f"回答 reply {number}")
knowledge.close()
"""

LEARN_AND_HANG = """
import sys, time
from pathlib import Path
from bot.knowledge import Knowledge
from bot.knowledge.entries import Change
from data.records import Pair, Place

put = Change.put
done = 0
def hang(self, stored):
    global done
    put(self, stored)
    done += 1
    if done == 500:
        print("half way", flush=True)
        time.sleep(60)
Change.put = hang
knowledge = Knowledge(Path(sys.argv[1]))
knowledge.learn([Pair(f"问题 {n} question", f"回答 {n}", Place("big.csv", n)) for n in range(1000)], "big.csv")
"""


@pytest.fixture
def known(tmp_path: Path) -> Iterator[Knowledge]:
    knowledge = Knowledge(tmp_path / "knowledge.db")
    yield knowledge
    knowledge.close()


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def finish(process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors


def test_two_processes_make_the_file_and_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "knowledge.db"
    for writer in [start(WRITE, path, name, 40) for name in ("甲", "B")]:
        finish(writer)
    knowledge = Knowledge(path)
    entries = knowledge.entries()
    assert len(entries) == 80
    assert sorted(entry.place.row for entry in entries) == list(range(1, 81))
    assert knowledge.revision() == 80
    knowledge.close()


def test_changes_come_from_another_process_too(known: Knowledge, tmp_path: Path) -> None:
    mine = known.add(["你好"], "hi")
    revision, entries = read_speaking(known)
    assert entries == [mine]
    finish(start(WRITE, tmp_path / "knowledge.db", "other", 3))
    changes = known.changes_since(revision)
    assert len(changes.changed) == 3
    assert mine not in changes.changed
    assert changes.revision == known.revision() == revision + 3


def test_threads_write_and_read_at_once(known: Knowledge) -> None:
    failed: list[BaseException] = []
    torn: list[int] = []

    def write(name: str) -> None:
        try:
            for number in range(20):
                known.learn(
                    [Pair(f"{name} 问 {number} {part}", f"{name} 答 {number} {part}", Place("f", 1)) for part in "ab"],
                    name,
                )
        except BaseException as error:
            failed.append(error)

    def read() -> None:
        try:
            while any(writer.is_alive() for writer in writers):
                revision, entries = read_speaking(known)
                if len(entries) != 2 * revision:
                    torn.append(revision)
        except BaseException as error:
            failed.append(error)

    writers = [threading.Thread(target=write, args=(name,)) for name in ("甲", "B", "c")]
    readers = [threading.Thread(target=read) for _ in range(3)]
    for thread in (*writers, *readers):
        thread.start()
    for thread in (*writers, *readers):
        thread.join()
    assert failed == []
    assert torn == []
    assert known.count() == 120


def test_a_reader_keeps_its_moment_while_a_writer_learns(known: Knowledge, tmp_path: Path) -> None:
    known.add(["你好"], "hi")
    reader = sqlite3.connect(tmp_path / "knowledge.db", isolation_level=None)
    try:
        count = "SELECT (SELECT count(*) FROM entries), revision FROM meta"
        reader.execute("BEGIN")
        assert reader.execute(count).fetchone() == (1, 1)
        report = known.learn([Pair(f"question {n}", f"回答 {n}", Place("f", n)) for n in range(100)], "f")
        assert report.taken == 100
        assert reader.execute(count).fetchone() == (1, 1)
        reader.execute("COMMIT")
        assert reader.execute(count).fetchone() == (101, 2)
    finally:
        reader.close()


def test_what_is_killed_half_way_leaves_the_old_state(known: Knowledge, tmp_path: Path) -> None:
    known.add(["你好"], "hi")
    before = read_speaking(known)
    with start(LEARN_AND_HANG, tmp_path / "knowledge.db") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half way\n"
        assert read_speaking(known) == before
        process.kill()
    assert process.returncode == -9
    assert read_speaking(known) == before
    report = known.learn([Pair("问题 1 question", "回答 1", Place("big.csv", 1))], "big.csv")
    assert report.taken == 1
    again = Knowledge(tmp_path / "knowledge.db")
    assert again.count() == 2
    again.close()
