"""Read the texts that the bot ships with, TOML: [[entry]] with an id and, for each language, questions and a reply.

Each folder is a part that an owner can switch on and off. {name} in a text stands for the bot's name.
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
"""The name of the bot if its owner has not set one."""
_NAME = "{name}"


def find_part(file: str) -> str | None:
    """Return the part that an entry belongs to, by the file of its place; None for an entry of the owner.

    >>> find_part("starter/course/vision.toml"), find_part("faq.csv"), find_part("starter/gone.toml")
    ('course', None, None)
    """
    folder, _, rest = file.partition("/")
    part = rest.partition("/")[0]
    return part if folder == FOLDER and part in PARTS else None


def name_entry(entry: Entry, name: str | None = None) -> Entry:
    """Replace {name} in a shipped entry by the bot's name, by default that of NAMES; other entries stay as they are."""
    if not entry.place.file.startswith(f"{FOLDER}/"):
        return entry
    called = name or NAMES[entry.language]
    questions = tuple(question.replace(_NAME, called) for question in entry.questions)
    return replace(entry, questions=questions, reply=entry.reply.replace(_NAME, called))


def digest_starter(folder: Path) -> str:
    """Return the SHA-256 of the names and bytes of the folder's texts, as hexadecimal digits."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.toml")):
        data = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def read_starter(folder: Path) -> Iterator[Entry]:
    """Yield the entries of every *.toml file below a folder, by file, then in order. {name} is replaced by NAMES.

    Ids are "<id>.<language>"; place.file is "starter/<part>/<file>", place.row the number of the [[entry]] from 1.

    Raises:
        FormatError: A text is not as it should be; the message names it.
    """
    return map(name_entry, read_templates(folder))


def read_templates(folder: Path) -> Iterator[Entry]:
    """Yield the entries of `read_starter` as they are written, with {name}."""
    seen: set[str] = set()
    for path in sorted(folder.rglob("*.toml")):
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8")).get("entry", [])
        except ValueError as error:
            raise FormatError(f"{path} is not TOML in UTF-8: {error}. Correct the file.") from error
        for row, table in enumerate(tables, start=1):
            place = Place(f"{FOLDER}/{path.relative_to(folder).as_posix()}", row)
            for entry in _entries(table, place):
                if entry.id in seen:
                    raise FormatError(f"{place}: the id {entry.id} occurs twice. Give every entry its own id.")
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
