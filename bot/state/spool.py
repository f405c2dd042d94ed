"""What a store in Redis keeps on this machine: the conversations it used lately, and the changes Redis has not seen yet."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.state.sqlite import SqliteStore
from bot.types import Conversation, ConversationError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS pending(number INTEGER PRIMARY KEY AUTOINCREMENT, change TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS renumbered(
    conversation TEXT NOT NULL, spooled INTEGER NOT NULL, stored INTEGER NOT NULL, PRIMARY KEY(conversation, spooled)
) WITHOUT ROWID;
"""
# Conversations kept here beyond those that still have changes to replay.
_MOST = 1000


@dataclass(frozen=True)
class Pending:
    """A change that waits for Redis; number is its place in the queue."""

    number: int
    change: Mapping[str, Any]


class Spool(SqliteStore):
    """An SQLite store that also keeps the queue of changes. Several processes of one home share it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)

    async def open(self) -> None:
        """Open the file, or make it; conversations not used for long are dropped."""
        await super().open()
        await self._run(lambda: self._open().executescript(_SCHEMA))
        if not await self.pending():
            await self._write(
                lambda db: db.execute(
                    "DELETE FROM conversations WHERE id NOT IN (SELECT id FROM conversations ORDER BY updated DESC LIMIT ?)",
                    (_MOST,),
                )
            )

    async def note(self, change: Mapping[str, Any]) -> None:
        """Put the change at the end of the queue; durable on return."""
        line = json.dumps(change, ensure_ascii=False)
        await self._write(lambda db: db.execute("INSERT INTO pending(change) VALUES (?)", (line,)))

    async def pending(self) -> list[Pending]:
        """The changes that wait, in order."""
        rows = await self._run(
            lambda: self._open().execute("SELECT number, change FROM pending ORDER BY number").fetchall()
        )
        return [Pending(number, json.loads(change)) for number, change in rows]

    async def done(self, pending: Pending, stored: int | None) -> None:
        """Take a replayed change out of the queue; stored is the number that an appended turn was given in Redis."""

        def work(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM pending WHERE number = ?", (pending.number,))
            if stored is not None:
                row = (pending.change["conversation"], pending.change["turn"]["number"], stored)
                db.execute("INSERT OR REPLACE INTO renumbered VALUES (?, ?, ?)", row)
            if not db.execute("SELECT 1 FROM pending LIMIT 1").fetchone():
                db.execute("DELETE FROM renumbered")

        await self._write(work)

    async def stored_number(self, conversation: str, spooled: int) -> int:
        """The number in Redis of a turn that was appended here under the number spooled."""
        found = await self._run(
            lambda: (
                self._open()
                .execute(
                    "SELECT stored FROM renumbered WHERE conversation = ? AND spooled = ?", (conversation, spooled)
                )
                .fetchone()
            )
        )
        return spooled if found is None else int(found[0])

    async def conversation(self, owner: str, id: str) -> Conversation:
        """The conversation as it is kept here. Raises ConversationError if it is not here or not the owner's."""
        row = await self._run(
            lambda: (
                self._open()
                .execute(
                    "SELECT id, owner, title, created, updated FROM conversations WHERE id = ? AND owner = ?",
                    (id, owner),
                )
                .fetchone()
            )
        )
        if row is None:
            raise ConversationError(f"there is no conversation {id}")
        return Conversation(*row)
