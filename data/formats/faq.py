"""Read questions and replies from delimited text: CSV, TSV, semicolons, pipes; with a header, or two columns without one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from data.formats.columns import find_columns
from data.formats.csv_records import Record, read_records
from data.formats.encoding import detect_encoding
from data.formats.errors import RejectedRow
from data.formats.header import is_like_data
from data.formats.reading import Reading
from data.formats.table import Table, read_table
from data.records import Pair

DELIMITERS = ("\t", ",", ";", "|")
"""What separates cells, the surest first."""
_WIDE_DELIMITERS = ("，", "；", "｜")
_SNIFFED_LINES = 200
_SNIFFED_CHARACTERS = 2**17
_SNIFFED_ROWS = 20
_SEPARATOR_LINE = re.compile(r'^\s*"?sep=(.)"?[,;\t| ]*$', re.IGNORECASE)


def read(path: Path, reading: Reading | None = None) -> Iterator[Pair | RejectedRow]:
    """Yield the pairs row by row; the number of a row is the physical line that it begins on.

    Raises:
        FormatError: The file is not such a table.
    """
    reading = reading or Reading()
    encoding = detect_encoding(path)
    reading.encoding = encoding
    with path.open(encoding=encoding, newline="") as file:
        head = _read_head(file)
        first, delimiter = _skip_separator_line(head)
        head = head[:first] + _blank(head, first)
        delimiter = delimiter or choose_delimiter(head)
        is_loose = delimiter == "," and path.suffix.lower() not in (".csv", ".tsv") and _is_prose(head)
        table = Table(path.name, "", delimiter, needs_header=is_loose or delimiter in _WIDE_DELIMITERS)
        yield from read_table(read_records(chain(head, file), delimiter), table, reading)


def is_table(lines: list[str], suffix: str) -> bool:
    """Return whether the first lines of a file are surely a table with a header, or one of pairs."""
    first, delimiter = _skip_separator_line(lines)
    lines = lines[first:] if not delimiter else lines[first + 1 :]
    delimiter = delimiter or choose_delimiter(lines)
    rows = _sample(lines, delimiter)
    if any(find_columns(row.cells) for row in rows):
        return True
    pairs = sum(len(row.cells) == 2 for row in rows)
    if not rows or pairs < len(rows) or not is_like_data(rows[0].cells):
        return False
    return suffix in (".csv", ".tsv") or not (delimiter == "," and _is_prose(lines))


def choose_delimiter(lines: list[str]) -> str:
    """Return the delimiter that fits the first lines best."""
    best = max(DELIMITERS, key=lambda delimiter: _fit(lines, delimiter))
    if not _fit(lines, best)[0]:
        for wide in _WIDE_DELIMITERS:
            if _fit(lines, wide)[0]:
                return wide
    return best


def _read_head(file: Iterable[str]) -> list[str]:
    head, length = [], 0
    for line in islice(file, _SNIFFED_LINES):
        head.append(line)
        length += len(line)
        if length > _SNIFFED_CHARACTERS:
            break
    return head


def _skip_separator_line(head: list[str]) -> tuple[int, str]:
    """Return the position of a `sep=;` line, as Excel writes it, and its delimiter; (0, "") if there is none."""
    for at, line in enumerate(head):
        if match := _SEPARATOR_LINE.match(line.lstrip("\ufeff").rstrip("\r\n")):
            return at, match.group(1)
        if line.strip():
            break
    return 0, ""


def _blank(head: list[str], first: int) -> list[str]:
    """Return the lines from the first on, a `sep=` line as a blank one, so that the lines keep their numbers."""
    is_separator = bool(head) and _SEPARATOR_LINE.match(head[first].lstrip("\ufeff").rstrip("\r\n"))
    return ["\n", *head[first + 1 :]] if is_separator else head[first:]


def _sample(lines: list[str], delimiter: str) -> list[Record]:
    records = (record for record in read_records(lines, delimiter) if record.why is None)
    return list(islice((record for record in records if any(cell.strip() for cell in record.cells)), _SNIFFED_ROWS))


def _fit(lines: list[str], delimiter: str) -> tuple[int, int, int]:
    """Return how well a delimiter fits, to be compared as a tuple.

    Returns:
        1 if a row is a header; the number of rows with two cells or as many as most have; the cells of the first row.
    """
    if not any(delimiter in line for line in lines):
        return 0, 0, 0
    rows = _sample(lines, delimiter)
    if not rows:
        return 0, 0, 0
    header = any(len(row.cells) <= 1000 and find_columns(row.cells) for row in rows)
    widths = Counter(len(row.cells) for row in rows if len(row.cells) > 1)
    return int(header), max(widths[2], widths.most_common(1)[0][1] if widths else 0), min(len(rows[0].cells), 100)


def _is_prose(lines: list[str]) -> bool:
    """Return whether commas are followed by spaces throughout, as in sentences."""
    text = "".join(lines[:_SNIFFED_ROWS])
    return text.count(", ") * 2 > text.count(",")
