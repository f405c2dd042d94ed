"""One SQLite file and the one thread that talks to it."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal, TypeVar

from bot.state.error import StoreError

Result = TypeVar("Result")

# Seconds to wait for another process that is writing.
_PATIENCE = 30.0


class Database:
    """An SQLite file in WAL mode, shared by every process that opens it.

    SQLite has one writer at a time anyway; one thread keeps the calls in order and the event loop free. With synchronous
    FULL what was written is on the disk when write returns, with OFF a power failure may undo it. Every call raises
    StoreError where SQLite would not do it.
    """

    def __init__(self, path: Path, synchronous: Literal["FULL", "OFF"]) -> None:
        self._path = path
        self._synchronous = synchronous
        self._connection: sqlite3.Connection | None = None
        self._thread: ThreadPoolExecutor | None = None

    async def open(self, prepare: Callable[[sqlite3.Connection], None]) -> None:
        """Open the file, or make it readable by this user only, and let prepare bring the tables up to date."""
        self._thread = ThreadPoolExecutor(1, self._path.name)
        try:
            await self._call(lambda: self._connect(prepare))
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the file; without effect if it is not open."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        connection, self._connection = self._connection, None
        if connection is not None:
            await asyncio.get_running_loop().run_in_executor(thread, connection.close)
        thread.shutdown()

    async def read(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """What work returns, outside of a transaction."""
        return await self._call(lambda: work(self._opened()))

    async def write(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """What work returns, once everything it did is committed; nothing it did stays if it raises."""
        return await self._call(lambda: _transaction(self._opened(), work))

    async def _call(self, work: Callable[[], Result]) -> Result:
        if self._thread is None:
            raise StoreError(f"{self._path} is not open")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"{self._path} cannot be used: {error}. It should be a file of this program, in a folder that can be "
                "written, on a disk that has room; if it is damaged, move it away and start again."
            ) from error

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreError(f"{self._path} is not open")
        return self._connection

    def _connect(self, prepare: Callable[[sqlite3.Connection], None]) -> None:
        self._path.touch(mode=0o600)  # SQLite gives its side files the mode of this one
        connection = sqlite3.connect(self._path, _PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            _write_ahead(connection)
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
            _transaction(connection, prepare)
        except BaseException:
            connection.close()
            raise
        self._connection = connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        # Two processes that make the file at the same moment: SQLite does not wait here by itself.
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not busy or time.monotonic() > until:
                raise
        time.sleep(0.02)


def _transaction(db: sqlite3.Connection, work: Callable[[sqlite3.Connection], Result]) -> Result:
    db.execute("BEGIN IMMEDIATE")
    try:
        result = work(db)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return result
