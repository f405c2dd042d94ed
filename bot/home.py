"""The folder of everything the bot writes: nobody else on the machine may read it."""

from __future__ import annotations

import logging
import os
import shutil
import stat
import time
from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
# What the bot makes in its home. A name that ends in a dot is a prefix: SQLite puts further files beside its own.
_OURS = ("conversations.", "spool.", "knowledge.db", "sessions.ended")
_FOLDERS = ("journal", "pictures", "index", "evaluations", "uploads")
_LOG = logging.getLogger(__name__)

UPLOADS = "uploads"
DAY = 86400.0


def open_home(folder: Path) -> None:
    """Make the folder if it is missing, readable by this user only, as is all that this process writes from now on.

    A folder that also holds other files than the bot's keeps its permissions, and so do those files. What belongs to another
    user stays as it is and is named in a warning.

    Raises:
        OSError: The folder cannot be made.
    """
    os.umask(_OTHERS)
    folder.mkdir(parents=True, exist_ok=True)
    found = list(folder.iterdir())
    ours = [path for path in found if path.name in _FOLDERS or path.name.startswith(_OURS)]
    if len(ours) == len(found):
        _restrict(folder)
    for path in ours:
        _restrict(path)
        if path.is_dir() and not path.is_symlink():
            for parent, folders, files in os.walk(path):
                for name in (*folders, *files):
                    _restrict(Path(parent, name))


def open_uploads(home: Path) -> Path:
    """Return the folder in the home for what browsers upload, made if it is missing.

    Raises OSError.
    """
    folder = (home / UPLOADS).resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def remove_old_uploads(folder: Path, age: float = DAY) -> None:
    """Remove uploads older than the age in seconds.

    A younger one may still be attached to a message being written.
    """
    before = time.time() - age
    for path in [*folder.glob("*/*"), *folder.iterdir()]:
        try:
            if path.lstat().st_mtime >= before:
                continue
            if not path.is_dir() or path.is_symlink():
                path.unlink()
            elif path.parent == folder and not any(path.iterdir()):
                path.rmdir()
            elif path.parent != folder:
                shutil.rmtree(path)
        except OSError:
            continue  # gone meanwhile, or somebody has put something into it


def _restrict(path: Path) -> None:
    """Remove the permissions of all other users."""
    try:
        found = path.lstat()
        if not stat.S_ISLNK(found.st_mode) and found.st_mode & _OTHERS:
            path.chmod(stat.S_IMODE(found.st_mode) & ~_OTHERS)
    except FileNotFoundError:
        return
    except OSError as error:
        _LOG.warning(
            "Other users of this machine may read %s, for its permissions cannot be changed (%s).", path, error
        )
