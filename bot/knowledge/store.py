"""What the bot knows, in one file: learned, looked up, changed, forgotten and backed up."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

from bot.choice_names import NAME
from bot.knowledge import backup, editing, entries, learning, queries, starter, undo
from bot.knowledge.backup import BackupContent
from bot.knowledge.choices import Choices, list_silent_parts, read_choices, write_choices
from bot.knowledge.database import Database
from bot.knowledge.documents import Documents
from bot.knowledge.entries import Change
from bot.knowledge.learning import Report
from bot.knowledge.undo import Import, Undone
from data.formats.columns import EXPORTED, escape_formula
from data.formats.errors import RejectedRow
from data.formats.starter import digest_starter, find_part, name_entry, read_templates
from data.records import Entry, Language, Pair
from data.text.clean import clean

Made = TypeVar("Made")


@dataclass(frozen=True)
class Changes:
    """What happened up to a revision: entries as they are now, and the ids of those that are gone."""

    revision: int
    changed: tuple[Entry, ...]
    gone: tuple[str, ...]


class _PreviewEndError(Exception):
    """Ends the transaction of a preview without storing anything."""


class Knowledge:
    """The entries in an SQLite file.

    Every method may be called from several threads and processes at once. What changes something is one transaction: it is
    durable when the call returns, and nothing of it is stored if the call raises. Every method raises KnowledgeError where
    the file cannot be used.

    An entry "speaks" if its part of the texts that the bot ships with is switched on; the owner's entries always speak.
    """

    def __init__(self, path: Path, fixed: Mapping[str, str] | None = None) -> None:
        """Open the file.

        Args:
            path: Made if there is none; its folder must exist.
            fixed: Choices that take precedence over the stored ones, by their names in bot.choice_names.
        """
        self._database = Database(path)
        self.choices = Choices(self._database, fixed or {})
        self.documents = Documents(self._database)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def revision(self) -> int:
        """Return the number of the last change; one cheap query.

        It differs from an earlier one if anything changed.
        """
        with self._database.read_transaction() as connection:
            return entries.revision(connection)

    def identity(self) -> str:
        """Return the id of this knowledge: 32 hexadecimal digits that never change."""
        with self._database.read_transaction() as connection:
            (identity,) = connection.execute("SELECT identity FROM meta").fetchone()
        return str(identity)

    def build_from(self, make: Callable[[Iterator[Entry]], Made]) -> tuple[int, Made]:
        """Return the revision, and what `make` builds of all entries at the same moment.

        It gets them one after the other, with the bot's name filled in. Entries that do not speak are among them: they can be
        switched on at any time, and they tell what a message is about.
        """
        with self._database.read_transaction() as connection:
            name = self._read_name(connection)
            stored = entries.read(connection)
            return entries.revision(connection), make(name_entry(each.entry, name) for each in stored)

    def changes_since(self, revision: int) -> Changes:
        """Return what differs from that revision, whoever changed it.

        All is of the same moment.

        What does not speak any more is gone.
        """
        with self._database.read_transaction() as connection:
            now = entries.revision(connection)
            ids = [id for (id,) in connection.execute("SELECT entry FROM changes WHERE revision > ?", (revision,))]
            found = [entries.find(connection, id) for id in ids]
            name, silent = self._read_name(connection), list_silent_parts(connection, self.choices.fixed)
        speaking = [
            None if stored is None or find_part(stored.entry.place.file) in silent else name_entry(stored.entry, name)
            for stored in found
        ]
        gone = tuple(id for id, entry in zip(ids, speaking, strict=True) if entry is None)
        return Changes(now, tuple(entry for entry in speaking if entry is not None), gone)

    def _read_name(self, connection: sqlite3.Connection) -> str | None:
        """Return the name that the owner gave the bot."""
        return self.choices.fixed.get(NAME) or read_choices(connection).get(NAME)

    def entries(self) -> list[Entry]:
        """Return every entry, whether it speaks or not, by file, row and id."""
        with self._database.read_transaction() as connection:
            return [stored.entry for stored in entries.read(connection)]

    def entry(self, id: str) -> Entry:
        """Return the entry of that id.

        Raises KnowledgeError, naming similar ids, if there is none.
        """
        with self._database.read_transaction() as connection:
            return queries.require_entry(connection, id).entry

    def find(self, id: str) -> Entry | None:
        """Return the entry of that id with the bot's name filled in, or None if there is none that speaks."""
        with self._database.read_transaction() as connection:
            stored = entries.find(connection, id)
            name, silent = self._read_name(connection), list_silent_parts(connection, self.choices.fixed)
        return (
            None if stored is None or find_part(stored.entry.place.file) in silent else name_entry(stored.entry, name)
        )

    def filter_stored(self, ids: Iterable[str]) -> frozenset[str]:
        """Return those of the ids that belong to an entry, whether it speaks or not."""
        with self._database.read_transaction() as connection:
            known = frozenset(id for (id,) in connection.execute("SELECT id FROM entries"))
        return known.intersection(ids)

    def find_all(self, text: str) -> list[Entry]:
        """Return the entries whose id, reply or one of whose questions is the text.

        The owner's own come first.

        Questions are compared by their folded form, replies as they are stored.
        """
        with self._database.read_transaction() as connection:
            return queries.find_all(connection, text)

    def count(self, text: str = "", own: bool = False) -> int:
        """Return how many entries there are, or how many `search` finds for the text.

        Args:
            text: What the entries contain; blank for all.
            own: Whether to leave out what the bot ships with.
        """
        with self._database.read_transaction() as connection:
            return queries.count(connection, text, own)

    def search(self, text: str, limit: int, offset: int = 0, own: bool = False) -> list[Entry]:
        """Return the entries that contain the text, by file, row and id.

        It is looked for, as it stands, in the id, the file, the reply and the questions.

        Upper and lower case, traditional and simplified characters, full and half width count as one in questions.

        Args:
            text: What the entries contain; blank for all.
            limit: The most entries to return.
            offset: How many to pass over first.
            own: Whether to leave out what the bot ships with.
        """
        with self._database.read_transaction() as connection:
            return queries.search(connection, text, limit, offset, own)

    def first_questions(self, language: Language, count: int, longest: int) -> list[str]:
        """Return the first phrasings of the owner's entries, by file and row, that have at most `longest` characters."""
        with self._database.read_transaction() as connection:
            return queries.list_first_questions(connection, language, count, longest)

    def list_conflicts(self) -> list[tuple[Entry, ...]]:
        """Return the owner's entries that answer one question differently, those of one question together.

        Learning and editing leave none; the knowledge of an earlier version may hold some, or a backup of it.
        """
        with self._database.read_transaction() as connection:
            return queries.list_conflicts(connection)

    def learn(
        self, pairs: Iterable[Pair | RejectedRow], file_name: str, progress: Callable[[int], None] | None = None
    ) -> Report:
        """Take in the pairs of a file.

        Pairs of one reply and language become one entry of several phrasings. Pairs of the file that give one question
        different replies are all refused. Learning the file again updates its entries, adds new ones and removes none. A
        question that another file answered differently is taken from it: the file that is learned last counts. What a
        person edited or typed in stays.

        Args:
            pairs: What the file says. An error that they raise goes through, and nothing is changed.
            file_name: The name by which the file is recognised when it is learned again; folders in it are left out.
            progress: Called with the number of pairs read so far, after each.

        Returns:
            The counts of the pairs, and those that disagree.
        """
        return self._learn(pairs, file_name, progress, is_preview=False)

    def preview(
        self, pairs: Iterable[Pair | RejectedRow], file_name: str, progress: Callable[[int], None] | None = None
    ) -> Report:
        """Return what `learn` would report, and change nothing."""
        return self._learn(pairs, file_name, progress, is_preview=True)

    def _learn(
        self,
        pairs: Iterable[Pair | RejectedRow],
        file_name: str,
        progress: Callable[[int], None] | None,
        is_preview: bool,
    ) -> Report:
        # The folder does not belong to the name, and no file may pass for one of the starter's.
        file_name = clean(file_name).replace("\\", "/").rpartition("/")[2] or "file"
        found = learning.collect_drafts(pairs, progress)
        outcome = learning.Outcome()
        with suppress(_PreviewEndError), self._database.write_transaction() as connection:
            change = Change(connection, undo.capture)
            outcome = learning.store_drafts(change, file_name, found.drafts)
            if is_preview:
                raise _PreviewEndError
            undo.record_import(connection, file_name, change.before)
        return Report(
            outcome.taken,
            outcome.merged + found.repeated,
            tuple(found.refused),
            tuple(outcome.replaced),
            tuple(outcome.kept),
            learning.choose_samples(found.drafts, file_name),
        )

    def last_import(self) -> Import | None:
        """Return the import that `undo_import` would undo; None if there is none."""
        with self._database.read_transaction() as connection:
            return undo.find_last(connection)

    def undo_import(self) -> Undone:
        """Put every entry back as it was before the last import.

        What somebody has changed since stays. Called again, it undoes the import before that one.

        Raises:
            KnowledgeError: There is no import to undo.
        """
        with self._database.write_transaction() as connection:
            return undo.undo_last(connection)

    def forget(self, id: str) -> Entry:
        """Remove the entry of that id and return it as it was.

        A starter entry never comes back by itself.

        Raises:
            KnowledgeError: There is no such entry; similar ids are named.
        """
        with self._database.write_transaction() as connection:
            stored = queries.require_entry(connection, id)
            Change(connection).forget(id)
        return stored.entry

    def edit(self, id: str, questions: Sequence[str], reply: str) -> Entry:
        """Give the entry of that id other questions and another reply.

        Its id and place stay.

        Raises:
            KnowledgeError: There is no such entry, a text cannot be an entry's, another entry of its file has one of the new
                questions already, or one of another file answers a question differently.
        """
        questions, reply = editing.validate(questions, reply)
        with self._database.write_transaction() as connection:
            return editing.edit(connection, id, questions, reply)

    def add(self, questions: Sequence[str], reply: str, language: Language | None = None) -> Entry:
        """Make an entry of what a person typed.

        Its place is ("by hand", n). The texts tell the language if none is given.

        Raises:
            KnowledgeError: A text cannot be an entry's, an entry made by hand has one of the questions already, or one of a
                file answers a question differently.
        """
        questions, reply = editing.validate(questions, reply)
        with self._database.write_transaction() as connection:
            return editing.add(connection, questions, reply, language)

    def sync_starter(self, folder: Path) -> None:
        """Update the entries that the bot ships with, if the texts in the folder differ from those of the last time.

        New ones are added and changed ones updated; what a person edited stays as it is and what was forgotten stays
        forgotten; what the texts no longer have is removed, unless it was edited.

        Raises:
            FormatError: A text cannot be read.
        """
        text_digest = digest_starter(folder)
        with self._database.read_transaction() as connection:
            if starter.read_digest(connection) == text_digest:
                return
        texts = {entry.id: entry for entry in read_templates(folder)}
        with self._database.write_transaction() as connection:
            # Another process may have been faster.
            if starter.read_digest(connection) != text_digest:
                starter.update(connection, texts, text_digest)

    def backup(self, file: Path) -> int:
        """Write everything to the file, whole or not at all.

        Return the number of entries. Raises OSError.
        """
        with self._database.read_transaction() as connection:
            stored = tuple(entries.read(connection))
            forgotten = tuple(id for (id,) in connection.execute("SELECT id FROM forgotten ORDER BY id"))
            choices = read_choices(connection)
            documents, kept = backup.read_documents(connection)
        backup.write(file, BackupContent(stored, forgotten, choices, documents, kept))
        return len(stored)

    def restore(self, file: Path) -> int:
        """Replace everything by the backup in the file; return the number of entries.

        Raises:
            KnowledgeError: The file is no whole backup; nothing is changed.
            OSError: The file cannot be read; nothing is changed.
        """
        content = backup.read(file)
        with self._database.write_transaction() as connection:
            change = Change(connection)
            ids = [id for (id,) in connection.execute("SELECT id FROM entries")]
            for id in ids:
                change.remove(id)
            for stored in content.entries:
                change.put(stored)
            undo.forget_imports(connection)
            connection.execute("DELETE FROM forgotten")
            connection.executemany("INSERT INTO forgotten VALUES (?)", [(id,) for id in content.forgotten])
            write_choices(connection, content.choices)
            backup.write_documents(connection, content)
            change.note_own_changed()
            # The backup may be older than the texts that the bot ships with now; the next start updates them.
            connection.execute("UPDATE meta SET starter = ''")
        return len(content.entries)

    def export_csv(self, stream: BinaryIO) -> int:
        """Write every entry as a CSV row that a spreadsheet opens safely and `learn` can read; return their number.

        UTF-8 with BOM; the columns are id, language, question (one phrasing a line), reply, file and row.
        """
        known = self.entries()
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow(EXPORTED)
        for entry in known:
            questions = "\n".join(entry.questions)
            cells = (entry.id, entry.language, questions, entry.reply, entry.place.file, str(entry.place.row))
            writer.writerow([escape_formula(cell) for cell in cells])
        text.detach()
        return len(known)
