"""Who may work on a conversation next, among all the processes that open one file."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from bot.state.database import Database
from bot.state.error import StoreError

Clock = Callable[[], float]
"""Seconds since some moment that every process of this machine shares."""

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS line(number INTEGER PRIMARY KEY AUTOINCREMENT, conversation TEXT NOT NULL,"
    " holder TEXT NOT NULL UNIQUE, until REAL NOT NULL)",
    "CREATE INDEX IF NOT EXISTS line_by_conversation ON line(conversation, number)",
)

# A ticket that is not renewed for this long belongs to a process that died; the next one may go on.
_LEASE = 5.0
_RENEWAL = 1.0
_PAUSE = 0.02


class FairLock:
    """Numbers drawn from one SQLite file, served in order; a number is never given twice.

    FairLock mean nothing after a crash of the machine, so their file does not wait for the disk. A holder whose process
    stands still for more than five seconds (suspended, not merely busy) is taken for dead and passed over.

    Leases are told by the clock that counts since the machine was started: setting the time of day moves it neither
    forwards nor back. A lease that ends later than any lease can was drawn before the last start, and counts as over.
    """

    def __init__(self, path: Path, clock: Clock = time.monotonic) -> None:
        self._file = Database(path, "OFF")
        self._clock = clock
        self._local: dict[str, asyncio.Lock] = {}
        self._waiting: dict[str, int] = {}

    async def open(self) -> None:
        """Open the file, or make it. Raises StoreError if it cannot be used."""
        await self._file.open(_create_tables)

    async def close(self) -> None:
        """Close the file."""
        await self._file.close()

    @asynccontextmanager
    async def turn_lock(self, conversation: str) -> AsyncIterator[None]:
        """Hold the conversation: first come, first served, in this process and then among the processes."""
        lock = self._local.setdefault(conversation, asyncio.Lock())
        self._waiting[conversation] = self._waiting.get(conversation, 0) + 1
        try:
            async with lock, self._hold(conversation):
                yield
        finally:
            self._waiting[conversation] -= 1
            if not self._waiting[conversation]:
                del self._waiting[conversation], self._local[conversation]

    @asynccontextmanager
    async def _hold(self, conversation: str) -> AsyncIterator[None]:
        holder = secrets.token_hex(8)
        renewal = asyncio.create_task(self._keep_lease(holder))
        try:
            # The one ahead may be in another process, so there is no event to wait for.
            while not await self._file.write(lambda db: _is_first(db, conversation, holder, self._clock())):  # noqa: ASYNC110
                await asyncio.sleep(_PAUSE)
            yield
        finally:
            renewal.cancel()
            # Runs to its end even if whoever waited was cut off; by then the one thread has drawn the ticket, or never will.
            await asyncio.shield(self._release(holder))

    async def _release(self, holder: str) -> None:
        # What was done under the lock is done; a ticket that a full disk keeps here runs out by itself.
        with suppress(StoreError):
            await self._file.write(lambda db: _release(db, holder))

    async def _keep_lease(self, holder: str) -> None:
        while True:
            await asyncio.sleep(_RENEWAL)
            with suppress(StoreError):
                await self._file.write(lambda db: _renew_lease(db, holder, self._clock()))


def _create_tables(db: sqlite3.Connection) -> None:
    for statement in _SCHEMA:
        db.execute(statement)


def _is_first(db: sqlite3.Connection, conversation: str, holder: str, now: float) -> bool:
    """Whether it is this holder's turn, after the tickets of the dead were thrown away; draws a ticket if there is none."""
    db.execute(
        "DELETE FROM line WHERE conversation = ? AND until NOT BETWEEN ? AND ?", (conversation, now, now + _LEASE)
    )
    # Also the way back for one that was passed over while its process stood still: to the end of the line.
    db.execute(
        "INSERT INTO line(conversation, holder, until) VALUES (?, ?, ?) ON CONFLICT(holder) DO NOTHING",
        (conversation, holder, now + _LEASE),
    )
    (first,) = db.execute(
        "SELECT holder FROM line WHERE conversation = ? ORDER BY number LIMIT 1", (conversation,)
    ).fetchone()
    return bool(first == holder)


def _renew_lease(db: sqlite3.Connection, holder: str, now: float) -> None:
    db.execute("UPDATE line SET until = ? WHERE holder = ?", (now + _LEASE, holder))


def _release(db: sqlite3.Connection, holder: str) -> None:
    db.execute("DELETE FROM line WHERE holder = ?", (holder,))
