"""The folder of everything the bot writes: nobody else on the machine may read it."""

from __future__ import annotations

import logging
import os
import shutil
import stat
import time
from pathlib import Path

from bot.data_folder import OLD_HOME, default_home, is_ours, move_old_home

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LOG = logging.getLogger(__name__)

UPLOADS = "uploads"
DAY = 86400.0


def open_home(folder: Path) -> Path:
    """Make the folder private to this user, and return the folder to use.

    It is created if it is missing.

    That is the given one, unless it is the default and an older version's home in the checkout could not be moved there
    (bot.data_folder). What this process writes from now on can be read by this user only. A folder that also holds other
    files than the bot's keeps its permissions, and so do those files. What belongs to another user stays as it is and is
    named in a warning.

    Raises:
        OSError: The folder cannot be made.
    """
    os.umask(_OTHERS)
    if folder == default_home():
        folder = move_old_home(OLD_HOME, folder)
    folder.mkdir(parents=True, exist_ok=True)
    found = list(folder.iterdir())
    ours = [path for path in found if is_ours(path)]
    if len(ours) == len(found):
        _restrict(folder)
    for path in ours:
        _restrict(path)
        if path.is_dir() and not path.is_symlink():
            for parent, folders, files in os.walk(path):
                for name in (*folders, *files):
                    _restrict(Path(parent, name))
    return folder


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
