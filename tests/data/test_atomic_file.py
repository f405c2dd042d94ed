"""python -m pytest tests/data/test_atomic_file.py"""

import os
from pathlib import Path

import pytest

from data.atomic_file import open_atomic, write_atomic


def test_text_and_bytes_replace_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "报告.json"
    write_atomic(path, "旧 old\n")
    write_atomic(path, "新 new\n")
    assert path.read_text(encoding="utf-8") == "新 new\n"
    write_atomic(path, b"\x00\xff")
    assert path.read_bytes() == b"\x00\xff"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_keeps_the_old_file_and_leaves_no_other(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    write_atomic(path, "old")

    def write_half() -> None:
        with open_atomic(path) as file:
            file.write(b"new, but only hal")
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.json"
    write_atomic(path, "old")

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        write_atomic(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_is_private_and_its_folder_must_exist(tmp_path: Path) -> None:
    path = tmp_path / "private.txt"
    write_atomic(path, "x")
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(FileNotFoundError):
        write_atomic(tmp_path / "missing" / "file.txt", "x")
