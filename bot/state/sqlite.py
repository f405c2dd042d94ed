"""Conversations in one SQLite file: durable when a call returns, shared by every process that opens the file."""

from __future__ import annotations

import secrets
import sqlite3
import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from bot.state import queries
from bot.state.database import Database
from bot.state.disk import DiskProbe
from bot.state.error import StoreError
from bot.state.lock import FairLock
from bot.types import Conversation, Health, Message, Reply, Turn


def build_conversation(owner: str, title: str) -> Conversation:
    """Return an empty conversation, not yet stored, with an unguessable id: 128 random bits as 22 characters."""
    now = time.time()
    return Conversation(secrets.token_urlsafe(16), owner, title, now, now)


class SqliteStore:
    """The default store.

    A turn is committed, and on the disk, before append returns; a crash loses nothing acknowledged.

    Every call raises StoreError if the file cannot be used, and StoreFullError, a kind of it, if its disk is full.
    """

    def __init__(self, path: Path) -> None:
        self._file = Database(path, "FULL")
        self._lock = FairLock(path.with_suffix(".tickets"))
        self._disk = DiskProbe(path.parent)

    async def open(self) -> None:
        """Open the file, or make it.

        Raises:
            StoreError: It cannot be used or a newer version wrote it.
        """
        await self._file.open(queries.create_tables)
        try:
            await self._lock.open()
        except BaseException:
            await self._file.close()
            raise

    async def close(self) -> None:
        """Close the file."""
        await self._lock.close()
        await self._file.close()

    async def health(self) -> Health:
        """Return whether the file can be read and the disk written."""
        try:
            await self._file.read(lambda db: db.execute("SELECT 1 FROM conversations LIMIT 1").fetchone())
        except StoreError as error:
            return Health("sqlite", degraded=True, warnings=(str(error),), writable=False)
        failure = await self._disk.failure()
        return Health("sqlite", failure is not None, (failure,) if failure else (), failure is None)

    async def begin(self, owner: str, title: str) -> Conversation:
        """Make an empty conversation."""
        made = build_conversation(owner, title)
        await self._file.write(lambda db: queries.put_conversation(db, made))
        return made

    async def conversations(self, owner: str, search: str = "") -> list[Conversation]:
        """Return the owner's conversations, last used first.

        With search, only those that contain it.
        """
        return await self._file.read(lambda db: queries.list_conversations(db, owner, search))

    async def rename(self, owner: str, conversation: str, title: str) -> None:
        """Give the conversation another title."""
        await self._file.write(lambda db: queries.rename_conversation(db, owner, conversation, title))

    async def delete(self, owner: str, conversation: str) -> None:
        """Remove the conversation and every turn of it."""
        await self._file.write(lambda db: queries.delete_conversation(db, owner, conversation), deletes=True)

    async def turns(
        self, owner: str, conversation: str, last: int | None = None, before: int | None = None
    ) -> list[Turn]:
        """Return the turns in order: all, or the last few of those below before."""
        return await self._file.read(lambda db: queries.list_turns(db, owner, conversation, last, before))

    async def append(
        self, owner: str, conversation: str, message: Message, reply: Reply, instead_of: int | None = None
    ) -> Turn:
        """Store the next turn and return it with its number and time.

        instead_of cuts the conversation there, both or neither.
        """
        turn = Turn(-1, message, reply, time.time())

        def work(db: sqlite3.Connection) -> Turn:
            if instead_of is not None:
                queries.cut_turns(db, owner, conversation, instead_of, turn.time)
            return queries.append_turn(db, owner, conversation, turn)

        return await self._file.write(work)

    async def replace(self, owner: str, conversation: str, turn: Turn) -> None:
        """Put turn in the place of the stored one with the same number."""
        await self._file.write(lambda db: queries.replace_turn(db, owner, conversation, turn, time.time()))

    def turn_lock(self, conversation: str) -> AbstractAsyncContextManager[None]:
        """Return a lock on the conversation: first come, first served, among all processes that have the file open."""
        return self._lock.turn_lock(conversation)
