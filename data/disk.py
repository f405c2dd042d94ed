"""Detect errors that a full disk caused."""

from __future__ import annotations

import errno
import sqlite3

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# SQLite reports a full disk as SQLITE_FULL, or as SQLITE_IOERR_SHMSIZE if the shared memory of its log cannot grow.
_SQLITE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})


def is_full(error: BaseException | None) -> bool:
    """Return whether an error says that no space or quota is left.

    The error that caused it counts too.
    """
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        if isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", None) in _SQLITE:
            return True
        error = error.__cause__
    return False
