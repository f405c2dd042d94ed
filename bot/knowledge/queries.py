"""Queries of the knowledge, each within the transaction of its connection."""

from __future__ import annotations

import difflib
import sqlite3

from bot.knowledge import entries
from bot.knowledge.database import KnowledgeError
from bot.knowledge.entries import Stored, to_one_line
from data.formats.starter import FOLDER
from data.records import Entry, Language
from data.text.clean import clean, fold

OWN = f"file NOT LIKE '{FOLDER}/%'"
"""The SQL condition for entries of the owner: all that the bot does not ship with."""


def require_entry(connection: sqlite3.Connection, id: str) -> Stored:
    """Return the entry of that id.

    Raises KnowledgeError, naming similar ids, if there is none.
    """
    stored = entries.find(connection, id)
    if stored is None:
        ids = [known for (known,) in connection.execute("SELECT id FROM entries ORDER BY id")]
        nearest = difflib.get_close_matches(id, ids, 3, 0.4)
        hint = f"Did you mean {', '.join(nearest)}?" if nearest else "Every reply shows the id of its entry."
        raise KnowledgeError(f"There is no entry {id!r}. {hint}")
    return stored


def find_all(connection: sqlite3.Connection, text: str) -> list[Entry]:
    """Return the entries whose id, reply or one of whose questions is the text.

    The owner's own come first.
    """
    where = "id = ? OR reply = ? OR id IN (SELECT entry FROM questions WHERE folded = ?)"
    found = entries.read(connection, where, (text.strip(), clean(text), fold(to_one_line(text))))
    return sorted((stored.entry for stored in found), key=lambda entry: entry.place.file.startswith(f"{FOLDER}/"))


def count(connection: sqlite3.Connection, text: str, own: bool) -> int:
    """Return how many entries `search` finds for the text."""
    where, values = _build_condition(text, own)
    (number,) = connection.execute(f"SELECT count(*) FROM entries WHERE {where}", values).fetchone()
    return int(number)


def search(connection: sqlite3.Connection, text: str, limit: int, offset: int, own: bool) -> list[Entry]:
    """Return the entries that contain the text, by file, row and id.

    A blank text finds all entries.
    """
    where, values = _build_condition(text, own)
    chosen = f"id IN (SELECT id FROM entries WHERE {where} ORDER BY file, row, id LIMIT ? OFFSET ?)"
    return [stored.entry for stored in entries.read(connection, chosen, (*values, limit, offset))]


def list_first_questions(connection: sqlite3.Connection, language: Language, limit: int, max_length: int) -> list[str]:
    """Return the first phrasings of the owner's entries, by file and row.

    Those of more than max_length characters are left out.
    """
    # Two ranges of the index by file, which LIKE would not use.
    rows = connection.execute(
        "SELECT text FROM entries JOIN questions ON entry = id WHERE position = 0 AND language = ? AND length(text) <= ?"
        f" AND (file < '{FOLDER}/' OR file >= '{FOLDER}0') ORDER BY file, row, id LIMIT ?",
        (language, max_length, limit),
    )
    return [text for (text,) in rows]


def list_conflicts(connection: sqlite3.Connection) -> list[tuple[Entry, ...]]:
    """Return the owner's entries that answer one question differently.

    Those of one question stand together.
    """
    conflicts = connection.execute(
        f"SELECT folded, language FROM questions JOIN entries ON id = entry WHERE {OWN}"
        " GROUP BY folded, language HAVING count(DISTINCT reply) > 1 ORDER BY folded"
    ).fetchall()
    where = f"{OWN} AND language = ? AND id IN (SELECT entry FROM questions WHERE folded = ?)"
    return [
        tuple(stored.entry for stored in entries.read(connection, where, (language, folded)))
        for folded, language in conflicts
    ]


def _build_condition(text: str, own: bool) -> tuple[str, tuple[str, ...]]:
    """Return the SQL condition, and its values, for entries that contain the text.

    % and _ mean themselves.
    """
    among = OWN if own else "TRUE"
    if not text.strip():
        return among, ()

    def escape(wanted: str) -> str:
        return "%" + wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"

    like = "LIKE ? ESCAPE '\\'"
    in_questions = f"id IN (SELECT entry FROM questions WHERE text {like} OR folded {like})"
    plain = escape(clean(text))
    condition = f"({among}) AND (id {like} OR file {like} OR reply {like} OR {in_questions})"
    return condition, (plain, plain, plain, plain, escape(fold(text)))
