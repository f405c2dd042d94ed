"""A fair lock on each conversation, shared by all processes that open one file."""

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

# A lease that is not renewed for this many seconds expires, and the next waiter gets the lock.
_LEASE = 5.0
_RENEWAL = 1.0
_PAUSE = 0.02


class FairLock:
    """A lease lock by tickets: numbers drawn from one SQLite file and served in order.

    No number is used twice.

    Tickets have no meaning after a crash of the machine, so their file is not synced to disk. A lease that is not renewed
    within 5 s expires, and the next waiter gets the lock; this happens to a suspended process, not to a busy one.

    Leases are measured by the clock that counts since the machine started, which setting the time of day does not move.
    A lease that ends later than any lease can was drawn before the last start, and counts as expired.
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
        """Hold the lock on the conversation: first come, first served.

        It orders the tasks of this process, and then the processes.
        """
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
            # The holder may be in another process, so there is no event to wait for.
            while not await self._file.write(lambda db: _is_first(db, conversation, holder, self._clock())):  # noqa: ASYNC110
                await asyncio.sleep(_PAUSE)
            yield
        finally:
            renewal.cancel()
            # Completes even if the waiter was cancelled; by then the one thread has drawn the ticket, or never will.
            await asyncio.shield(self._release(holder))

    async def _release(self, holder: str) -> None:
        # A lease that cannot be removed, as on a full disk, expires.
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
    """Return whether it is this holder's turn.

    Removes expired leases, and draws a ticket if the holder has none.
    """
    db.execute(
        "DELETE FROM line WHERE conversation = ? AND until NOT BETWEEN ? AND ?", (conversation, now, now + _LEASE)
    )
    # A holder whose lease expired while its process was suspended goes to the end of the line.
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
