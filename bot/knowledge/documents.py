"""The documents a bot knows: learned, listed, edited and deleted by document."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.knowledge import passages
from bot.knowledge.database import Database, KnowledgeError
from bot.knowledge.entries import Change, has_own_entries
from bot.knowledge.passages import StoredDocument, StoredPassage
from data.documents.cutter import measure_size
from data.records import Passage
from data.text.clean import clean

if TYPE_CHECKING:
    import sqlite3

MAX_PASSAGE = 4_000
_ALIKE = 0.5
"""A passage that a person edited stands for the one under the same heading whose given text is so much alike."""


@dataclass(frozen=True)
class DocumentReport:
    """What came of learning a document.

    Attributes:
        file: The name of the document.
        passages: How many passages it has now.
        added: How many of them are new.
        removed: How many that it had are gone.
        kept: The ids of those that a person edited, whose text the document has changed or dropped since.
        unread: The pages that could not be read, each with the reason.
        recognised: How many pages were read from their picture.
        pages: How many pages it has; None where the format has none.
    """

    file: str
    passages: int
    added: int
    removed: int
    kept: tuple[str, ...] = ()
    unread: tuple[tuple[int, str], ...] = ()
    recognised: int = 0
    pages: int | None = None


class Documents:
    """The documents in the SQLite file of the knowledge.

    Every method may be called from several threads and processes at once. What changes something is one transaction. Every
    method raises KnowledgeError where the file cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def revision(self) -> int:
        """Return the number of the last change of a passage; one cheap query."""
        with self._database.read_transaction() as connection:
            return passages.get_revision(connection)

    def list_documents(self) -> list[StoredDocument]:
        """Return the documents by name."""
        with self._database.read_transaction() as connection:
            return passages.list_documents(connection)

    def list_passages(self, file: str | None = None) -> list[StoredPassage]:
        """Return the passages of a document in order, or those of all."""
        with self._database.read_transaction() as connection:
            return list(passages.read(connection, *(("TRUE",) if file is None else ("file = ?", (file,)))))

    def find_passage(self, id: str) -> StoredPassage:
        """Return the passage of that id.

        Raises:
            KnowledgeError: There is none.
        """
        with self._database.read_transaction() as connection:
            return _require(connection, id)

    def snapshot(self, encoder: str) -> tuple[int, list[StoredPassage], dict[str, bytes]]:
        """Return the revision, the passages that say something, and those of their vectors that this encoder made of the text."""
        with self._database.read_transaction() as connection:
            stored = list(passages.read(connection, "text != ''"))
            known = {stored.id: passages.digest_text(stored.passage) for stored in stored}
            rows = connection.execute("SELECT id, text, vectors FROM passage_vectors WHERE encoder = ?", (encoder,))
            vectors = {id: bytes(raw) for id, text, raw in rows if known.get(id) == text}
            return passages.get_revision(connection), stored, vectors

    def put_vectors(self, encoder: str, made: Iterable[tuple[StoredPassage, bytes]]) -> None:
        """Keep vectors of passages; those of a passage that has gone meanwhile are left out."""
        with self._database.write_transaction() as connection:
            _put_vectors(connection, encoder, [(each.id, each.passage, raw) for each, raw in made])

    def list_unknown(self, found: Sequence[Passage]) -> list[int]:
        """Return which passages of a document, by index, are not stored as they are."""
        keys = passages.build_keys(found)
        with self._database.read_transaction() as connection:
            known = {key for (key,) in connection.execute("SELECT key FROM passages")}
        return [place for place, key in enumerate(keys) if key not in known]

    def learn(
        self,
        file: str,
        digest: str,
        found: Sequence[Passage],
        pages: int | None = None,
        unread: Sequence[tuple[int, str]] = (),
        recognised: int = 0,
        encoder: str = "",
        vectors: Mapping[int, bytes] | None = None,
    ) -> DocumentReport:
        """Put the passages of a document in the place of those that it had; what a person edited stays.

        Args:
            file: The name by which the document is recognised when it is learned again.
            digest: That of the file.
            found: Its passages, in order.
            pages: How many pages it has.
            unread: The pages that could not be read, each with the reason.
            recognised: How many pages were read from their picture.
            encoder: What made the vectors.
            vectors: Those of some of the passages, by index.
        """
        keys = passages.build_keys(found)
        with self._database.write_transaction() as connection:
            had_own = has_own_entries(connection)
            passages.put_document(connection, file, digest, pages, unread)
            old = {stored.key: stored for stored in passages.read(connection, "file = ?", (file,))}
            kept = _match_edited(
                [stored for key, stored in old.items() if stored.is_edited and key not in keys], found, keys, old
            )
            added = 0
            stay: set[str] = set()
            made = []
            for position, (passage, key) in enumerate(zip(found, keys, strict=True)):
                known = old.get(key)
                if (edited := kept.pop(position, None)) is not None:
                    stored = replace(
                        edited, key=key, given=passage.text, passage=replace(edited.passage, page=passage.page)
                    )
                elif known is not None:
                    stored = replace(known, passage=replace(known.passage, page=passage.page))
                else:
                    stored = StoredPassage(passages.choose_id(connection, file, key), key, passage, passage.text)
                    added += 1
                passages.put(connection, stored, position)
                stay.add(stored.id)
                if vectors and position in vectors and not stored.is_edited:
                    made.append((stored.id, stored.passage, vectors[position]))
            gone = [stored for stored in old.values() if stored.id not in stay]
            dropped = [stored for stored in gone if not stored.is_edited]
            connection.executemany("DELETE FROM passages WHERE id = ?", [(stored.id,) for stored in dropped])
            _put_vectors(connection, encoder, made)
            passages.raise_revision(connection)
            _note_own(connection, had_own)
            count = connection.execute(
                "SELECT count(*) FROM passages WHERE file = ? AND text != ''", (file,)
            ).fetchone()[0]
        edited_ids = [stored.id for key, stored in old.items() if stored.is_edited and key not in keys]
        return DocumentReport(file, count, added, len(dropped), tuple(edited_ids), tuple(unread), recognised, pages)

    def find_digest(self, file: str) -> str | None:
        """Return the digest of the file that a document was learned from; None if there is no such document."""
        with self._database.read_transaction() as connection:
            row = connection.execute("SELECT digest FROM documents WHERE file = ?", (file,)).fetchone()
            return None if row is None else str(row[0])

    def delete(self, file: str) -> int:
        """Remove a document with all its passages, edited ones too; return how many there were.

        Raises:
            KnowledgeError: There is no such document; similar names are given.
        """
        with self._database.write_transaction() as connection:
            had_own = has_own_entries(connection)
            names = [name for (name,) in connection.execute("SELECT file FROM documents ORDER BY file")]
            if file not in names:
                near = difflib.get_close_matches(file, names, 3, 0.4) or names[:3]
                said = f" Did you mean {' or '.join(near)}?" if near else " No document has been learned."
                raise KnowledgeError(f"There is no document {file!r}; `python -m bot documents` lists them.{said}")
            count = connection.execute("SELECT count(*) FROM passages WHERE file = ?", (file,)).fetchone()[0]
            connection.execute("DELETE FROM documents WHERE file = ?", (file,))
            passages.raise_revision(connection)
            _note_own(connection, had_own)
        return int(count)

    def edit(self, id: str, text: str) -> StoredPassage:
        """Give a passage another text; an empty one takes it out, and the text that the document gave brings it back.

        Raises:
            KnowledgeError: There is no such passage, or the text is too long.
        """
        text = clean(text)
        if len(text) > MAX_PASSAGE:
            raise KnowledgeError(
                f"The text has {len(text)} characters; at most {MAX_PASSAGE} are allowed. A passage is quoted from: keep it to a "
                "few paragraphs."
            )
        with self._database.write_transaction() as connection:
            stored = _require(connection, id)
            connection.execute("UPDATE passages SET text = ? WHERE id = ?", (text, id))
            passages.raise_revision(connection)
        return replace(stored, passage=replace(stored.passage, text=text))


def _note_own(connection: sqlite3.Connection, had_own: bool) -> None:
    """Note that there is something of the owner's now, or nothing any more: what we ship may speak because of that, or not."""
    if has_own_entries(connection) != had_own:
        Change(connection).note_own(not had_own)


def _require(connection: sqlite3.Connection, id: str) -> StoredPassage:
    found = next(passages.read(connection, "id = ?", (id,)), None)
    if found is None:
        raise KnowledgeError(f"There is no passage {id!r}; `python -m bot documents FILE` lists those of a document.")
    return found


def _put_vectors(connection: sqlite3.Connection, encoder: str, made: Iterable[tuple[str, Passage, bytes]]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO passage_vectors SELECT ?, ?, ?, ? WHERE EXISTS(SELECT 1 FROM passages WHERE id = ?)",
        [(id, encoder, passages.digest_text(passage), raw, id) for id, passage, raw in made],
    )


def _match_edited(
    edited: Sequence[StoredPassage], found: Sequence[Passage], keys: Sequence[str], old: Mapping[str, StoredPassage]
) -> dict[int, StoredPassage]:
    """Return which edited passage stands for which of those that the document has now, by index."""
    matched: dict[int, StoredPassage] = {}
    free = [place for place, key in enumerate(keys) if key not in old]
    for stored in edited:
        ranked = [
            (difflib.SequenceMatcher(None, stored.given, found[place].text, autojunk=False).ratio(), -place)
            for place in free
            if place not in matched
            and found[place].heading == stored.passage.heading
            and measure_size(found[place].text)
        ]
        alike, place = max(ranked, default=(0.0, 0))
        if alike >= _ALIKE:
            matched[-place] = stored
    return matched
