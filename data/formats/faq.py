"""A table of questions and replies as text: CSV or TSV, with a header in either language or of two columns without one."""

from __future__ import annotations

import contextlib
import csv
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from data.formats.columns import find_columns, find_columns_or_pair
from data.formats.encoding import detect_encoding
from data.formats.errors import FormatError, RejectedRow, reject_row
from data.records import Pair, Place

_DELIMITERS = ("\t", ",", ";")
_SNIFFED = 20


def read(path: Path) -> Iterator[Pair | RejectedRow]:
    """The pairs, row by row; a row's number is the physical line it begins on. Raises FormatError for what is no such table."""
    encoding = detect_encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        delimiter = _delimiter(file)
        file.seek(0)
        yield from _read(file, delimiter, path.name)


def _delimiter(file: TextIO) -> str:
    """The delimiter that fits the first rows best."""
    return max(_DELIMITERS, key=lambda delimiter: _fit(file, delimiter))


def _fit(file: TextIO, delimiter: str) -> tuple[int, int, int]:
    """How well the delimiter fits: a whole header (2) or half of one (1), the rows of two cells, the cells of the first row."""
    file.seek(0)
    rows: list[list[str]] = []
    # A cell without end is told of when the rows are read; the rows before it are enough to judge by.
    with contextlib.suppress(csv.Error):
        for row in itertools.islice(csv.reader(file, delimiter=delimiter), _SNIFFED):
            rows.append(row)
    rows = [row for row in rows if row]
    if not rows:
        return 0, 0, 0
    try:
        header = 0 if find_columns(rows[0]) is None else 2
    except FormatError:
        header = 1
    return header, sum(len(row) == 2 for row in rows), len(rows[0])


def _read(file: TextIO, delimiter: str, name: str) -> Iterator[Pair | RejectedRow]:
    reader = csv.reader(file, delimiter=delimiter)
    layout = None
    rows = 0
    while True:
        place = Place(name, reader.line_num + 1)
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            rows += 1
            yield reject_row(
                place, "", f"the row cannot be read ({error}); is there a quotation mark that is never closed?"
            )
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if layout is None:
            layout, is_header = find_columns_or_pair(cells)
            if is_header:
                continue
        rows += 1
        yield from layout.read(cells, place)
    if not rows:
        raise FormatError(f"{name} has no rows with questions and replies. Write at least one below the header.")
