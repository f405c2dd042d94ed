"""Files of questions and replies, one module for each format people have: looked at, recognised, read as pairs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from data.formats import faq, jsonl, parlai, sheet
from data.formats.encoding import detect_encoding
from data.formats.errors import MAX_BYTES, FormatError, RejectedRow, validate_entry
from data.records import Pair

__all__ = ["FORMATS", "FormatError", "RejectedRow", "read_pairs", "recognise", "validate_entry"]

FORMATS: tuple[tuple[str, Callable[[Path], Iterator[Pair | RejectedRow]]], ...] = (
    ("faq", faq.read),
    ("sheet", sheet.read),
    ("jsonl", jsonl.read),
    ("parlai", parlai.read),
)
"""The name of each format and what reads a file of it."""

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_JSON_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson"})
_LOOKED_AT = 2**16


def recognise(path: Path) -> str:
    """The name of the format, one of FORMATS, from what the file holds; the extension only settles a doubt.

    Raises FormatError for a file that is none of them, is empty or has more than MAX_BYTES, and OSError if it cannot be read.
    """
    _refuse_size(path)
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(_ZIP):
        sheet.refuse_archive(path, "XLSX")
        return "sheet"
    if head == _OLE:
        raise FormatError(
            f"{path.name} is an old or password-protected Office file; expected XLSX. Save it as .xlsx without a password."
        )
    encoding = detect_encoding(path)
    with path.open(encoding=encoding) as text:
        lines = [line for line in text.read(_LOOKED_AT).splitlines() if line.strip()]
    if not lines:
        raise FormatError(f"{path.name} is empty. Give a file with questions and replies in it.")
    if _is_json(lines, path.suffix.lower()):
        return "jsonl"
    if {"text"} < parlai.parse_fields(lines[0]).keys():
        return "parlai"
    return "faq"


def read_pairs(path: Path, name: str | None = None) -> Iterator[Pair | RejectedRow]:
    """The pairs of the file in order, and a Refusal in the place of each row that cannot be one. Rows are streamed.

    name says the format where it is known. Raises FormatError for a file that is no such thing at all: at once if that can be
    seen at once, else while reading. Raises ValueError for an unknown name.
    """
    readers = dict(FORMATS)
    if name is None:
        name = recognise(path)
    elif name not in readers:
        raise ValueError(f"There is no format {name!r}; expected one of {', '.join(readers)}.")
    else:
        _refuse_size(path)
    return readers[name](path)


def _refuse_size(path: Path) -> None:
    if path.is_dir():
        raise FormatError(f"{path} is a folder; expected a file. Name the files in it one by one.")
    size = path.stat().st_size
    if size == 0:
        raise FormatError(f"{path.name} is empty. Give a file with questions and replies in it.")
    if size > MAX_BYTES:
        raise FormatError(
            f"{path.name} has {size / 2**20:.0f} MiB; at most {MAX_BYTES // 2**20} MiB are taken. Split it into several files."
        )


def _is_json(lines: list[str], suffix: str) -> bool:
    first = lines[0].strip()
    if first[0] not in "{[":
        return False
    if suffix in _JSON_SUFFIXES or first in ("[", "{") or re.match(r"\[\s*\{", first):
        return True
    for line in lines[:5]:
        try:
            if isinstance(json.loads(line), dict):
                return True
        except (ValueError, RecursionError):
            continue
    return False
