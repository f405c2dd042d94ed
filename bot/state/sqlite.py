"""Conversations in one SQLite file: durable when a call returns, shared by every process that opens the file."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from bot.state.error import StoreError
from bot.types import Conversation, ConversationError, Health, Message, Reply, Turn
from bot.wire import turn_from_json, turn_to_json

VERSION = 1
Result = TypeVar("Result")

_SCHEMA = """
CREATE TABLE conversations(
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, created REAL NOT NULL, updated REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX conversations_by_owner ON conversations(owner, updated);
CREATE TABLE turns(
    conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    number INTEGER NOT NULL, text TEXT NOT NULL, turn TEXT NOT NULL,
    PRIMARY KEY(conversation, number)
) WITHOUT ROWID;
"""
_TICKETS = """
CREATE TABLE IF NOT EXISTS tickets(
    number INTEGER PRIMARY KEY AUTOINCREMENT, conversation TEXT NOT NULL, until REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS tickets_by_conversation ON tickets(conversation, number);
"""

# A ticket that is not renewed for this long belongs to a process that died; the next one may go on.
_LEASE = 5.0
_RENEWAL = 1.0
_PAUSE = 0.02
_PATIENCE = 30.0
_ENDLESS = 2**62


def new_id() -> str:
    """An id that nobody can guess: 128 random bits, as 22 characters that are safe in a path and an address."""
    return secrets.token_urlsafe(16)


def searched(turn: Turn) -> str:
    """The texts of a turn as a search looks through them."""
    return f"{turn.message.text}\n{turn.reply.text}".casefold()


class SqliteStore:
    """The default store. A turn is committed, and on the disk, before append returns; a crash loses nothing acknowledged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._tickets: sqlite3.Connection | None = None
        # SQLite has one writer at a time anyway; one thread keeps the order of the calls and the event loop free.
        self._thread: ThreadPoolExecutor | None = None
        self._local: dict[str, asyncio.Lock] = {}
        self._waiting: dict[str, int] = {}

    async def open(self) -> None:
        """Open the file, or make it. Raises StoreError if it cannot be used."""
        self._thread = ThreadPoolExecutor(1, "store")
        try:
            await self._run(self._connect)
        except sqlite3.Error as error:
            raise StoreError(
                f"{self._path} cannot be used: {error}. It should be this bot's conversations, in a folder that can be written; "
                "if it is damaged, move it away and start again."
            ) from error

    async def close(self) -> None:
        """Close the file."""
        if self._thread is not None:
            for connection in (self._connection, self._tickets):
                if connection is not None:
                    await self._run(connection.close)
            self._connection = self._tickets = None
            self._thread.shutdown()
            self._thread = None

    async def health(self) -> Health:
        """Healthy if the file answers."""
        try:
            await self._run(lambda: self._open().execute("SELECT 1 FROM conversations LIMIT 1").fetchone())
        except sqlite3.Error as error:
            return Health("sqlite", degraded=True, warnings=(f"The conversations cannot be read: {error}.",))
        return Health("sqlite")

    async def begin(self, owner: str, title: str) -> Conversation:
        """Make an empty conversation."""
        now = time.time()
        made = Conversation(new_id(), owner, title, now, now)
        await self.put(made)
        return made

    async def put(self, conversation: Conversation) -> None:
        """Store a conversation that was begun elsewhere, or its new title; its turns stay."""
        row = (conversation.id, conversation.owner, conversation.title, conversation.created, conversation.updated)
        await self._write(
            lambda db: db.execute(
                "INSERT INTO conversations VALUES (?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET title = excluded.title,"
                " updated = max(updated, excluded.updated)",
                row,
            )
        )

    async def conversations(self, owner: str, search: str = "") -> list[Conversation]:
        """The owner's conversations, last used first; with search, those that contain it."""
        wanted = search.strip().casefold()
        rows = await self._run(
            lambda: (
                self._open()
                .execute(
                    "SELECT id, owner, title, created, updated FROM conversations WHERE owner = ? AND (? = '' OR"
                    " instr(casefold(title), ?) OR id IN (SELECT conversation FROM turns WHERE instr(text, ?)))"
                    " ORDER BY updated DESC, id",
                    (owner, wanted, wanted, wanted),
                )
                .fetchall()
            )
        )
        return [Conversation(*row) for row in rows]

    async def rename(self, owner: str, conversation: str, title: str) -> None:
        """Give the conversation another title."""

        def work(db: sqlite3.Connection) -> None:
            _refuse_stranger(db, owner, conversation)
            db.execute("UPDATE conversations SET title = ? WHERE id = ?", (title, conversation))

        await self._write(work)

    async def delete(self, owner: str, conversation: str) -> None:
        """Remove the conversation and every turn of it."""

        def work(db: sqlite3.Connection) -> None:
            _refuse_stranger(db, owner, conversation)
            db.execute("DELETE FROM conversations WHERE id = ?", (conversation,))

        await self._write(work)

    async def turns(
        self, owner: str, conversation: str, last: int | None = None, before: int | None = None
    ) -> list[Turn]:
        """The turns of the conversation in order: all, or the last few of those below before."""

        def work() -> list[str]:
            _refuse_stranger(self._open(), owner, conversation)
            rows = self._open().execute(
                "SELECT turn FROM turns WHERE conversation = ? AND number < ? ORDER BY number DESC LIMIT ?",
                (conversation, _ENDLESS if before is None else before, -1 if last is None else last),
            )
            return [turn for (turn,) in rows]

        return [turn_from_json(line) for line in reversed(await self._run(work))]

    async def append(self, owner: str, conversation: str, message: Message, reply: Reply) -> Turn:
        """Store the next turn and return it with its number and time."""

        def work(db: sqlite3.Connection) -> Turn:
            _refuse_stranger(db, owner, conversation)
            (number,) = db.execute(
                "SELECT coalesce(max(number) + 1, 0) FROM turns WHERE conversation = ?", (conversation,)
            ).fetchone()
            turn = Turn(number, message, reply, time.time())
            _put_turn(db, conversation, turn)
            return turn

        return await self._write(work)

    async def replace(self, owner: str, conversation: str, turn: Turn) -> None:
        """Put turn in the place of the stored one with the same number."""

        def work(db: sqlite3.Connection) -> None:
            _refuse_stranger(db, owner, conversation)
            if not db.execute(
                "SELECT 1 FROM turns WHERE conversation = ? AND number = ?", (conversation, turn.number)
            ).fetchone():
                raise ConversationError(f"conversation {conversation} has no turn {turn.number}")
            _put_turn(db, conversation, turn)

        await self._write(work)

    async def cut(self, owner: str, conversation: str, number: int) -> None:
        """Remove the turn of that number and all after it."""

        def work(db: sqlite3.Connection) -> None:
            _refuse_stranger(db, owner, conversation)
            db.execute("DELETE FROM turns WHERE conversation = ? AND number >= ?", (conversation, number))

        await self._write(work)

    async def keep(self, conversation: Conversation, turns: list[Turn]) -> None:
        """Hold exactly this: the conversation as it is elsewhere, with exactly these turns."""
        await self.put(conversation)

        def work(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM turns WHERE conversation = ?", (conversation.id,))
            for turn in turns:
                _insert_turn(db, conversation.id, turn)

        await self._write(work)

    async def keep_turn(self, conversation: Conversation, turn: Turn) -> None:
        """Hold one more turn of a conversation that is kept as it is elsewhere."""
        await self.put(conversation)
        await self._write(lambda db: _insert_turn(db, conversation.id, turn))

    @asynccontextmanager
    async def turn_lock(self, conversation: str) -> AsyncIterator[None]:
        """Hold the conversation: first come, first served, in this process and in every other that has the file open."""
        lock = self._local.setdefault(conversation, asyncio.Lock())
        self._waiting[conversation] = self._waiting.get(conversation, 0) + 1
        try:
            async with lock:
                ticket = await self._ticket(lambda db: _draw(db, conversation))
                renewal = asyncio.create_task(self._renew(ticket))
                try:
                    # The one ahead may be in another process, so there is no event to wait for.
                    while not await self._ticket(lambda db: _first(db, conversation, ticket)):  # noqa: ASYNC110
                        await asyncio.sleep(_PAUSE)
                    yield
                finally:
                    renewal.cancel()
                    await asyncio.shield(self._ticket(lambda db: _give_back(db, ticket)))
        finally:
            self._waiting[conversation] -= 1
            if not self._waiting[conversation]:
                del self._waiting[conversation], self._local[conversation]

    async def _renew(self, ticket: int) -> None:
        while True:
            await asyncio.sleep(_RENEWAL)
            await self._ticket(lambda db: _prolong(db, ticket))

    def _connect(self) -> None:
        connection = _connected(self._path, "FULL")
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
            connection.create_function("casefold", 1, lambda text: str(text).casefold(), deterministic=True)
            connection.execute("BEGIN IMMEDIATE")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise StoreError(
                    f"{self._path} was written by a newer version of this program (layout {version}; this one knows {VERSION}). "
                    "Update the program."
                )
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute("COMMIT")
            # Tickets mean nothing after a crash, so they lie in a file of their own that does not wait for the disk.
            self._tickets = _connected(self._path.with_suffix(".tickets"), "OFF")
            self._tickets.executescript(_TICKETS)
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreError(f"{self._path} is not open")
        return self._connection

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._thread is None:
            raise StoreError(f"{self._path} is not open")
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _write(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        return await self._run(lambda: _transaction(self._open(), work))

    async def _ticket(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        self._open()
        assert self._tickets is not None
        tickets = self._tickets
        return await self._run(lambda: _transaction(tickets, work))


def _connected(path: Path, synchronous: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, _PATIENCE, isolation_level=None, check_same_thread=False)
    until = time.monotonic() + _PATIENCE
    try:
        while True:
            # Two processes that make the file at the same moment: SQLite does not wait here by itself.
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError as error:
                if (
                    error.sqlite_errorcode not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
                    or time.monotonic() > until
                ):
                    raise
            time.sleep(0.02)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
    except BaseException:
        connection.close()
        raise
    return connection


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


def _refuse_stranger(db: sqlite3.Connection, owner: str, conversation: str) -> None:
    found = db.execute("SELECT 1 FROM conversations WHERE id = ? AND owner = ?", (conversation, owner)).fetchone()
    if found is None:
        raise ConversationError(f"there is no conversation {conversation}")


def _put_turn(db: sqlite3.Connection, conversation: str, turn: Turn) -> None:
    _insert_turn(db, conversation, turn)
    db.execute("UPDATE conversations SET updated = ? WHERE id = ?", (time.time(), conversation))


def _insert_turn(db: sqlite3.Connection, conversation: str, turn: Turn) -> None:
    row = (conversation, turn.number, searched(turn), turn_to_json(turn))
    db.execute("INSERT OR REPLACE INTO turns VALUES (?, ?, ?, ?)", row)


def _draw(db: sqlite3.Connection, conversation: str) -> int:
    values = (conversation, time.time() + _LEASE)
    return int(db.execute("INSERT INTO tickets(conversation, until) VALUES (?, ?)", values).lastrowid or 0)


def _first(db: sqlite3.Connection, conversation: str, ticket: int) -> bool:
    """Whether it is this ticket's turn, after the tickets of the dead were thrown away."""
    db.execute("DELETE FROM tickets WHERE conversation = ? AND until < ?", (conversation, time.time()))
    (first,) = db.execute("SELECT min(number) FROM tickets WHERE conversation = ?", (conversation,)).fetchone()
    return first is None or first >= ticket


def _prolong(db: sqlite3.Connection, ticket: int) -> None:
    db.execute("UPDATE tickets SET until = ? WHERE number = ?", (time.time() + _LEASE, ticket))


def _give_back(db: sqlite3.Connection, ticket: int) -> None:
    db.execute("DELETE FROM tickets WHERE number = ?", (ticket,))
