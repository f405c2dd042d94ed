"""Entries in the database: read, put and removed inside a transaction that the caller holds."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import cast

from data.formats.starter import FOLDER, PARTS
from data.records import Entry, Language, Place
from data.text.clean import clean, fold

_DIGITS = 8

BY_HAND = "by hand"
"""The file of entries that a person typed in."""


@dataclass(frozen=True)
class Stored:
    """An entry with what is kept beside it.

    key is what it is found by, given the digest of the text its file gave last; edited says whether a person has changed it.
    """

    entry: Entry
    key: str
    given: str
    edited: bool = False

    @property
    def is_by_hand(self) -> bool:
        """Whether a person wrote what it says now, so that no file may change it."""
        return self.edited or self.entry.place.file == BY_HAND


def to_one_line(question: str) -> str:
    """Return the question as it is stored: cleaned, on one line.

    >>> to_one_line("什么是\\nCNN ")
    '什么是 CNN'
    """
    return " ".join(clean(question).split())


def has_changed(questions: Iterable[str], reply: str, given: str) -> bool:
    """Return whether the text differs from the one with this digest.

    The result is False for an empty digest, of which nothing is known.
    """
    return given != "" and digest(questions, reply) != given


def digest(questions: Iterable[str], reply: str) -> str:
    """Return the SHA-256 of an entry's text: the phrasings in order and the reply."""
    return hashlib.sha256(json.dumps([*questions, reply], ensure_ascii=False).encode()).hexdigest()


def build_key(file: str, question: str, language: Language) -> str:
    """Return the SHA-256 by which an entry is found when its file is learned again.

    question is the first phrasing.
    """
    return hashlib.sha256(json.dumps([file, fold(question), language], ensure_ascii=False).encode()).hexdigest()


def choose_key(connection: sqlite3.Connection, key: str) -> str:
    """Return the key, or a random one if an entry that has since lost its first question still holds it."""
    taken = connection.execute("SELECT 1 FROM entries WHERE key = ?", (key,)).fetchone()
    return key if taken is None else secrets.token_hex(32)


def choose_id(connection: sqlite3.Connection, file: str, key: str) -> str:
    """Return an id for a new entry: the file's stem and the first 8 digits of the key, more where those are taken."""
    stem = "-".join(PurePath(file).stem.split()) or "entry"
    for digits in range(_DIGITS, len(key) + 1):
        id = f"{stem}-{key[:digits]}"
        if connection.execute("SELECT 1 FROM entries WHERE id = ?", (id,)).fetchone() is None:
            return id
    raise AssertionError("two entries of one file have the same key")


def read(connection: sqlite3.Connection, where: str = "TRUE", values: Sequence[object] = ()) -> Iterator[Stored]:
    """Yield the entries for which the SQL condition holds, by file, row and id."""
    rows = connection.execute(
        "SELECT id, key, language, reply, file, row, given, edited,"
        " (SELECT json_group_array(text) FROM (SELECT text FROM questions WHERE entry = id ORDER BY position))"
        f" FROM entries WHERE {where} ORDER BY file, row, id",
        tuple(values),
    )
    for id, key, language, reply, file, row, given, edited, questions in rows:
        entry = Entry(id, cast(Language, language), tuple(json.loads(questions)), reply, Place(file, row))
        yield Stored(entry, key, given, bool(edited))


def find(connection: sqlite3.Connection, id: str) -> Stored | None:
    """Return the entry of that id, or None."""
    return next(read(connection, "id = ?", (id,)), None)


def revision(connection: sqlite3.Connection) -> int:
    """Return the number of the last change."""
    (number,) = connection.execute("SELECT revision FROM meta").fetchone()
    return int(number)


def has_own_entries(connection: sqlite3.Connection) -> bool:
    """Return whether there is an entry that the bot did not ship with, or a document."""
    # Two ranges of the index by file: found at once among a million.
    where = f"file < '{FOLDER}/' OR file >= '{FOLDER}0'"
    either = f"EXISTS(SELECT 1 FROM entries WHERE {where}) OR EXISTS(SELECT 1 FROM documents)"
    return bool(connection.execute(f"SELECT {either}").fetchone()[0])


class Change:
    """The changes of one write transaction.

    The first of them raises the revision by one.
    """

    def __init__(
        self, connection: sqlite3.Connection, capture: Callable[[sqlite3.Connection, str], str | None] | None = None
    ) -> None:
        """Begin.

        Args:
            connection: Within a write transaction.
            capture: Returns what is stored under an id; called before each first change of one, see before.
        """
        self.connection = connection
        self.before: dict[str, str | None] = {}
        """What capture returned for each id that was changed."""
        self._capture = capture
        self._revision: int | None = None
        self._has_own = has_own_entries(connection)

    def put(self, stored: Stored) -> None:
        """Store the entry in the place of any of its id."""
        entry = stored.entry
        self._remember(entry.id)
        self.connection.execute(
            "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET key = excluded.key,"
            " language = excluded.language, reply = excluded.reply, file = excluded.file, row = excluded.row,"
            " given = excluded.given, updated = excluded.updated, edited = excluded.edited",
            (
                entry.id,
                stored.key,
                entry.language,
                entry.reply,
                entry.place.file,
                entry.place.row,
                stored.given,
                time.time(),
                stored.edited,
            ),
        )
        self.connection.execute("DELETE FROM questions WHERE entry = ?", (entry.id,))
        self.connection.executemany(
            "INSERT INTO questions VALUES (?, ?, ?, ?)",
            [(entry.id, position, text, fold(text)) for position, text in enumerate(entry.questions)],
        )
        self.connection.execute("DELETE FROM forgotten WHERE id = ?", (entry.id,))
        self._note(entry.id)
        if not self._has_own and not entry.place.file.startswith(f"{FOLDER}/"):
            self.note_own(True)

    def move(self, stored: Stored, place: Place) -> None:
        """Note that the unchanged entry now stands elsewhere in its file."""
        if stored.entry.place != place:
            self.put(replace(stored, entry=replace(stored.entry, place=place)))

    def remove(self, id: str) -> None:
        """Remove the entry of that id."""
        self._remember(id)
        self.connection.execute("DELETE FROM entries WHERE id = ?", (id,))
        self._note(id)
        if self._has_own and not has_own_entries(self.connection):
            self.note_own(False)

    def forget(self, id: str) -> None:
        """Remove the entry of that id and remember that it is not wanted."""
        self.remove(id)
        self.connection.execute("INSERT OR IGNORE INTO forgotten VALUES (?)", (id,))

    def note_part(self, part: str) -> None:
        """Note a change of every entry of a part that the bot ships with: it begins to speak, or is silent from now on."""
        for (id,) in self.connection.execute(
            "SELECT id FROM entries WHERE file GLOB ?", (f"{FOLDER}/{part}/*",)
        ).fetchall():
            self._note(id)

    def note_name_change(self) -> None:
        """Note a change of every entry that says the bot's name."""
        where = "instr(reply, '{name}') OR id IN (SELECT entry FROM questions WHERE instr(text, '{name}'))"
        for (id,) in self.connection.execute(f"SELECT id FROM entries WHERE {where}").fetchall():
            self._note(id)

    def _remember(self, id: str) -> None:
        if self._capture is not None and id not in self.before:
            self.before[id] = self._capture(self.connection, id)

    def note_own_changed(self) -> None:
        """Note whether there is something of the owner's now, after changes that did not go through this object."""
        if (has_own := has_own_entries(self.connection)) != self._has_own:
            self.note_own(has_own)

    def note_own(self, has_own: bool) -> None:
        """Note that there are entries of the owner's now, or none any more: what we ship may speak because of that, or not."""
        self._has_own = has_own
        for part in PARTS:
            self.note_part(part)

    def _note(self, id: str) -> None:
        if self._revision is None:
            self.connection.execute("UPDATE meta SET revision = revision + 1")
            self._revision = revision(self.connection)
        self.connection.execute("INSERT OR REPLACE INTO changes VALUES (?, ?)", (id, self._revision))
