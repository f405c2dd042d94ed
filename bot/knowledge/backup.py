"""A backup: one JSON Lines file that says what it is, then every entry, every forgotten id and every choice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.knowledge.database import KnowledgeError
from bot.knowledge.entries import Stored, has_changed
from data.atomic_file import write_atomic
from data.formats.errors import validate_entry
from data.records import LANGUAGES, Entry, Place

FORMAT = "kanliao-knowledge"
VERSION = 2
"""Version 1 had no choices."""


@dataclass(frozen=True)
class Kept:
    """What a backup holds."""

    entries: tuple[Stored, ...]
    forgotten: tuple[str, ...]
    choices: Mapping[str, str] = field(default_factory=dict)


def write(path: Path, kept: Kept) -> None:
    """Write the backup, whole or not at all: a file that was there before stays until the new one is complete."""
    lines = [_line(_record(stored)) for stored in kept.entries]
    lines += [_line({"forgotten": id}) for id in kept.forgotten]
    lines += [_line({"choice": name, "value": value}) for name, value in kept.choices.items()]
    body = b"".join(lines)
    head = {
        "format": FORMAT,
        "version": VERSION,
        "entries": len(kept.entries),
        "forgotten": len(kept.forgotten),
        "choices": len(kept.choices),
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    write_atomic(path, _line(head) + body)


def read(path: Path) -> Kept:
    """What the backup holds, after all of it was verified. Raises KnowledgeError for anything else, and OSError."""
    first, _, body = path.read_bytes().partition(b"\n")
    try:
        head = json.loads(first)
    except (ValueError, RecursionError):
        head = None
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise KnowledgeError(
            f"{path} is no backup of the knowledge; expected a file written by `python -m bot backup FILE`. To take in questions "
            "and replies, use learn."
        )
    if head.get("version") not in (1, VERSION):
        raise KnowledgeError(
            f"{path} is a backup of version {head.get('version')!r}; this program reads versions 1 and {VERSION}. Update the "
            "program."
        )
    if hashlib.sha256(body).hexdigest() != head.get("sha256"):
        raise KnowledgeError(
            f"{path} is cut short or damaged: its text is not the one its first line was written for. Use another copy."
        )
    entries: list[Stored] = []
    forgotten: list[str] = []
    choices: dict[str, str] = {}
    for number, line in enumerate(body.splitlines(), start=2):
        try:
            record = json.loads(line)
            if record.keys() == {"forgotten"}:
                forgotten.append(_text(record["forgotten"]))
            elif record.keys() == {"choice", "value"}:
                choices[_text(record["choice"])] = _text(record["value"])
            else:
                entries.append(_stored(record))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise KnowledgeError(
                f"{path}:{number} is no entry ({type(error).__name__}: {error}). Use another copy."
            ) from error
    _verify_counts(path, head, entries, forgotten)
    return Kept(tuple(entries), tuple(forgotten), choices)


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


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


def _record(stored: Stored) -> dict[str, Any]:
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


def _stored(record: dict[str, Any]) -> Stored:
    language, questions, reply, row = record["language"], record["questions"], _text(record["reply"]), record["row"]
    if language not in LANGUAGES:
        raise ValueError(f"the language {language!r} is none of {', '.join(LANGUAGES)}")
    if not isinstance(questions, list) or not questions:
        raise ValueError("there are no questions")
    if type(row) is not int:
        raise ValueError(f"the row {row!r} is no number")
    for question in questions:
        if why := validate_entry(_text(question), reply):
            raise ValueError(why)
    place = Place(_text(record["file"]), row)
    given = _text(record["given"])
    # Backups of before do not say whether a person changed the entry.
    edited = bool(record.get("edited", has_changed(questions, reply, given)))
    return Stored(
        Entry(_text(record["id"]), language, tuple(questions), reply, place), _text(record["key"]), given, edited
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
