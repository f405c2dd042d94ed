"""Connections to SQLite files that several threads and processes share."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

PATIENCE = 30.0
"""Seconds to wait for another connection that is writing."""


def connect(path: Path, synchronous: Literal["FULL", "OFF"], overwrite_deleted: bool = False) -> sqlite3.Connection:
    """Open a connection in WAL mode, with foreign keys enforced.

    Transactions are begun and ended by `run_transaction`, not by the module; any one thread at a time may use the connection.

    Args:
        path: Created if it is missing; its folder must exist.
        synchronous: With FULL a commit is on the disk when it returns; with OFF a power failure may undo it.
        overwrite_deleted: Overwrite what is deleted with zeros.

    Raises:
        sqlite3.Error: The file cannot be used.
    """
    connection = sqlite3.connect(path, PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        _enable_wal(connection)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA foreign_keys = ON")
        if overwrite_deleted:
            connection.execute("PRAGMA secure_delete = ON")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def run_transaction(connection: sqlite3.Connection, is_reading: bool = False) -> Iterator[None]:
    """Run a transaction: committed at the end, nothing of it if the block raises.

    A writing one waits for other writers. Everything read in one transaction is of the same moment.
    """
    connection.execute("BEGIN" if is_reading else "BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _enable_wal(connection: sqlite3.Connection) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        # SQLite does not wait by itself when two processes create the file at the same moment.
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not busy or time.monotonic() > until:
                raise
        time.sleep(0.02)
