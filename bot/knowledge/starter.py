"""The entries that the bot ships with, brought up to the texts of this version."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from bot.knowledge import entries
from bot.knowledge.entries import Change, Stored, digest
from data.formats.starter import FOLDER
from data.records import Entry


def read_digest(connection: sqlite3.Connection) -> str:
    """Return the digest of the starter texts that the knowledge holds."""
    (found,) = connection.execute("SELECT starter FROM meta").fetchone()
    return str(found)


def update(connection: sqlite3.Connection, texts: Mapping[str, Entry], text_digest: str) -> None:
    """Add, change and remove shipped entries until they are those of the texts.

    What a person edited stays as it is, and what was forgotten stays forgotten.

    Args:
        connection: Within a write transaction.
        texts: The entries of the texts by their id.
        text_digest: The digest to remember.
    """
    change = Change(connection)
    known = {stored.entry.id: stored for stored in entries.read(connection, "file LIKE ?", (f"{FOLDER}/%",))}
    forgotten = {id for (id,) in connection.execute("SELECT id FROM forgotten")}
    for id, entry in texts.items():
        given = digest(entry.questions, entry.reply)
        old = known.get(id)
        if old is None and id not in forgotten:
            change.put(Stored(entry, id, given))
        elif old is not None and (old.edited or old.given == given):
            change.move(old, entry.place)
        elif old is not None:
            change.put(Stored(entry, id, given))
    for id, old in known.items():
        if id not in texts and not old.edited:
            change.remove(id)
    connection.execute("UPDATE meta SET starter = ?", (text_digest,))
