"""Read the lines of a byte range of a log file, in bounded memory."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from data.formats.errors import FormatError, RejectedRow, reject_row
from data.records import Place

MAX_LINE = 256 * 2**20
"""The longest line that is read, in bytes. A conversation of 100,000 turns on one line takes a tenth of it."""

MAX_UNPACKED = 512 * 2**20
"""The most bytes that a packed workbook may unpack to."""

LOOKED_AT = 2**16
_TICK_BYTES = 2**20
_BLOCK = 2**18
_GZIP = b"\x1f\x8b"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROL = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1f]")
_STILL_UTF8 = 0.7
_ADVICE = "Expected the log of a bot: JSONL, JSON, ParlAI text, CSV or XLSX. Is it another file?"

Tick = Callable[[int], object]
"""A callback that gets the number of bytes that were read since the last call."""


@dataclass(frozen=True)
class ByteRange:
    """A part of a file.

    Args:
        path: The file.
        start: Its first byte.
        end: The byte after its last; None for the end of the file.
        row: The number of the first line in it.
        most: How many lines or objects are read at most; None for all.
    """

    path: Path
    start: int = 0
    end: int | None = None
    row: int = 1
    most: int | None = None


def open_log(path: Path) -> IO[bytes]:
    """Open a file for reading; gzip is decompressed."""
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    return cast(IO[bytes], gzip.open(path, "rb")) if packed else path.open("rb")


@contextmanager
def open_unpacked(path: Path) -> Iterator[Path]:
    """Give the path of a file with the content of a gzip file, for readers that need one; any other path as it is.

    Raises:
        FormatError: It unpacks to more than MAX_UNPACKED bytes, or is broken.
    """
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    if not packed:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="kanliao-log-") as folder:
        unpacked = Path(folder) / (path.stem or "log")
        size = 0
        try:
            with gzip.open(path, "rb") as source, unpacked.open("wb") as target:
                while block := source.read(2**20):
                    size += len(block)
                    if size > MAX_UNPACKED:
                        raise FormatError(
                            f"{path.name} unpacks to more than {MAX_UNPACKED // 2**20} MiB. Unpack it and save it in parts."
                        )
                    target.write(block)
        except (OSError, EOFError, zlib.error) as error:
            raise FormatError(f"{path.name} is a broken gzip file ({error}). Copy it again.") from error
        yield unpacked


def read_head(path: Path) -> bytes:
    """Return the first LOOKED_AT bytes, decompressed.

    Raises:
        FormatError: The path is a folder, an empty file or a broken gzip file.
    """
    if path.is_dir():
        raise FormatError(f"{path} is a folder; expected a file.")
    with path.open("rb") as file:
        found = file.read(LOOKED_AT)
    if found.startswith(_GZIP):
        try:
            # Not with the gzip module, which returns nothing from a truncated file.
            found = zlib.decompressobj(31).decompress(found, LOOKED_AT)
        except zlib.error as error:
            raise FormatError(f"{path.name} begins as gzip but is broken ({error}). {_ADVICE}") from error
    if not found.strip():
        raise FormatError(f"{path.name} is empty. Give a log with something in it.")
    return found


def detect_head_encoding(name: str, first: bytes) -> str:
    """Return the Python name of the encoding, judged by the first bytes. A line in another one is rejected later.

    Raises:
        FormatError: The file is binary.
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
    """Yield the number and the text of each line that is not blank; a RejectedRow for one that cannot be read."""
    encoding = detect_head_encoding(span.path.name, read_head(span.path))
    if encoding == "utf-16":
        with open_log(span.path) as packed, io.TextIOWrapper(packed, encoding=encoding, errors="replace") as text:
            for row, line in enumerate(text, span.row):
                if span.most is not None and row >= span.row + span.most:
                    break
                if line.strip():
                    yield row, line.rstrip("\r\n")
        tick(span.path.stat().st_size)
        return
    for row, raw in read_raw_lines(span, tick):
        if isinstance(raw, RejectedRow):
            yield row, raw
        else:
            yield row, decode_line(raw, encoding, span.path.name, row)


def read_raw_lines(span: ByteRange, tick: Tick) -> Iterator[tuple[int, bytes | RejectedRow]]:
    """Yield the number and the bytes of each line that is not blank, without its end; a RejectedRow for one that is too long."""
    row, left, reported = span.row - 1, None if span.end is None else span.end - span.start, 0
    last = None if span.most is None else row + span.most
    pieces: list[bytes] = []
    size = 0
    with open_log(span.path) as file:
        if span.start:
            file.seek(span.start)
        while left is None or left > 0:
            try:
                block = file.read(_BLOCK if left is None else min(_BLOCK, left))
            except (OSError, EOFError, zlib.error) as error:
                yield row + 1, reject_row(Place(span.path.name, row + 1), "", f"the file breaks off here ({error})")
                break
            if not block:
                break
            left = None if left is None else left - len(block)
            reported += len(block)
            if reported >= _TICK_BYTES:
                tick(reported)
                reported = 0
            first, *lines = block.split(b"\n")
            size += len(first)
            if size <= MAX_LINE:
                pieces.append(first)
            if not lines:
                continue
            whole = b"".join(pieces) if len(pieces) > 1 else pieces[0]
            rest = lines.pop()
            for raw in ([whole], lines):
                for line in raw:
                    row += 1
                    if last is not None and row > last:
                        return
                    if size > MAX_LINE:
                        yield row, _reject_long(span, row, line)
                    elif line and not line.isspace():
                        yield row, line
                    size = 0
            pieces, size = [rest], len(rest)
    line = b"".join(pieces)
    if line and not line.isspace() and (last is None or row < last):
        row += 1
        yield row, _reject_long(span, row, line) if size > MAX_LINE else line
    tick(reported)


def _reject_long(span: ByteRange, row: int, line: bytes) -> RejectedRow:
    return reject_row(
        Place(span.path.name, row), line[:400].decode("utf-8", "replace"), f"longer than {MAX_LINE} bytes"
    )


def decode_line(raw: bytes, encoding: str, name: str, row: int) -> str | RejectedRow:
    """Return the text of a line, or a RejectedRow if it is not text in this encoding."""
    try:
        return raw.decode("utf-8-sig" if row == 1 and encoding.startswith("utf-8") else encoding).rstrip("\r\n")
    except UnicodeDecodeError as error:
        shown = raw[:400].decode(encoding, "replace")
        return reject_row(Place(name, row), shown, f"not text in {encoding} ({error.reason})")
