"""Passages of documents in the database: read, put and removed inside a transaction that the caller holds."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from data.records import Passage

_DIGITS = 10

# An older program works without these tables, so the version of the layout stays.
SCHEMA = """
CREATE TABLE IF NOT EXISTS documents(
    file TEXT PRIMARY KEY, digest TEXT NOT NULL, pages INTEGER, unread TEXT NOT NULL, learned REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passages(
    id TEXT PRIMARY KEY, key TEXT NOT NULL, file TEXT NOT NULL REFERENCES documents(file) ON DELETE CASCADE,
    position INTEGER NOT NULL, heading TEXT NOT NULL, page INTEGER, text TEXT NOT NULL, given TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS passages_by_file ON passages(file, position);
CREATE TABLE IF NOT EXISTS passage_vectors(
    id TEXT PRIMARY KEY REFERENCES passages(id) ON DELETE CASCADE,
    encoder TEXT NOT NULL, text TEXT NOT NULL, vectors BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS passage_revision(number INTEGER NOT NULL)
"""


@dataclass(frozen=True)
class StoredPassage:
    """A passage with what is kept beside it.

    Attributes:
        id: What names it.
        key: What it is found by when its document is learned again: the digest of what the document says.
        passage: As it is now; the text is empty where a person took it out.
        given: The text as the document gave it last.
    """

    id: str
    key: str
    passage: Passage
    given: str

    @property
    def is_edited(self) -> bool:
        """Whether a person wrote what it says now, so that no file may change it."""
        return self.passage.text != self.given


@dataclass(frozen=True)
class StoredDocument:
    """A document as the list of documents shows it; unread are its pages that could not be read, each with the reason."""

    file: str
    pages: int | None
    passages: int
    edited: int
    unread: tuple[tuple[int, str], ...]
    learned: float


def build_keys(passages: Iterable[Passage]) -> list[str]:
    """Return the key of each passage of a document: the SHA-256 of its headings and text, and which of the same it is."""
    seen: Counter[str] = Counter()
    keys = []
    for passage in passages:
        said = json.dumps([passage.file, passage.heading, passage.text], ensure_ascii=False)
        seen[said] += 1
        keys.append(hashlib.sha256(f"{said}{seen[said]}".encode()).hexdigest())
    return keys


def choose_id(connection: sqlite3.Connection, file: str, key: str) -> str:
    """Return an id for a new passage: the stem of its file and the first digits of its key, more where those are taken."""
    stem = "-".join(PurePath(file).stem.split()) or "document"
    for digits in range(_DIGITS, len(key) + 1):
        id = f"{stem}-{key[:digits]}"
        if connection.execute("SELECT 1 FROM passages WHERE id = ?", (id,)).fetchone() is None:
            return id
    raise AssertionError("two passages have the same key")


def read(connection: sqlite3.Connection, where: str = "TRUE", values: Sequence[object] = ()) -> Iterator[StoredPassage]:
    """Yield the passages for which the SQL condition holds, by file and position."""
    rows = connection.execute(
        f"SELECT id, key, file, heading, page, text, given FROM passages WHERE {where} ORDER BY file, position, id",
        tuple(values),
    )
    for id, key, file, heading, page, text, given in rows:
        yield StoredPassage(id, key, Passage(file, tuple(json.loads(heading)), page, text), given)


def put(connection: sqlite3.Connection, stored: StoredPassage, position: int) -> None:
    """Store a passage in the place of any of its id."""
    passage = stored.passage
    connection.execute(
        "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET key = excluded.key,"
        " file = excluded.file, position = excluded.position, heading = excluded.heading, page = excluded.page,"
        " text = excluded.text, given = excluded.given",
        (
            stored.id,
            stored.key,
            passage.file,
            position,
            json.dumps(passage.heading, ensure_ascii=False),
            passage.page,
            passage.text,
            stored.given,
        ),
    )


def put_document(
    connection: sqlite3.Connection, file: str, digest: str, pages: int | None, unread: Iterable[tuple[int, str]]
) -> None:
    """Store what is known of a document besides its passages."""
    connection.execute(
        "INSERT INTO documents VALUES (?, ?, ?, ?, ?) ON CONFLICT(file) DO UPDATE SET digest = excluded.digest,"
        " pages = excluded.pages, unread = excluded.unread, learned = excluded.learned",
        (file, digest, pages, json.dumps(list(unread)), time.time()),
    )


def list_documents(connection: sqlite3.Connection) -> list[StoredDocument]:
    """Return the documents by name."""
    rows = connection.execute(
        "SELECT file, pages, unread, learned, (SELECT count(*) FROM passages p WHERE p.file = d.file AND p.text != ''),"
        " (SELECT count(*) FROM passages p WHERE p.file = d.file AND p.text != p.given) FROM documents d ORDER BY file"
    )
    return [
        StoredDocument(file, pages, count, edited, tuple((page, why) for page, why in json.loads(unread)), learned)
        for file, pages, unread, learned, count, edited in rows
    ]


def has_any(connection: sqlite3.Connection) -> bool:
    """Return whether there is any passage."""
    return bool(connection.execute("SELECT EXISTS(SELECT 1 FROM passages)").fetchone()[0])


def get_revision(connection: sqlite3.Connection) -> int:
    """Return the number of the last change of a passage; 0 before the first."""
    row = connection.execute("SELECT max(number) FROM passage_revision").fetchone()
    return int(row[0] or 0)


def raise_revision(connection: sqlite3.Connection) -> None:
    """Note that passages have changed."""
    number = get_revision(connection) + 1
    connection.execute("DELETE FROM passage_revision")
    connection.execute("INSERT INTO passage_revision VALUES (?)", (number,))


def digest_text(passage: Passage) -> str:
    """Return the digest of what the vectors of a passage are made from."""
    said = json.dumps([passage.heading[-2:], passage.text], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()
