"""One SQLite file and the one thread that talks to it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Literal, TypeVar

from bot.sqlite_file import connect, run_transaction
from bot.state.error import StoreError, StoreFullError
from data.disk import is_full

Result = TypeVar("Result")

# Bytes kept free for deleting when the disk is full; about as much as SQLite's log takes.
RESERVE = 4 * 2**20


class Database:
    """An SQLite file in WAL mode, shared by every process that opens it.

    SQLite has one writer at a time anyway; one thread keeps the calls in order and the event loop free. With synchronous
    FULL what was written is on the disk when write returns, with OFF a power failure may undo it; a file that is written
    with FULL has a reserve beside it, which is given away when something has to be deleted on a full disk. Every call raises
    StoreError where SQLite would not do it, StoreFullError if there is no room on the disk.
    """

    def __init__(self, path: Path, synchronous: Literal["FULL", "OFF"]) -> None:
        self._path = path
        self._synchronous = synchronous
        self._connection: sqlite3.Connection | None = None
        self._thread: ThreadPoolExecutor | None = None

    async def open(self, prepare: Callable[[sqlite3.Connection], None]) -> None:
        """Open the file, made readable by this user only if there is none, and let prepare update its tables."""
        self._thread = ThreadPoolExecutor(1, self._path.name)
        try:
            try:
                await self._run(lambda: self._connect(prepare))
            except StoreFullError:
                # Opening makes files as well; what is there can still be read and deleted.
                await self._run(lambda: self._reserve.unlink(missing_ok=True))
                await self._run(lambda: self._connect(prepare))
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
        """Run work outside of a transaction and return its result."""
        return await self._run(lambda: work(self._require_connection()))

    async def write(self, work: Callable[[sqlite3.Connection], Result], deletes: bool = False) -> Result:
        """Run work in a transaction and return its result once it is committed.

        Nothing stays if it raises.

        deletes: whether the work only deletes. Deleting needs disk space too, and on a full disk gets that of the reserve.
        """
        return await self._run(lambda: (self._delete if deletes else self._write)(work))

    def _write(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        connection = self._require_connection()
        with run_transaction(connection):
            result = work(connection)
        return result

    def _delete(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            return self._write(work)
        except sqlite3.Error as error:
            if not is_full(error):
                raise
        self._reserve.unlink(missing_ok=True)
        _truncate_log(self._require_connection())
        result = self._write(work)
        _truncate_log(self._require_connection())
        self._create_reserve()
        return result

    @property
    def _reserve(self) -> Path:
        return self._path.with_suffix(".reserve")

    def _create_reserve(self) -> None:
        """Make the reserve if it is missing and the disk has plenty of room.

        Without it, what is left is for the next turns.
        """
        with suppress(OSError):
            if self._reserve.exists() or shutil.disk_usage(self._path.parent).free < 4 * RESERVE:
                return
            made = self._reserve.with_suffix(f".reserve.{os.getpid()}")
            try:
                made.touch(mode=0o600)
                made.write_bytes(os.urandom(RESERVE))  # a file of zeros could take no room at all
                made.replace(self._reserve)
            finally:
                made.unlink(missing_ok=True)

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._thread is None:
            raise StoreError(f"{self._path} is not open")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (sqlite3.Error, OSError) as error:
            if is_full(error):
                raise StoreFullError(
                    f"{self._path} cannot grow, for its disk is full ({error}). Nothing of the change was kept; free some space "
                    "and try again."
                ) from error
            raise StoreError(
                f"{self._path} cannot be used: {error}. It should be a file of this program, in a folder that can be "
                "written, on a disk that has room; if it is damaged, move it away and start again."
            ) from error

    def _require_connection(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreError(f"{self._path} is not open")
        return self._connection

    def _connect(self, prepare: Callable[[sqlite3.Connection], None]) -> None:
        self._path.touch(mode=0o600)  # SQLite gives its side files the mode of this one
        connection = connect(self._path, self._synchronous, overwrite_deleted=True)
        try:
            with run_transaction(connection):
                prepare(connection)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        if self._synchronous == "FULL":
            self._create_reserve()


def _truncate_log(db: sqlite3.Connection) -> None:
    """Write SQLite's log back to the file and truncate it, as far as no reader needs it."""
    with suppress(sqlite3.Error):
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
