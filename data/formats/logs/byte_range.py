"""A stretch of a log file and its lines: bytes in, numbered text out, in bounded memory."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from data.formats.errors import FormatError, RejectedRow, reject_row
from data.records import Place

MAX_LINE = 256 * 2**20
"""The longest line that is read, in bytes; a conversation of 100,000 turns on one line has a tenth of it."""

LOOKED_AT = 2**16
_TOLD = 2**20
_GZIP = b"\x1f\x8b"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROL = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1f]")
_STILL_UTF8 = 0.7
_ADVICE = "Expected the log of a bot: JSONL, JSON, ParlAI text, CSV or XLSX. Is it another file?"

Tick = Callable[[int], object]
"""Told now and then how many more bytes were read."""


@dataclass(frozen=True)
class ByteRange:
    """The bytes of a file from start to before end (None: its end); row is the number of the first line among them."""

    path: Path
    start: int = 0
    end: int | None = None
    row: int = 1


def open_log(path: Path) -> IO[bytes]:
    """The file as it reads, unpacked where it is gzip."""
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    return cast(IO[bytes], gzip.open(path, "rb")) if packed else path.open("rb")


def read_head(path: Path) -> bytes:
    """The first LOOKED_AT bytes. Raises FormatError for an empty file, a folder or a broken gzip file."""
    if path.is_dir():
        raise FormatError(f"{path} is a folder; expected a file.")
    with path.open("rb") as file:
        found = file.read(LOOKED_AT)
    if found.startswith(_GZIP):
        try:
            # Not through gzip, which gives nothing of what is cut short.
            found = zlib.decompressobj(31).decompress(found, LOOKED_AT)
        except zlib.error as error:
            raise FormatError(f"{path.name} begins as gzip but is broken ({error}). {_ADVICE}") from error
    if not found.strip():
        raise FormatError(f"{path.name} is empty. Give a log with something in it.")
    return found


def detect_head_encoding(name: str, first: bytes) -> str:
    """The Python name of the encoding, judged by the first bytes; a line that is not in it is refused by itself later.

    Raises FormatError for a binary file.
    """
    for bom, encoding in _BOMS:
        if first.startswith(bom):
            return encoding
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(first)
    lost = text.count("\ufffd")
    beyond = sum(character > "\x7f" for character in text)
    encoding = "utf-8"
    if lost and lost > (1 - _STILL_UTF8) * beyond:
        encoding = "gb18030"
        text = codecs.getincrementaldecoder("gb18030")("replace").decode(first)
        if text.count("\ufffd") * 20 > len(text) or _CONTROL.search(text):
            raise FormatError(f"{name} is a binary file, or in an encoding that is not known here. {_ADVICE}")
    if "\x00" in text:
        raise FormatError(f"{name} is a binary file (it holds zero bytes). {_ADVICE}")
    return encoding


def read_lines(span: ByteRange, tick: Tick) -> Iterator[tuple[int, str | RejectedRow]]:
    """The number and the text of each line that is not blank; a Refusal in the place of one that cannot be read."""
    encoding = detect_head_encoding(span.path.name, read_head(span.path))
    if encoding == "utf-16":
        with span.path.open(encoding=encoding) as text:
            for row, line in enumerate(text, span.row):
                if line.strip():
                    yield row, line.rstrip("\r\n")
        tick(span.path.stat().st_size)
        return
    at, told, row = span.start, span.start, span.row - 1
    with open_log(span.path) as file:
        if span.start:
            file.seek(span.start)
        while span.end is None or at < span.end:
            try:
                raw = file.readline(MAX_LINE)
            except (OSError, EOFError) as error:
                yield row + 1, reject_row(Place(span.path.name, row + 1), "", f"the file breaks off here ({error})")
                break
            if not raw:
                break
            row, at = row + 1, at + len(raw)
            if at - told > _TOLD:
                tick(at - told)
                told = at
            if len(raw) == MAX_LINE and not raw.endswith(b"\n"):
                at += _skip_line(file)
                place = Place(span.path.name, row)
                yield row, reject_row(place, raw[:400].decode(encoding, "replace"), f"longer than {MAX_LINE} bytes")
            elif not raw.isspace():
                yield row, _decode_line(raw, encoding, span.path.name, row)
    tick(at - told)


def _decode_line(raw: bytes, encoding: str, name: str, row: int) -> str | RejectedRow:
    try:
        return raw.decode("utf-8-sig" if row == 1 and encoding.startswith("utf-8") else encoding).rstrip("\r\n")
    except UnicodeDecodeError as error:
        shown = raw[:400].decode(encoding, "replace")
        return reject_row(Place(name, row), shown, f"not text in {encoding} ({error.reason})")


def _skip_line(file: IO[bytes]) -> int:
    passed = 0
    while piece := file.readline(2**20):
        passed += len(piece)
        if piece.endswith(b"\n"):
            break
    return passed
