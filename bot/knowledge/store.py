"""What the bot knows, kept in one file: taken in, looked up, changed, forgotten, backed up."""

from __future__ import annotations

import csv
import difflib
import io
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, TypeVar

from bot.choice_names import NAME
from bot.knowledge import backup, entries, learning
from bot.knowledge.backup import Kept
from bot.knowledge.choices import Choices, among_speaking, read_choices, silent_parts, write_choices
from bot.knowledge.database import Database, KnowledgeError
from bot.knowledge.entries import BY_HAND, Change, Stored, digest, key_of, one_line
from bot.knowledge.learning import OTHERWISE, Report
from data.formats.columns import EXPORTED, escape_formula
from data.formats.errors import RejectedRow, validate_entry
from data.formats.starter import FOLDER, digest_starter, find_part, name_entry, read_templates
from data.records import Entry, Language, Pair, Place
from data.text.clean import clean, fold
from data.text.language import language_of

Made = TypeVar("Made")

_ID_STEM = "hand"


@dataclass(frozen=True)
class Changes:
    """What happened up to revision: entries as they are now, and the ids of those that are no more."""

    revision: int
    changed: tuple[Entry, ...]
    gone: tuple[str, ...]


class Knowledge:
    """The entries in the SQLite file at path, which is made if there is none; its folder must exist.

    Every method may be called from several threads and processes at once. What changes something is one transaction: it is
    durable when the call returns, and nothing of it is there if the call raises. Every method raises KnowledgeError where
    the file cannot be used.
    """

    def __init__(self, path: Path, fixed: Mapping[str, str] | None = None) -> None:
        """fixed are choices that count before the stored ones, by their names in bot.knowledge.choices."""
        self._database = Database(path)
        self.choices = Choices(self._database, fixed or {})

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def revision(self) -> int:
        """The number of the last change; another number than before means that something changed. One cheap query."""
        with self._database.reading() as connection:
            return entries.revision(connection)

    def identity(self) -> str:
        """What tells this knowledge from every other, whatever its revision: 32 hexadecimal digits, the same for ever."""
        with self._database.reading() as connection:
            (identity,) = connection.execute("SELECT identity FROM meta").fetchone()
        return str(identity)

    def snapshot(self) -> tuple[int, list[Entry]]:
        """The revision and every entry that speaks, as it is spoken, both of the same moment."""
        with self._database.reading() as connection:
            name = self._name(connection)
            spoken = entries.read(connection, among_speaking(silent_parts(connection, self.choices.fixed)))
            return entries.revision(connection), [name_entry(stored.entry, name) for stored in spoken]

    def made_from(self, make: Callable[[Iterator[Entry]], Made]) -> tuple[int, Made]:
        """The revision, and what make makes of all entries at the same moment, as they are or would be spoken, one by one.

        What is silent is among them: it can be switched on at once, and tells what a message is about.
        """
        with self._database.reading() as connection:
            name = self._name(connection)
            stored = entries.read(connection)
            return entries.revision(connection), make(name_entry(each.entry, name) for each in stored)

    def changes_since(self, revision: int) -> Changes:
        """What differs from that revision, in this process or another's doing; all of the same moment.

        What does not speak any more is gone.
        """
        with self._database.reading() as connection:
            now = entries.revision(connection)
            ids = [id for (id,) in connection.execute("SELECT entry FROM changes WHERE revision > ?", (revision,))]
            found = [entries.find(connection, id) for id in ids]
            name, silent = self._name(connection), silent_parts(connection, self.choices.fixed)
        spoken = [
            None if stored is None or find_part(stored.entry.place.file) in silent else name_entry(stored.entry, name)
            for stored in found
        ]
        gone = tuple(id for id, entry in zip(ids, spoken, strict=True) if entry is None)
        return Changes(now, tuple(entry for entry in spoken if entry is not None), gone)

    def _name(self, connection: sqlite3.Connection) -> str | None:
        """What the owner has called the bot."""
        return self.choices.fixed.get(NAME) or read_choices(connection).get(NAME)

    def entries(self) -> list[Entry]:
        """Every entry, whether it speaks or not, by file, row and id."""
        with self._database.reading() as connection:
            return [stored.entry for stored in entries.read(connection)]

    def entry(self, id: str) -> Entry:
        """The entry of that id. Raises KnowledgeError, naming ids like it, if there is none."""
        with self._database.reading() as connection:
            return _known(connection, id).entry

    def find(self, id: str) -> Entry | None:
        """Return the entry of that id as it is spoken, or None if there is none, or none that speaks."""
        with self._database.reading() as connection:
            stored = entries.find(connection, id)
            name, silent = self._name(connection), silent_parts(connection, self.choices.fixed)
        return (
            None if stored is None or find_part(stored.entry.place.file) in silent else name_entry(stored.entry, name)
        )

    def among_stored(self, ids: Iterable[str]) -> frozenset[str]:
        """Return those of the ids that are an entry's, whether it speaks or not."""
        with self._database.reading() as connection:
            known = frozenset(id for (id,) in connection.execute("SELECT id FROM entries"))
        return known.intersection(ids)

    def find_all(self, text: str) -> list[Entry]:
        """Return the entries whose id, reply or one of whose questions is the text; the owner's own come first.

        Questions are compared by their folded form, replies as they are kept.
        """
        where = "id = ? OR reply = ? OR id IN (SELECT entry FROM questions WHERE folded = ?)"
        with self._database.reading() as connection:
            found = entries.read(connection, where, (text.strip(), clean(text), fold(one_line(text))))
            return sorted(
                (stored.entry for stored in found), key=lambda entry: entry.place.file.startswith(f"{FOLDER}/")
            )

    def count(self, text: str = "", own: bool = False) -> int:
        """How many entries there are, or how many search finds for the text; own leaves out what the bot ships with."""
        where, values = _matching(text, own)
        with self._database.reading() as connection:
            (count,) = connection.execute(f"SELECT count(*) FROM entries WHERE {where}", values).fetchone()
        return int(count)

    def search(self, text: str, limit: int, offset: int = 0, own: bool = False) -> list[Entry]:
        """The entries whose id, file, reply or a question contains the text as it stands, by file, row and id.

        Upper and lower case, traditional and simplified characters, full and half width count as one in questions. own
        leaves out what the bot ships with.
        """
        where, values = _matching(text, own)
        chosen = f"id IN (SELECT id FROM entries WHERE {where} ORDER BY file, row, id LIMIT ? OFFSET ?)"
        with self._database.reading() as connection:
            return [stored.entry for stored in entries.read(connection, chosen, (*values, limit, offset))]

    def first_questions(self, language: Language, count: int, longest: int) -> list[str]:
        """Return the first phrasings of the owner's entries, by file and row, that have at most `longest` characters."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT text FROM entries JOIN questions ON entry = id WHERE position = 0 AND language = ? AND length(text) <= ?"
                f" AND (file < '{FOLDER}/' OR file >= '{FOLDER}0') ORDER BY file, row, id LIMIT ?",
                (language, longest, count),
            )
            return [text for (text,) in rows]

    def learn(
        self, pairs: Iterable[Pair | RejectedRow], file_name: str, progress: Callable[[int], None] | None = None
    ) -> Report:
        """Take in what the file of that name says; the report counts its pairs and names those that disagree.

        Pairs of one reply and language become one entry of several phrasings. Pairs of the file that give one question
        different replies are all refused. Learning the file again updates its entries, adds new ones and removes none. A
        question that another file answered differently is taken from it: the file that is learned last counts. What a
        person edited or typed in stays. An error that pairs raises goes through and nothing is changed. progress is told
        how many pairs were read, after each.
        """
        # The folder does not belong to the name, and no file may pass for one of the starter's.
        file_name = clean(file_name).replace("\\", "/").rpartition("/")[2] or "file"
        gathered = learning.gather(pairs, progress)
        with self._database.writing() as connection:
            stored = learning.store(Change(connection), file_name, gathered.drafts)
        return Report(
            stored.taken,
            stored.merged + gathered.repeated,
            tuple(gathered.refused),
            tuple(stored.replaced),
            tuple(stored.kept),
        )

    def conflicts(self) -> list[tuple[Entry, ...]]:
        """Return the owner's entries that answer one question differently, those of one question together.

        Learning and editing leave none; a knowledge of before may hold some, or a backup of it.
        """
        own = f"file NOT LIKE '{FOLDER}/%'"
        with self._database.reading() as connection:
            asked = connection.execute(
                f"SELECT folded, language FROM questions JOIN entries ON id = entry WHERE {own}"
                " GROUP BY folded, language HAVING count(DISTINCT reply) > 1 ORDER BY folded"
            ).fetchall()
            where = f"{own} AND language = ? AND id IN (SELECT entry FROM questions WHERE folded = ?)"
            return [
                tuple(stored.entry for stored in entries.read(connection, where, (language, folded)))
                for folded, language in asked
            ]

    def forget(self, id: str) -> Entry:
        """Remove the entry of that id and return it as it was; a starter entry never comes back by itself.

        Raises KnowledgeError, naming ids like it, if there is none.
        """
        with self._database.writing() as connection:
            stored = _known(connection, id)
            Change(connection).forget(id)
        return stored.entry

    def edit(self, id: str, questions: Sequence[str], reply: str) -> Entry:
        """Give the entry of that id other questions and another reply; its id and place stay.

        Raises KnowledgeError if there is none, if a text cannot be an entry's, or if another entry of its file has one of the
        new questions already, or one of another file answers a question differently.
        """
        questions, reply = _valid(questions, reply)
        with self._database.writing() as connection:
            stored = _known(connection, id)
            old = stored.entry
            language = language_of("\n".join((*questions, reply)), old.language)
            before = {fold(question) for question in old.questions} if language == old.language else set()
            fresh = [question for question in questions if fold(question) not in before]
            _refuse_taken(connection, old.place.file, language, fresh, id)
            _refuse_disagreeing(connection, language, questions if reply != old.reply else fresh, reply, id)
            entry = replace(old, language=language, questions=tuple(questions), reply=reply)
            if entry != old:
                Change(connection).put(replace(stored, entry=entry, edited=True))
        return entry

    def add(self, questions: Sequence[str], reply: str, language: Language | None = None) -> Entry:
        """Make an entry of what a person typed; its place is ("by hand", n). language is found out where it is not given.

        Raises KnowledgeError if a text cannot be an entry's, if an entry made by hand has one of the questions already, or if
        one of a file answers a question differently.
        """
        questions, reply = _valid(questions, reply)
        language = language or language_of("\n".join((*questions, reply)), OTHERWISE)
        with self._database.writing() as connection:
            _refuse_taken(connection, BY_HAND, language, questions, "")
            _refuse_disagreeing(connection, language, questions, reply, "")
            (last,) = connection.execute(
                "SELECT coalesce(max(row), 0) FROM entries WHERE file = ?", (BY_HAND,)
            ).fetchone()
            place = Place(BY_HAND, last + 1)
            key = entries.free_key(connection, key_of(BY_HAND, questions[0], language))
            id = entries.free_id(connection, _ID_STEM, key)
            entry = Entry(id, language, tuple(questions), reply, place)
            Change(connection).put(Stored(entry, key, digest(questions, reply)))
        return entry

    def sync_starter(self, folder: Path) -> None:
        """Bring the entries that the bot ships with up to the texts in the folder, if those are others than the last time.

        New ones are added and changed ones updated; what a person edited stays as it is and what was forgotten stays
        forgotten; what the texts no longer have is removed, unless it was edited. Raises FormatError for a broken text.
        """
        seen = digest_starter(folder)
        with self._database.reading() as connection:
            if _starter(connection) == seen:
                return
        texts = {entry.id: entry for entry in read_templates(folder)}
        with self._database.writing() as connection:
            if _starter(connection) == seen:
                return
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
            connection.execute("UPDATE meta SET starter = ?", (seen,))

    def backup(self, file: Path) -> int:
        """Write everything to the file, whole or not at all; the number of entries. Raises OSError."""
        with self._database.reading() as connection:
            stored = tuple(entries.read(connection))
            forgotten = tuple(id for (id,) in connection.execute("SELECT id FROM forgotten ORDER BY id"))
            choices = read_choices(connection)
        backup.write(file, Kept(stored, forgotten, choices))
        return len(stored)

    def restore(self, file: Path) -> int:
        """Replace everything by the backup in the file; the number of entries.

        Raises KnowledgeError for a file that is no whole backup, and OSError; nothing is changed then.
        """
        kept = backup.read(file)
        with self._database.writing() as connection:
            change = Change(connection)
            ids = [id for (id,) in connection.execute("SELECT id FROM entries")]
            for id in ids:
                change.remove(id)
            for stored in kept.entries:
                change.put(stored)
            connection.execute("DELETE FROM forgotten")
            connection.executemany("INSERT INTO forgotten VALUES (?)", [(id,) for id in kept.forgotten])
            write_choices(connection, kept.choices)
            # The backup may be older than the texts the bot ships with now; they are looked through at the next start.
            connection.execute("UPDATE meta SET starter = ''")
        return len(kept.entries)

    def export_csv(self, stream: BinaryIO) -> int:
        """Write every entry as a CSV row that a spreadsheet program can open safely and learn can read; how many there were.

        UTF-8 with BOM; the columns are id, language, question (one phrasing a line), reply, file and row.
        """
        known = self.entries()
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow(EXPORTED)
        for entry in known:
            cells = (
                entry.id,
                entry.language,
                "\n".join(entry.questions),
                entry.reply,
                entry.place.file,
                str(entry.place.row),
            )
            writer.writerow([escape_formula(cell) for cell in cells])
        text.detach()
        return len(known)


def _starter(connection: sqlite3.Connection) -> str:
    (digest,) = connection.execute("SELECT starter FROM meta").fetchone()
    return str(digest)


def _known(connection: sqlite3.Connection, id: str) -> Stored:
    stored = entries.find(connection, id)
    if stored is None:
        ids = [known for (known,) in connection.execute("SELECT id FROM entries ORDER BY id")]
        nearest = difflib.get_close_matches(id, ids, 3, 0.4)
        hint = f"Did you mean {', '.join(nearest)}?" if nearest else "Every reply shows the id of its entry."
        raise KnowledgeError(f"There is no entry {id!r}. {hint}")
    return stored


def _matching(text: str, own: bool) -> tuple[str, tuple[str, ...]]:
    """The SQL condition, and its values, for entries that contain the text; % and _ mean themselves."""
    among = f"file NOT LIKE '{FOLDER}/%'" if own else "TRUE"
    if not text.strip():
        return among, ()

    def pattern(wanted: str) -> str:
        return "%" + wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"

    like = "LIKE ? ESCAPE '\\'"
    asked = f"id IN (SELECT entry FROM questions WHERE text {like} OR folded {like})"
    plain = pattern(clean(text))
    return f"({among}) AND (id {like} OR file {like} OR reply {like} OR {asked})", (
        plain,
        plain,
        plain,
        plain,
        pattern(fold(text)),
    )


def _valid(questions: Sequence[str], reply: str) -> tuple[list[str], str]:
    """The texts as they are kept: cleaned, blank and repeated questions dropped. Raises KnowledgeError."""
    reply = clean(reply)
    phrasings: dict[str, str] = {}
    for question in filter(None, map(one_line, questions)):
        phrasings.setdefault(fold(question), question)
    kept = list(phrasings.values())
    for question in kept or [""]:
        if why := validate_entry(question, reply):
            raise KnowledgeError(f"This cannot be an entry: {why}. Change it and try again.")
    return kept, reply


def _refuse_taken(
    connection: sqlite3.Connection, file: str, language: Language, questions: Iterable[str], id: str
) -> None:
    for question in questions:
        where = "+file = ? AND language = ? AND id <> ? AND id IN (SELECT entry FROM questions WHERE folded = ?)"
        for stored in entries.read(connection, where, (file, language, id, fold(question))):
            raise KnowledgeError(
                f"{question!r} is a question of {stored.entry.id} already, from the same place ({stored.entry.place}). Edit that "
                "entry, or leave the question out."
            )


def _refuse_disagreeing(
    connection: sqlite3.Connection, language: Language, questions: Iterable[str], reply: str, id: str
) -> None:
    """Refuse to give a question a second reply beside that of another of the owner's entries."""
    where = (
        f"file NOT LIKE '{FOLDER}/%' AND language = ? AND id <> ? AND reply <> ?"
        " AND id IN (SELECT entry FROM questions WHERE folded = ?)"
    )
    for question in questions:
        for stored in entries.read(connection, where, (language, id, reply, fold(question))):
            raise KnowledgeError(
                f"{question!r} has another reply already: {stored.entry.id} ({stored.entry.place}). Edit or forget that entry, "
                "or leave the question out."
            )
