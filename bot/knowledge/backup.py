"""A backup: a JSON Lines file that says what it is, then every entry, forgotten id, choice, document and passage."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.knowledge.database import KnowledgeError
from bot.knowledge.entries import Stored, has_changed
from bot.knowledge.passages import raise_revision
from data.atomic_file import write_atomic
from data.formats.errors import validate_entry
from data.records import LANGUAGES, Entry, Place

FORMAT = "kanliao-knowledge"
VERSION = 3
"""Version 1 had no choices, version 2 no documents; a backup without documents is written as version 2."""


_DOCUMENT: tuple[tuple[type, ...], ...] = ((str,), (str,), (int, type(None)), (str,), (int, float))
_PASSAGE: tuple[tuple[type, ...], ...] = ((str,), (str,), (str,), (int,), (str,), (int, type(None)), (str,), (str,))


@dataclass(frozen=True)
class BackupContent:
    """What a backup holds."""

    entries: tuple[Stored, ...]
    forgotten: tuple[str, ...]
    choices: Mapping[str, str] = field(default_factory=dict)
    documents: tuple[tuple[Any, ...], ...] = ()
    """The rows of the table of documents."""
    passages: tuple[tuple[Any, ...], ...] = ()
    """The rows of the table of passages. Vectors are made again."""


def write(path: Path, kept: BackupContent) -> None:
    """Write the backup, whole or not at all: a file that was there before stays until the new one is complete."""
    lines = [_encode_line(_build_record(stored)) for stored in kept.entries]
    lines += [_encode_line({"forgotten": id}) for id in kept.forgotten]
    lines += [_encode_line({"choice": name, "value": value}) for name, value in kept.choices.items()]
    lines += [_encode_line({"document": list(row)}) for row in kept.documents]
    lines += [_encode_line({"passage": list(row)}) for row in kept.passages]
    body = b"".join(lines)
    head = {
        "format": FORMAT,
        "version": VERSION if kept.documents else 2,
        "entries": len(kept.entries),
        "forgotten": len(kept.forgotten),
        "choices": len(kept.choices),
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    write_atomic(path, _encode_line(head) + body)


def read(path: Path) -> BackupContent:
    """Read and verify a backup.

    Raises:
        KnowledgeError: The file is not a whole backup of a version that this program reads.
        OSError: The file cannot be read.
    """
    first, _, body = path.read_bytes().partition(b"\n")
    try:
        head = json.loads(first)
    except (ValueError, RecursionError):
        head = None
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise KnowledgeError(
            f"{path} is not a backup of the knowledge; expected a file written by `python -m bot backup FILE`. To take in "
            "questions and replies, use learn."
        )
    if head.get("version") not in range(1, VERSION + 1):
        raise KnowledgeError(
            f"{path} is a backup of version {head.get('version')!r}; this program reads versions 1 to {VERSION}. Update the "
            "program."
        )
    if hashlib.sha256(body).hexdigest() != head.get("sha256"):
        raise KnowledgeError(
            f"{path} is cut short or damaged: its text is not the one its first line was written for. Use another copy."
        )
    entries: list[Stored] = []
    forgotten: list[str] = []
    choices: dict[str, str] = {}
    documents: list[tuple[Any, ...]] = []
    passages: list[tuple[Any, ...]] = []
    for number, line in enumerate(body.splitlines(), start=2):
        try:
            record = json.loads(line)
            if record.keys() == {"forgotten"}:
                forgotten.append(_require_text(record["forgotten"]))
            elif record.keys() == {"choice", "value"}:
                choices[_require_text(record["choice"])] = _require_text(record["value"])
            elif record.keys() == {"document"}:
                documents.append(_parse_row(record["document"], _DOCUMENT))
            elif record.keys() == {"passage"}:
                passages.append(_parse_row(record["passage"], _PASSAGE))
            else:
                entries.append(_parse_stored(record))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise KnowledgeError(
                f"{path}:{number} is not an entry ({type(error).__name__}: {error}). Use another copy."
            ) from error
    _verify_counts(path, head, entries, forgotten)
    files = {row[0] for row in documents}
    if len(files) < len(documents) or len({row[0] for row in passages}) < len(passages):
        raise KnowledgeError(f"{path} holds the same document or passage twice. Use another copy.")
    if lost := {row[2] for row in passages} - files:
        raise KnowledgeError(f"{path} holds passages of {sorted(lost)[0]!r}, and no such document. Use another copy.")
    return BackupContent(tuple(entries), tuple(forgotten), choices, tuple(documents), tuple(passages))


def read_documents(connection: sqlite3.Connection) -> tuple[tuple[tuple[Any, ...], ...], tuple[tuple[Any, ...], ...]]:
    """Return the documents and the passages as a backup holds them."""
    documents = connection.execute(
        "SELECT file, digest, pages, unread, learned FROM documents ORDER BY file"
    ).fetchall()
    rows = connection.execute(
        "SELECT id, key, file, position, heading, page, text, given FROM passages ORDER BY file, position, id"
    ).fetchall()
    return tuple(documents), tuple(rows)


def write_documents(connection: sqlite3.Connection, content: BackupContent) -> None:
    """Put the documents of a backup in the place of those that there are."""
    connection.execute("DELETE FROM documents")
    connection.executemany("INSERT INTO documents VALUES (?, ?, ?, ?, ?)", content.documents)
    connection.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?)", content.passages)
    raise_revision(connection)


def _parse_row(row: Any, kinds: tuple[tuple[type, ...], ...]) -> tuple[Any, ...]:
    if not isinstance(row, list) or len(row) != len(kinds):
        raise ValueError(f"{row!r} has not {len(kinds)} values")
    for value, kind in zip(row, kinds, strict=True):
        if not isinstance(value, kind) or isinstance(value, bool):
            raise TypeError(f"{value!r} is none of {', '.join(each.__name__ for each in kind)}")
    return tuple(row)


def _verify_counts(path: Path, head: dict[str, Any], entries: list[Stored], forgotten: list[str]) -> None:
    counts = (head.get("entries"), head.get("forgotten"))
    if counts != (len(entries), len(forgotten)):
        raise KnowledgeError(
            f"{path} holds {len(entries)} entries and {len(forgotten)} forgotten ids; its first line says {counts[0]} and "
            f"{counts[1]}. Use another copy."
        )
    for what, values in (
        ("id", [stored.entry.id for stored in entries]),
        ("key", [stored.key for stored in entries]),
        ("forgotten id", forgotten),
    ):
        if len(set(values)) < len(values):
            raise KnowledgeError(f"{path} holds the same {what} twice. Use another copy.")


def _encode_line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


def _build_record(stored: Stored) -> dict[str, Any]:
    entry = stored.entry
    return {
        "id": entry.id,
        "language": entry.language,
        "questions": list(entry.questions),
        "reply": entry.reply,
        "file": entry.place.file,
        "row": entry.place.row,
        "key": stored.key,
        "given": stored.given,
        "edited": stored.edited,
    }


def _parse_stored(record: dict[str, Any]) -> Stored:
    language, questions, reply, row = (
        record["language"],
        record["questions"],
        _require_text(record["reply"]),
        record["row"],
    )
    if language not in LANGUAGES:
        raise ValueError(f"the language {language!r} is none of {', '.join(LANGUAGES)}")
    if not isinstance(questions, list) or not questions:
        raise ValueError("there are no questions")
    if type(row) is not int:
        raise ValueError(f"the row {row!r} is not a number")
    for question in questions:
        if why := validate_entry(_require_text(question), reply):
            raise ValueError(why)
    place = Place(_require_text(record["file"]), row)
    given = _require_text(record["given"])
    # Older backups do not say whether a person changed the entry.
    edited = bool(record.get("edited", has_changed(questions, reply, given)))
    return Stored(
        Entry(_require_text(record["id"]), language, tuple(questions), reply, place),
        _require_text(record["key"]),
        given,
        edited,
    )


def _require_text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value
