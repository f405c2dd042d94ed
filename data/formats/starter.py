"""The texts that the bot ships with, as TOML: [[entry]] with an id and, for each language, questions and a reply."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.formats.refusal import FormatError, fault
from data.records import LANGUAGES, Entry, Place

FOLDER = "starter"


def digest_starter(folder: Path) -> str:
    """The SHA-256 over the names and bytes of the folder's texts, as hexadecimal digits."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.toml")):
        data = path.read_bytes()
        digest.update(f"{path.name} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def read_starter(folder: Path) -> Iterator[Entry]:
    """The entries of every *.toml file of the folder, by file name, then in order; ids are "<id>.<language>".

    place.file is "starter/<file>", place.row the number of the [[entry]] from 1. Raises FormatError for a text that is not
    as it should be, naming it.
    """
    seen: set[str] = set()
    for path in sorted(folder.glob("*.toml")):
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8")).get("entry", [])
        except ValueError as error:
            raise FormatError(f"{path} is no TOML in UTF-8: {error}. Correct the file.") from error
        for row, table in enumerate(tables, start=1):
            place = Place(f"{FOLDER}/{path.name}", row)
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
            if why := fault(str(question), reply):
                raise FormatError(f"{place}: {id}.{language}: {why}. Correct the text {question!r}.")
        yield Entry(f"{id}.{language}", language, tuple(questions), reply, place)
