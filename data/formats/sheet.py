"""A table of questions and replies as an XLSX workbook: the first sheet that has rows, under the rules of the text table."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path

from data.formats.columns import find_columns_or_pair
from data.formats.errors import FormatError, RejectedRow
from data.records import Pair, Place

MAX_UNPACKED = 200 * 2**20
_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})


def read(path: Path) -> Iterator[Pair | RejectedRow]:
    """The pairs, row by row. A formula counts as the value it had when the workbook was saved, an error value as empty.

    Raises FormatError for a workbook that is broken, that unpacks to more than MAX_UNPACKED bytes or that has no such table.
    """
    layout = None
    found = False
    for number, row in read_cells(path):
        if not any(cell.strip() for cell in row):
            continue
        if layout is None:
            # Empty columns at the right are formatting, not data.
            while not row[-1].strip():
                row.pop()
            layout, is_header = find_columns_or_pair(row)
            if is_header:
                continue
        found = True
        yield from layout.read(row, Place(path.name, number))
    if not found:
        raise FormatError(f"{path.name} has no rows with questions and replies. Write at least one below the header.")


def read_cells(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The number and the cells of each row of the first sheet that has rows, as text. Raises FormatError as `read` does."""
    import openpyxl  # takes a while to import and only workbooks need it

    try:
        with path.open("rb") as file:
            _refuse_bomb(file.name, zipfile.ZipFile(file))
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            for sheet in book.worksheets:
                # The stored dimensions may be absent or absurd; without them the rows are as wide as they are.
                sheet.reset_dimensions()
                seen = False
                for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
                    texts = [_text(value) for value in row]
                    seen = seen or any(texts)
                    yield number, texts
                if seen:
                    return
    except FormatError:
        raise
    except Exception as error:
        # The reader raises whatever its parsers meet in a broken file: BadZipFile, KeyError, ParseError, zlib.error, ...
        raise FormatError(
            f"{path.name} cannot be read as a workbook ({type(error).__name__}: {error}). Open it in a spreadsheet program "
            "and save it as .xlsx or as CSV UTF-8."
        ) from error


def refuse_archive(path: Path, expected: str) -> None:
    """Raise FormatError for a ZIP archive that is no workbook; expected says what would have been taken."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise FormatError(
            f"{path.name} begins as an XLSX workbook but is broken ({error}). Copy or save it again."
        ) from error
    if not any(part.endswith("workbook.xml") for part in parts):
        raise FormatError(
            f"{path.name} is a ZIP archive without a workbook; expected {expected}. Unpack it and give the files."
        )


def _refuse_bomb(name: str, archive: zipfile.ZipFile) -> None:
    # A part never unpacks to more than the size it declares: zipfile stops there.
    unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > MAX_UNPACKED:
        raise FormatError(
            f"{Path(name).name} unpacks to {unpacked // 2**20} MiB; at most {MAX_UNPACKED // 2**20} MiB are taken. Save the "
            "sheet as CSV UTF-8, in several files."
        )


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case date() | time():
            return value.isoformat()
        case _:
            return "" if value in _ERRORS else str(value)
