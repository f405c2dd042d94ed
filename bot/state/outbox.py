"""The outbox of a Redis store.

It holds copies of conversations used lately, and the changes that Redis has not received yet.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bot.serialization import turn_from_json, turn_to_json
from bot.state import queries
from bot.state.sqlite import SqliteStore
from bot.types import Conversation, Turn

Change = Mapping[str, Any]
"""JSON-ready: id, kind, conversation, owner, time, and by kind: begin and keep made, keep turns, append and replace turn,
cut number (or numbers, once it is known which turns were removed), rename title; delete nothing more."""

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS pending("
    "number INTEGER PRIMARY KEY AUTOINCREMENT, conversation TEXT NOT NULL, change TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS pending_by_conversation ON pending(conversation)",
    "CREATE TABLE IF NOT EXISTS renumbered(conversation TEXT NOT NULL, spooled INTEGER NOT NULL, stored INTEGER NOT NULL,"
    " PRIMARY KEY(conversation, spooled)) WITHOUT ROWID",
)
# Conversations kept here beyond those that still have changes to replay.
_MOST = 1000


@dataclass(frozen=True)
class Pending:
    """A change that waits for Redis; number is its place in the queue."""

    number: int
    change: Change


class Outbox(SqliteStore):
    """An SQLite store with a queue of changes for Redis.

    Several processes of one home share it.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)

    async def open(self) -> None:
        """Open the file, or make it; conversations not used for long are dropped."""
        await super().open()
        await self._file.write(_create_tables)

    async def enqueue(self, *changes: Change) -> int | None:
        """Make the changes here and put them at the end of the queue, all or none.

        For an append, the number it was given is returned.
        """

        def work(db: sqlite3.Connection) -> int | None:
            number = None
            for change in changes:
                number = _enqueue(db, change)
            return number

        return await self._file.write(work, deletes=any(change["kind"] == "delete" for change in changes))

    async def mirror(self, change: Change) -> None:
        """Make a change here that Redis has made.

        An append carries the number it was given there.
        """
        await self._file.write(lambda db: _apply(db, change), deletes=change["kind"] == "delete")

    async def store_copy(self, conversation: Conversation, turns: Sequence[Turn]) -> None:
        """Replace the copy of the conversation by this one, with exactly these turns."""

        def work(db: sqlite3.Connection) -> None:
            queries.put_conversation(db, conversation)
            db.execute("DELETE FROM turns WHERE conversation = ?", (conversation.id,))
            queries.put_turns(db, conversation.id, turns)

        await self._file.write(work)

    async def list_copies(self, owner: str) -> set[str]:
        """Return the ids of the owner's copied conversations with nothing to replay."""
        found = await self._file.read(
            lambda db: db.execute(
                "SELECT id FROM conversations WHERE owner = ? AND id NOT IN (SELECT conversation FROM pending)",
                (owner,),
            ).fetchall()
        )
        return {id for (id,) in found}

    async def drop_copies(self, ids: set[str]) -> None:
        """Drop the copies of these conversations; those with changes to replay stay."""
        await self._file.write(
            lambda db: db.executemany(
                "DELETE FROM conversations WHERE id = ? AND id NOT IN (SELECT conversation FROM pending)",
                [(id,) for id in ids],
            ),
            deletes=True,
        )

    async def list_pending(self) -> list[Pending]:
        """Return the changes that wait for Redis, in order."""
        found = await self._file.read(
            lambda db: db.execute("SELECT number, change FROM pending ORDER BY number").fetchall()
        )
        return [Pending(number, json.loads(change)) for number, change in found]

    async def finish(self, pending: Pending, stored: int | None) -> None:
        """Take a replayed change out of the queue.

        stored is the number that an appended turn was given in Redis.
        """

        def work(db: sqlite3.Connection) -> None:
            id = pending.change["conversation"]
            db.execute("DELETE FROM pending WHERE number = ?", (pending.number,))
            if stored is not None:
                row = (id, pending.change["turn"]["number"], stored)
                db.execute("INSERT OR REPLACE INTO renumbered VALUES (?, ?, ?)", row)
            if not _has_pending(db, id):
                db.execute("DELETE FROM renumbered WHERE conversation = ?", (id,))

        await self._file.write(work, deletes=True)

    async def find_stored_numbers(self, conversation: str, spooled: Sequence[int]) -> list[int]:
        """Return the numbers in Redis of turns that have the numbers `spooled` here."""
        found = await self._file.read(
            lambda db: db.execute(
                "SELECT spooled, stored FROM renumbered WHERE conversation = ?", (conversation,)
            ).fetchall()
        )
        stored: dict[int, int] = dict(found)
        return [stored.get(number, number) for number in spooled]


def _create_tables(db: sqlite3.Connection) -> None:
    for statement in _SCHEMA:
        db.execute(statement)
    db.execute(
        "DELETE FROM conversations WHERE id NOT IN (SELECT id FROM conversations ORDER BY updated DESC LIMIT ?)"
        " AND id NOT IN (SELECT conversation FROM pending)",
        (_MOST,),
    )


def _enqueue(db: sqlite3.Connection, change: Change) -> int | None:
    """Make the change and note it for Redis; the number of an appended turn."""
    id, noted = change["conversation"], dict(change)
    if change["kind"] != "begin" and not _has_pending(db, id):
        # Should Redis return without the conversation (emptied, or rested too long), this brings it back.
        made, turns = queries.get_conversation(db, change["owner"], id), queries.list_turns(db, change["owner"], id)
        lines = [json.loads(turn_to_json(turn)) for turn in turns]
        _insert_pending(
            db, {**change, "id": f"{change['id']}-keep", "kind": "keep", "made": asdict(made), "turns": lines}
        )
    number: int | None = None
    if change["kind"] == "cut":
        # Only what was seen is to go; what others append meanwhile is not.
        noted["numbers"] = queries.cut_turns(db, change["owner"], id, change["number"], change["time"])
    else:
        number = _apply(db, change)
    if number is not None:
        noted["turn"] = {**change["turn"], "number": number}
    _insert_pending(db, noted)
    return number


def _has_pending(db: sqlite3.Connection, id: str) -> bool:
    return db.execute("SELECT 1 FROM pending WHERE conversation = ? LIMIT 1", (id,)).fetchone() is not None


def _insert_pending(db: sqlite3.Connection, change: Change) -> None:
    line = json.dumps(change, ensure_ascii=False)
    db.execute("INSERT INTO pending(conversation, change) VALUES (?, ?)", (change["conversation"], line))


def _apply(db: sqlite3.Connection, change: Change) -> int | None:
    """Make the change in the rows.

    For an append without a number, the number it was given is returned.
    """
    owner, id, time = change["owner"], change["conversation"], change["time"]
    turn = turn_from_json(json.dumps(change["turn"])) if "turn" in change else None
    match change["kind"]:
        case "begin":
            queries.put_conversation(db, Conversation(**change["made"]))
        case "append" if turn is not None and turn.number < 0:
            return queries.append_turn(db, owner, id, turn).number
        case "append" if turn is not None:
            queries.put_conversation(db, replace(queries.get_conversation(db, owner, id), updated=time))
            queries.put_turns(db, id, [turn])
        case "replace" if turn is not None:
            queries.replace_turn(db, owner, id, turn, time)
        case "cut":
            queries.cut_turns(db, owner, id, change["number"], time)
        case "rename":
            queries.rename_conversation(db, owner, id, change["title"])
        case "delete":
            queries.delete_conversation(db, owner, id)
        case kind:
            raise ValueError(f"there is no change of kind {kind}")
    return None
