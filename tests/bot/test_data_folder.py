"""python -m pytest tests/bot/test_data_folder.py"""

import errno
import sqlite3
from pathlib import Path

import pytest

from bot import data_folder, home
from bot.data_folder import default_home, move_old_home
from bot.home import open_home
from bot.knowledge import Knowledge
from bot.settings import Settings

QUESTION, REPLY = "图书馆几点关门？ when does the library close?", "晚上十点。 At ten."


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A home as versions before 0.2.0 left it in the checkout, with its write-ahead log not yet folded in."""
    folder = tmp_path / "checkout" / "data" / "files" / "home"
    knowledge = Knowledge(open_home(folder) / "knowledge.db")
    knowledge.add([QUESTION], REPLY)
    knowledge.close()
    (folder / "journal" / "ab").mkdir(parents=True)
    (folder / "journal" / "ab" / "ab.jsonl").write_text('{"text": "你好"}\n', "utf-8")
    (folder / "pictures" / "c").mkdir(parents=True)
    (folder / "pictures" / "c" / "图.jpg").write_bytes(b"\xff\xd8")
    return folder


def read_tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


def read_replies(folder: Path) -> list[str]:
    knowledge = Knowledge(folder / "knowledge.db")
    try:
        return [entry.reply for entry in knowledge.entries()]
    finally:
        knowledge.close()


def test_the_default_is_outside_the_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "数据"))
    assert default_home() == Settings().home == Settings.from_env({}).home
    assert not default_home().is_relative_to(Path(data_folder.__file__).parent.parent)
    assert not default_home().exists()


def test_an_old_home_is_moved_and_reported_once(
    old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    new = tmp_path / "share" / "看聊"
    monkeypatch.setattr(home, "OLD_HOME", old)
    monkeypatch.setattr(home, "default_home", lambda: new)
    before = {name: data for name, data in read_tree(old).items() if name != "knowledge.db"}
    assert open_home(new) == new
    said = capsys.readouterr().err
    assert str(old) in said
    assert str(new) in said
    assert not old.exists()
    assert {name: data for name, data in read_tree(new).items() if name != "knowledge.db"} == before
    assert read_replies(new) == [REPLY]
    assert open_home(new) == new
    assert capsys.readouterr().err == ""


def test_it_is_moved_to_another_disk(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rename = Path.rename

    def refuse_across(self: Path, target: Path) -> Path:
        if self == old and Path(target).parent != old.parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse_across)
    new = tmp_path / "other disk" / "kanliao"
    before = read_tree(old).keys()
    assert move_old_home(old, new) == new
    assert read_tree(new).keys() == before
    assert read_replies(new) == [REPLY]
    assert list(old.parent.iterdir()) == []
    assert [path.name for path in new.parent.iterdir()] == ["kanliao"]
    assert "moved" in capsys.readouterr().err


def test_where_both_hold_data_neither_is_changed(old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = tmp_path / "share" / "kanliao"
    Knowledge(open_home(new) / "knowledge.db").close()
    before = read_tree(old), read_tree(new)
    assert move_old_home(old, new) == new
    assert (read_tree(old), read_tree(new)) == before
    assert f"KANLIAO_HOME={old}" in capsys.readouterr().err


def test_a_folder_that_holds_other_things_is_not_taken(
    old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "share" / "kanliao"
    new.mkdir(parents=True)
    (new / "别人的.txt").write_text("not the bot's", "utf-8")
    assert move_old_home(old, new) == old
    assert read_replies(old) == [REPLY]
    assert [path.name for path in new.iterdir()] == ["别人的.txt"]
    assert str(old) in capsys.readouterr().err


@pytest.mark.parametrize("forbidden", ["mkdir", "rename"])
def test_without_the_rights_the_old_home_stays_in_use(
    old: Path, tmp_path: Path, forbidden: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(self: Path, *arguments: object, **options: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    new = tmp_path / "share" / "kanliao"
    with monkeypatch.context() as patch:
        # The rights themselves cannot be taken from a superuser, as whom these tests often run.
        patch.setattr(Path, forbidden, refuse)
        assert move_old_home(old, new) == old
    assert read_replies(old) == [REPLY]
    assert not new.exists()
    said = capsys.readouterr().err
    assert "Permission denied" in said
    assert "git clean" in said


def test_a_home_that_another_program_has_open_is_not_moved(
    old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "share" / "kanliao"
    running = sqlite3.connect(old / "knowledge.db")
    try:
        running.execute("PRAGMA journal_mode = WAL")
        running.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        assert move_old_home(old, new) == old
    finally:
        running.close()
    assert "knowledge.db" in capsys.readouterr().err
    assert move_old_home(old, new) == new


def test_two_starts_at_once_move_it_once(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "share" / "kanliao"
    close_databases = data_folder._close_databases

    def be_slow(folder: Path) -> None:
        close_databases(folder)
        monkeypatch.setattr(data_folder, "_close_databases", close_databases)
        assert move_old_home(old, new) == new  # the other start

    monkeypatch.setattr(data_folder, "_close_databases", be_slow)
    assert move_old_home(old, new) == new
    assert read_replies(new) == [REPLY]
    assert capsys.readouterr().err.count("Kanliao") == 1


def test_a_damaged_database_is_moved_as_it_is(old: Path, tmp_path: Path) -> None:
    (old / "conversations.db").write_bytes(b"not a database" * 100)
    new = tmp_path / "share" / "kanliao"
    assert move_old_home(old, new) == new
    assert (new / "conversations.db").read_bytes() == b"not a database" * 100


def test_a_home_that_the_owner_names_leaves_the_old_one_alone(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(home, "OLD_HOME", old)
    settings = Settings.from_env({"KANLIAO_HOME": str(tmp_path / "mine")})
    assert open_home(settings.home) == tmp_path / "mine"
    assert list((tmp_path / "mine").iterdir()) == []
    assert read_replies(old) == [REPLY]
    assert capsys.readouterr().err == ""


def test_an_empty_old_folder_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    assert move_old_home(old, new) == new
    assert move_old_home(tmp_path / "missing", new) == new
    assert capsys.readouterr().err == ""
