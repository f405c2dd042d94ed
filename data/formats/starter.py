"""The texts that the bot ships with, as TOML: [[entry]] with an id and, for each language, questions and a reply.

Each folder is a part that an owner can switch on and off; {name} in a text is where the bot's name is put.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from data.formats.errors import FormatError, validate_entry
from data.records import LANGUAGES, Entry, Language, Place

FOLDER = "starter"
PARTS = ("courtesy", "persona", "application", "daily_life", "course")
"""The folders of the texts: manners; small talk about the bot itself; this program; daily life; the deep-learning course."""
NAMES: Mapping[Language, str] = {"zh": "看聊", "en": "Kanliao"}
"""What the bot is called where its owner gave it no name."""
_NAME = "{name}"


def find_part(file: str) -> str | None:
    """The part that an entry belongs to, by the file of its place; None for an entry of the owner's.

    >>> part_of("starter/course/vision.toml"), part_of("faq.csv"), part_of("starter/gone.toml")
    ('course', None, None)
    """
    folder, _, rest = file.partition("/")
    part = rest.partition("/")[0]
    return part if folder == FOLDER and part in PARTS else None


def name_entry(entry: Entry, name: str | None = None) -> Entry:
    """Put the bot's name, or ours in the entry's language, where an entry of ours has {name}; others stay as they are."""
    if not entry.place.file.startswith(f"{FOLDER}/"):
        return entry
    called = name or NAMES[entry.language]
    questions = tuple(question.replace(_NAME, called) for question in entry.questions)
    return replace(entry, questions=questions, reply=entry.reply.replace(_NAME, called))


def digest_starter(folder: Path) -> str:
    """The SHA-256 over the names and bytes of the folder's texts, as hexadecimal digits."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.toml")):
        data = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def read_starter(folder: Path) -> Iterator[Entry]:
    """The entries of every *.toml file below the folder, by file, then in order; ids are "<id>.<language>".

    place.file is "starter/<part>/<file>", place.row the number of the [[entry]] from 1. The bot is called by our name in
    them. Raises FormatError for a text that is not as it should be, naming it.
    """
    return map(name_entry, read_templates(folder))


def read_templates(folder: Path) -> Iterator[Entry]:
    """The entries that read_starter gives, as they were written: with {name} where the bot's name belongs."""
    seen: set[str] = set()
    for path in sorted(folder.rglob("*.toml")):
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8")).get("entry", [])
        except ValueError as error:
            raise FormatError(f"{path} is no TOML in UTF-8: {error}. Correct the file.") from error
        for row, table in enumerate(tables, start=1):
            place = Place(f"{FOLDER}/{path.relative_to(folder).as_posix()}", row)
            for entry in _entries(table, place):
                if entry.id in seen:
                    raise FormatError(
                        f"{place}: the id {entry.id} is taken already. Give every entry an id of its own."
                    )
                seen.add(entry.id)
                yield entry


def _entries(table: dict[str, Any], place: Place) -> Iterator[Entry]:
    id = table.get("id")
    if not isinstance(id, str) or not id:
        raise FormatError(f'{place}: the entry has no id. Write id = "…".')
    for language in LANGUAGES:
        if language not in table:
            continue
        given = table[language]
        questions, reply = given.get("questions"), given.get("reply")
        if not isinstance(reply, str) or not isinstance(questions, list) or not questions:
            raise FormatError(f'{place}: {id}.{language} needs questions = ["…"] and reply = "…".')
        for question in questions:
            if why := validate_entry(str(question), reply):
                raise FormatError(f"{place}: {id}.{language}: {why}. Correct the text {question!r}.")
        yield Entry(f"{id}.{language}", language, tuple(questions), reply, place)
