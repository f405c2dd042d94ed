"""The SQL of conversations and turns, within the caller's transaction.

Those that name an owner raise ConversationError for what is not that owner's. Times are seconds since 1970.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from bot.serialization import turn_from_json, turn_to_json
from bot.state.error import StoreError
from bot.types import Conversation, ConversationError, Turn

# Layout 2: a turn may have versions. The tables are those of layout 1, and a turn without versions is read as before.
VERSION = 2

_SCHEMA = (
    """CREATE TABLE conversations(
        id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, created REAL NOT NULL, updated REAL NOT NULL
    ) WITHOUT ROWID""",
    "CREATE INDEX conversations_by_owner ON conversations(owner, updated)",
    """CREATE TABLE turns(
        conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
        number INTEGER NOT NULL, text TEXT NOT NULL, turn TEXT NOT NULL,
        PRIMARY KEY(conversation, number)
    ) WITHOUT ROWID""",
)
_ENDLESS = 2**62


def search_text(turn: Turn) -> str:
    """Return the texts of a turn in the form that a search looks through."""
    replies = [version.text for version in turn.versions] or [turn.reply.text]
    return "\n".join([turn.message.text, *replies]).casefold()


def create_tables(db: sqlite3.Connection) -> None:
    """Make the tables if there are none.

    Raises:
        StoreError: A newer version of the program made them.
    """
    db.create_function("casefold", 1, lambda text: str(text).casefold(), deterministic=True)
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        (_, _, path) = db.execute("PRAGMA database_list").fetchone()
        raise StoreError(
            f"{path} was written by a newer version of this program (layout {version}; this one knows {VERSION}). "
            "Update the program."
        )
    if version == 0:
        for statement in _SCHEMA:
            db.execute(statement)
    if version != VERSION:
        db.execute(f"PRAGMA user_version = {VERSION}")


def put_conversation(db: sqlite3.Connection, conversation: Conversation) -> None:
    """Store the conversation, or what changed in it; its turns stay."""
    db.execute(
        "INSERT INTO conversations VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT(id) DO UPDATE SET title = excluded.title, updated = excluded.updated",
        (conversation.id, conversation.owner, conversation.title, conversation.created, conversation.updated),
    )


def get_conversation(db: sqlite3.Connection, owner: str, id: str) -> Conversation:
    """Return the owner's conversation of that id."""
    row = db.execute(
        "SELECT id, owner, title, created, updated FROM conversations WHERE id = ? AND owner = ?", (id, owner)
    ).fetchone()
    if row is None:
        raise ConversationError(f"there is no conversation {id}")
    return Conversation(*row)


def list_conversations(db: sqlite3.Connection, owner: str, search: str) -> list[Conversation]:
    """Return the owner's conversations, last used first.

    With search, only those whose title or texts contain it as typed.
    """
    wanted = search.strip().casefold()
    rows = db.execute(
        "SELECT id, owner, title, created, updated FROM conversations WHERE owner = ? AND (? = '' OR"
        " instr(casefold(title), ?) OR id IN (SELECT conversation FROM turns WHERE instr(text, ?)))"
        " ORDER BY updated DESC, id",
        (owner, wanted, wanted, wanted),
    )
    return [Conversation(*row) for row in rows]


def rename_conversation(db: sqlite3.Connection, owner: str, id: str, title: str) -> None:
    """Give the conversation another title."""
    get_conversation(db, owner, id)
    db.execute("UPDATE conversations SET title = ? WHERE id = ?", (title, id))


def delete_conversation(db: sqlite3.Connection, owner: str, id: str) -> None:
    """Remove the conversation and, by the foreign key, every turn of it."""
    get_conversation(db, owner, id)
    db.execute("DELETE FROM conversations WHERE id = ?", (id,))


def list_turns(
    db: sqlite3.Connection, owner: str, id: str, last: int | None = None, before: int | None = None
) -> list[Turn]:
    """Return the turns in order: all, or the last few of those below before."""
    get_conversation(db, owner, id)
    rows = db.execute(
        "SELECT turn FROM turns WHERE conversation = ? AND number < ? ORDER BY number DESC LIMIT ?",
        (id, _ENDLESS if before is None else before, -1 if last is None else last),
    ).fetchall()
    return [turn_from_json(line) for (line,) in reversed(rows)]


def append_turn(db: sqlite3.Connection, owner: str, id: str, turn: Turn) -> Turn:
    """Store the turn as the next one, used at its time.

    Returns it with the number it was given.
    """
    get_conversation(db, owner, id)
    (number,) = db.execute("SELECT coalesce(max(number) + 1, 0) FROM turns WHERE conversation = ?", (id,)).fetchone()
    turn = replace(turn, number=number)
    put_turns(db, id, [turn])
    _set_updated(db, id, turn.time)
    return turn


def replace_turn(db: sqlite3.Connection, owner: str, id: str, turn: Turn, time: float) -> None:
    """Put turn in the place of the stored one with the same number.

    Raises:
        ConversationError: There is none.
    """
    get_conversation(db, owner, id)
    if not db.execute("SELECT 1 FROM turns WHERE conversation = ? AND number = ?", (id, turn.number)).fetchone():
        raise ConversationError(f"conversation {id} has no turn {turn.number}")
    put_turns(db, id, [turn])
    _set_updated(db, id, time)


def cut_turns(db: sqlite3.Connection, owner: str, id: str, number: int, time: float) -> list[int]:
    """Remove the turn of that number and all after it.

    Returns the numbers of those removed.
    """
    get_conversation(db, owner, id)
    rows = db.execute(
        "SELECT number FROM turns WHERE conversation = ? AND number >= ? ORDER BY number", (id, number)
    ).fetchall()
    db.execute("DELETE FROM turns WHERE conversation = ? AND number >= ?", (id, number))
    _set_updated(db, id, time)
    return [gone for (gone,) in rows]


def put_turns(db: sqlite3.Connection, id: str, turns: Sequence[Turn]) -> None:
    """Store the turns under the numbers they have."""
    db.executemany(
        "INSERT OR REPLACE INTO turns VALUES (?, ?, ?, ?)",
        [(id, turn.number, search_text(turn), turn_to_json(turn)) for turn in turns],
    )


def _set_updated(db: sqlite3.Connection, id: str, time: float) -> None:
    db.execute("UPDATE conversations SET updated = max(updated, ?) WHERE id = ?", (time, id))
