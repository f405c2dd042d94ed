"""The SQLite file of the knowledge, which several threads and processes use at once."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.knowledge import passages
from bot.knowledge.entries import has_changed
from bot.sqlite_file import connect, run_transaction

VERSION = 3

# key is what makes learning again find the entry it made before: the SHA-256 of the file, the language and the folded first
# question; for a starter entry, its id. given is the digest of the text as its file last gave it. Layout 3 adds edited: whether
# a person has changed the entry.
# changes holds one line for each id there ever was, with the revision of its last change, and so never grows without bound.
_SCHEMA = """
CREATE TABLE entries(
    id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, language TEXT NOT NULL, reply TEXT NOT NULL,
    file TEXT NOT NULL, row INTEGER NOT NULL, given TEXT NOT NULL, updated REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX entries_by_file ON entries(file, row);
CREATE TABLE questions(
    entry TEXT NOT NULL REFERENCES entries(id) ON DELETE CASCADE, position INTEGER NOT NULL,
    text TEXT NOT NULL, folded TEXT NOT NULL,
    PRIMARY KEY(entry, position)
) WITHOUT ROWID;
CREATE INDEX questions_by_folded ON questions(folded);
CREATE TABLE forgotten(id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE changes(entry TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX changes_by_revision ON changes(revision);
CREATE TABLE meta(revision INTEGER NOT NULL, starter TEXT NOT NULL);
INSERT INTO meta VALUES (0, '');
"""


class KnowledgeError(Exception):
    """A request that the knowledge cannot fulfil.

    The message says what was given, what is expected and what to do.
    """


class Database:
    """A pool of connections to the file: one for each thread that is in a transaction."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        with self._borrow() as connection:
            self._prepare(connection)

    def close(self) -> None:
        """Close every connection; those in use are closed when their transaction ends."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def read_transaction(self) -> Iterator[sqlite3.Connection]:
        """One read transaction: everything read in it is of one revision, whatever is written meanwhile."""
        with self._borrow() as connection, run_transaction(connection, is_reading=True):
            yield connection

    @contextmanager
    def write_transaction(self) -> Iterator[sqlite3.Connection]:
        """One write transaction: durable when it ends, nothing of it if it raises.

        Waits for other writers.
        """
        with self._borrow() as connection, run_transaction(connection):
            yield connection

    @contextmanager
    def _borrow(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._closed:
                raise KnowledgeError(f"{self._path} is closed already; open the knowledge anew to use it.")
            connection = self._idle.pop() if self._idle else None
        try:
            connection = connection or connect(self._path, "FULL")
            yield connection
        except sqlite3.Error as error:
            raise KnowledgeError(
                f"{self._path} cannot be used: {error}. It should be the knowledge of this bot, in a folder that can be written, "
                "on a disk with space left; if it is damaged, move it away and restore a backup."
            ) from error
        finally:
            if connection is not None:
                self._return(connection)

    def _return(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _prepare(self, connection: sqlite3.Connection) -> None:
        with run_transaction(connection):
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise KnowledgeError(
                    f"{self._path} was written by a newer version of this program (layout {version}; this one knows {VERSION}). "
                    "Update the program, or restore a backup into a new home."
                )
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    connection.execute(statement)
            if version < 2:
                # Revisions of two files can be the same by chance; what was made from one must not pass for the other's.
                connection.execute("ALTER TABLE meta ADD COLUMN identity TEXT NOT NULL DEFAULT ''")
                connection.execute("UPDATE meta SET identity = ?", (secrets.token_hex(16),))
            if version < 3:
                connection.execute("ALTER TABLE entries ADD COLUMN edited INTEGER NOT NULL DEFAULT 0")
                _mark_edited(connection)
            if version < VERSION:
                connection.execute(f"PRAGMA user_version = {VERSION}")
            for statement in passages.SCHEMA.split(";\n"):
                connection.execute(statement)
            # An older program works without these tables, so the version of the layout stays.
            connection.execute(
                "CREATE TABLE IF NOT EXISTS choices(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
            )
            connection.execute(
                "CREATE TABLE IF NOT EXISTS imports("
                "number INTEGER PRIMARY KEY AUTOINCREMENT, file TEXT NOT NULL, time REAL NOT NULL)"
            )
            # What was stored under an id before an import changed it, and the digest of what the import left there.
            connection.execute(
                "CREATE TABLE IF NOT EXISTS imported(import INTEGER NOT NULL REFERENCES imports(number) ON DELETE CASCADE,"
                " entry TEXT NOT NULL, before TEXT, after TEXT NOT NULL, PRIMARY KEY(import, entry)) WITHOUT ROWID"
            )


def _mark_edited(connection: sqlite3.Connection) -> None:
    """Mark the entries whose text differs from that of their file.

    Until layout 3, that was how a person's change was recognised.
    """
    texts = connection.execute(
        "SELECT id, given, reply,"
        " (SELECT json_group_array(text) FROM (SELECT text FROM questions WHERE entry = id ORDER BY position))"
        " FROM entries"
    )
    edited = [(id,) for id, given, reply, questions in texts if has_changed(json.loads(questions), reply, given)]
    connection.executemany("UPDATE entries SET edited = 1 WHERE id = ?", edited)
