"""Undo of the last import: what each entry was before, kept beside the entries, and put back in one transaction."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.knowledge import entries
from bot.knowledge.database import KnowledgeError
from bot.knowledge.entries import Change, Stored
from bot.knowledge.queries import OWN
from data.formats.errors import Sentence
from data.records import Entry, Place
from data.text.clean import fold

MAX_IMPORTS = 20
"""Imports that can be undone, one after the other."""


@dataclass(frozen=True)
class Import:
    """An import that can be undone.

    Args:
        file: The name of the file.
        time: Seconds since 1970.
    """

    file: str
    time: float


@dataclass(frozen=True)
class Undone:
    """What came of undoing an import.

    Args:
        file: The name of the file that was imported.
        removed: How many entries the import had made and that are gone now.
        restored: How many entries are as they were before it.
        kept: Entries that somebody changed or removed after the import; they stay as they are.
    """

    file: str
    removed: int
    restored: int
    kept: tuple[str, ...] = ()


def capture(connection: sqlite3.Connection, id: str) -> str | None:
    """Return everything that is stored under an id as JSON; None if there is nothing."""
    stored = entries.find(connection, id)
    forgotten = connection.execute("SELECT 1 FROM forgotten WHERE id = ?", (id,)).fetchone() is not None
    if stored is None:
        return json.dumps({"forgotten": True}) if forgotten else None
    entry = stored.entry
    (updated,) = connection.execute("SELECT updated FROM entries WHERE id = ?", (id,)).fetchone()
    record = [entry.language, entry.questions, entry.reply, entry.place.file, entry.place.row]
    return json.dumps(
        {"entry": record, "key": stored.key, "given": stored.given, "edited": stored.edited, "updated": updated},
        ensure_ascii=False,
    )


def record_import(connection: sqlite3.Connection, file: str, before: Mapping[str, str | None]) -> None:
    """Note an import within its transaction, with what was stored under each id that it changed; nothing if it changed none."""
    if not before:
        return
    cursor = connection.execute("INSERT INTO imports(file, time) VALUES (?, ?)", (file, time.time()))
    number = cursor.lastrowid
    connection.executemany(
        "INSERT INTO imported VALUES (?, ?, ?, ?)",
        [(number, id, was, _digest(capture(connection, id))) for id, was in before.items()],
    )
    connection.execute(
        "DELETE FROM imports WHERE number NOT IN (SELECT number FROM imports ORDER BY number DESC LIMIT ?)",
        (MAX_IMPORTS,),
    )


def find_last(connection: sqlite3.Connection) -> Import | None:
    """Return the import that `undo_last` would undo."""
    found = connection.execute("SELECT file, time FROM imports ORDER BY number DESC LIMIT 1").fetchone()
    return None if found is None else Import(*found)


def undo_last(connection: sqlite3.Connection) -> Undone:
    """Put every entry back as it was before the last import.

    Entries that somebody has changed since stay, and what they answer is not answered twice.

    Raises:
        KnowledgeError: There is no import.
    """
    last = connection.execute("SELECT number, file, time FROM imports ORDER BY number DESC LIMIT 1").fetchone()
    if last is None:
        raise KnowledgeError(
            Sentence(
                "There is no import to undo: none was made, all are undone, or a backup was restored since.",
                "没有可以撤销的导入：还没有导入过、已经全部撤销，或之后恢复过备份。",
            )
        )
    number, file, since = last
    touched = connection.execute("SELECT entry, before, after FROM imported WHERE import = ?", (number,)).fetchall()
    unchanged = [(id, before) for id, before, after in touched if _digest(capture(connection, id)) == after]
    kept = sorted({id for id, _, _ in touched} - {id for id, _ in unchanged})
    change = Change(connection)
    removed = 0
    for id, before in unchanged:
        if entries.find(connection, id) is not None:
            change.remove(id)
            removed += before is None or "entry" not in json.loads(before)
    restored = sum([_restore(change, id, before, since) for id, before in unchanged if before is not None])
    connection.execute("DELETE FROM imports WHERE number = ?", (number,))
    return Undone(file, removed, restored, tuple(kept))


def forget_imports(connection: sqlite3.Connection) -> None:
    """Forget all imports: what was stored before them is no longer what a person would expect back."""
    connection.execute("DELETE FROM imports")


def _restore(change: Change, id: str, before: str, since: float) -> bool:
    """Put back what was stored under an id; return whether that was an entry."""
    record = json.loads(before)
    if "entry" not in record:
        change.connection.execute("INSERT OR IGNORE INTO forgotten VALUES (?)", (id,))
        return False
    language, questions, reply, file, row = record["entry"]
    key = entries.choose_key(change.connection, record["key"])
    stored = Stored(
        Entry(id, language, tuple(questions), reply, Place(file, row)), key, record["given"], bool(record["edited"])
    )
    free = _drop_taken(change.connection, stored, since)
    if not free.entry.questions:
        return False
    change.put(free)
    change.connection.execute("UPDATE entries SET updated = ? WHERE id = ?", (record["updated"], id))
    return True


def _drop_taken(connection: sqlite3.Connection, stored: Stored, since: float) -> Stored:
    """Return the entry without questions that an entry of the owner, written since then, answers otherwise."""
    entry = stored.entry
    taken = (
        f"SELECT 1 FROM questions JOIN entries ON id = entry WHERE {OWN} AND folded = ? AND language = ? AND id <> ?"
        " AND reply <> ? AND updated > ?"
    )
    left = tuple(
        question
        for question in entry.questions
        if connection.execute(taken, (fold(question), entry.language, entry.id, entry.reply, since)).fetchone() is None
    )
    if left == entry.questions:
        return stored
    return replace(stored, entry=replace(entry, questions=left), given="")


def _digest(record: str | None) -> str:
    if record is None:
        return ""
    # The moment of a change is no difference.
    parts = {key: value for key, value in json.loads(record).items() if key != "updated"}
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
