"""The folder of everything that the bot writes.

It is the platform's data folder, or the checkout's old one until that can be moved.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import platformdirs

OLD_HOME = Path(__file__).parent.parent / "data" / "files" / "home"
"""Where versions before 0.2.0 kept conversations: inside the checkout, where `git clean -xfd` deletes them."""

# What the bot makes in its home; a name with a dot is the start of a file's name, for SQLite puts further files beside it.
FILES = ("conversations.", "spool.", "knowledge.db", "sessions.ended")
FOLDERS = ("journal", "pictures", "index", "evaluations", "uploads")


class InUseError(OSError):
    """A database that another program has open."""


def default_home() -> Path:
    """Return the platform's data folder, such as ~/.local/share/kanliao.

    It touches no disk.
    """
    return Path(platformdirs.user_data_dir("kanliao", appauthor=False))


def is_ours(path: Path) -> bool:
    """Return whether the bot made this file or folder of a home, judged by its name."""
    return path.name in FOLDERS or path.name.startswith(FILES)


def move_old_home(old: Path, new: Path) -> Path:
    """Move the old home to the new place if there is one and say so.

    Return the folder to use.

    The old home is moved as a whole or not at all. It stays where it is, and is used, while another program has it open
    or the rights to move it are missing. Where both hold data of the bot, neither is changed and the new one is used.
    Each case is reported on standard error.
    """
    if not _holds_data(old):
        return new
    if _holds_data(new):
        _report(
            f"Kanliao uses {new}. There is also data of an older version in {old}, which is not read. To use that instead, set "
            f"KANLIAO_HOME={old}; if you no longer need it, delete it."
        )
        return new
    try:
        _close_databases(old)
        _move(old, new)
    except OSError as error:
        if not _holds_data(old):
            return new  # another start was quicker
        _report(
            f"Kanliao still keeps its data in {old}: it could not be moved to {new} ({error}). `git clean -xfd` would delete "
            "it there. Kanliao tries again at the next start; set KANLIAO_HOME to choose another folder."
        )
        return old
    _report(
        f"Kanliao moved its data (conversations, knowledge, pictures) from {old} to {new}. Set KANLIAO_HOME to keep it elsewhere."
    )
    return new


def _holds_data(folder: Path) -> bool:
    try:
        return any(is_ours(path) for path in folder.iterdir())
    except OSError:
        return False


def _close_databases(home: Path) -> None:
    """Fold the write-ahead logs into their databases.

    Raises:
        InUseError: Another program has one open.
    """
    for file in home.glob("*.db"):
        try:
            with closing(sqlite3.connect(file, timeout=0)) as database:
                # SQLite leaves WAL mode only if nobody else has the database open. The bot switches it on again.
                (mode,) = database.execute("PRAGMA journal_mode = DELETE").fetchone()
        except sqlite3.DatabaseError as error:
            # A damaged database is moved as it is; the bot reports it when it opens it.
            if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                continue
            raise InUseError(f"{file.name}: {error}") from error
        if mode != "delete":
            raise InUseError(f"{file.name} is in use")


def _move(old: Path, new: Path) -> None:
    """Move a folder, also to another disk.

    The new name appears only once everything is there.

    Raises:
        OSError: It cannot be moved.
    """
    new.parent.mkdir(parents=True, exist_ok=True)
    if new.exists():
        new.rmdir()  # raises OSError if anything is in it
    try:
        old.rename(new)
        return
    except OSError as error:
        if error.errno != errno.EXDEV or not os.access(old.parent, os.W_OK):
            raise
    copy = new.with_name(f"{new.name}.moving")
    shutil.rmtree(copy, ignore_errors=True)
    try:
        shutil.copytree(old, copy, symlinks=True)
        copy.rename(new)
    except BaseException:
        shutil.rmtree(copy, ignore_errors=True)
        raise
    # Under its old name a half-deleted folder would pass for a second home.
    aside = old.with_name(f"{old.name}.moved")
    old.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


def _report(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
