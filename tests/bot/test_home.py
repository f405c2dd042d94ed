"""python -m pytest tests/bot/test_home.py"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.build import build
from bot.home import DAY, open_home, open_uploads, remove_old_uploads
from bot.knowledge import Knowledge
from bot.settings import Settings


@pytest.fixture(autouse=True)
def usual_mask() -> Iterator[None]:
    """A process begins as most do: what it makes may be read by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    """What of the folder another user may do anything with."""
    found = [folder, *folder.rglob("*")]
    return [str(path.relative_to(folder)) for path in found if path.lstat().st_mode & 0o077]


def test_a_new_home_is_for_this_user_only(tmp_path: Path) -> None:
    home = tmp_path / "家 home"
    bot = build(Settings(home=home))
    try:
        bot.journal.write("对话", {"kind": "turn"})
        bot.pictures.folder_of("abc").mkdir(parents=True)
        bot.evaluations.mkdir()
        (bot.evaluations / "report.json").write_text("{}", "utf-8")
        open_uploads(home)
        assert (home / "knowledge.db-wal").exists()
        assert open_to_others(home) == []
    finally:
        bot.knowledge.close()


def test_a_home_of_before_is_tightened_and_nothing_else_of_its_files_changes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for path in ("journal/ab/ab.jsonl", "pictures/conversation/a.jpg", "evaluations/00/report.html", "index/x/y.npy"):
        (home / path).parent.mkdir(parents=True)
        (home / path).write_bytes(b"\x00\xff" + path.encode())
    (home / "conversations.db").write_bytes(b"")
    (home / "conversations.db-wal").write_bytes(b"")
    knowledge = Knowledge(home / "knowledge.db")
    knowledge.close()
    outside = tmp_path / "outside.txt"
    outside.write_text("别人的", "utf-8")
    (home / "pictures" / "link").symlink_to(outside)
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    assert "knowledge.db" in open_to_others(home)
    open_home(home)
    assert [name for name in open_to_others(home) if name != "pictures/link"] == []
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644


def test_what_is_not_the_bots_in_its_home_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "program").write_text("#!/bin/sh\n", "utf-8")
    (tmp_path / "program").chmod(0o755)
    (tmp_path / "journal").mkdir(0o755)
    tmp_path.chmod(0o755)
    open_home(tmp_path)
    assert open_to_others(tmp_path) == [".", "program"]


def test_an_upload_is_removed_when_it_has_lain_for_a_day(tmp_path: Path) -> None:
    folder = open_uploads(tmp_path)
    for name in ("old/图.png", "fresh/图.png", "tmp_old"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")
    past = (folder / "fresh").stat().st_mtime - DAY - 60
    for name in ("old/图.png", "tmp_old", "old"):
        os.utime(folder / name, (past, past))
    remove_old_uploads(folder)
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == {"fresh/图.png"}
    # Its folder changed when it was emptied, and goes a day later.
    os.utime(folder / "old", (past, past))
    remove_old_uploads(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["fresh"]
