"""Read questions and replies from an XLSX workbook: every visible sheet, by the rules of the text table."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from data.formats.csv_records import Record
from data.formats.errors import FormatError, RejectedRow, Sentence, UnknownColumnsError, reject_row, shorten
from data.formats.reading import Reading
from data.formats.table import Table, has_header, read_table
from data.formats.workbook import MAX_UNPACKED, Sheet, SheetRow, Workbook, refuse_archive
from data.records import Pair, Place

__all__ = ["MAX_UNPACKED", "read", "read_cells", "refuse_archive"]

_SEARCHED = 20


def read(path: Path, reading: Reading | None = None) -> Iterator[Pair | RejectedRow]:
    """Yield the pairs of every visible sheet, row by row, as the sheet shows them.

    A sheet without a header is left out and named where another has one.

    Raises:
        UnknownColumnsError: The columns of no sheet can be told.
        FormatError: The workbook is broken, unpacks to more than MAX_UNPACKED bytes, or has no such table.
    """
    reading = reading or Reading()
    with Workbook(path, MAX_UNPACKED) as book:
        hidden = [sheet.name for sheet in book.sheets if not sheet.is_visible]
        if hidden:
            names = ", ".join(shorten(name, 31) for name in hidden[:12])
            reading.note(f"hidden sheets were left out: {names}", f"隐藏的工作表未取用：{names}")
        filled = [sheet for sheet in book.sheets if sheet.is_visible and next(book.rows(sheet), None) is not None]
        if not filled:
            raise FormatError(
                Sentence(
                    f"{path.name} has no rows with questions and replies on a visible sheet. Write at least one "
                    "below the header.",
                    f"{path.name} 的可见工作表里没有问题和答案。请在表头下面至少写一行。",
                )
            )
        chosen = _choose_sheets(book, filled, reading)
        found = False
        refused: FormatError | None = None
        for sheet in chosen:
            part = sheet.name if len(filled) > 1 else ""
            table = Table(f"{path.name} [{part}]" if part and len(chosen) > 1 else path.name, part)
            try:
                for item in _read_sheet(book, sheet, table, reading):
                    found = True
                    yield item
            except UnknownColumnsError:
                raise
            except FormatError as error:
                # A sheet with only a header beside one with rows.
                refused = error
                if len(chosen) > 1:
                    reading.note(f"the sheet {sheet.name!r} has no rows", f"工作表「{sheet.name}」没有内容")
                else:
                    raise
        if not found and refused is not None:
            raise refused


def _choose_sheets(book: Workbook, filled: list[Sheet], reading: Reading) -> list[Sheet]:
    """Return the sheets to read: those with a header, or the only one; the others are named."""
    if len(filled) == 1:
        return filled
    with_header = []
    for sheet in filled:
        rows = [Record(row.number, row.cells) for row in islice(book.rows(sheet), _SEARCHED)]
        if has_header(rows) or (reading.choice is not None and _has_names(rows, reading)):
            with_header.append(sheet)
    if not with_header:
        # The first one is asked about, or read without a header.
        with_header = filled[:1]
    for sheet in filled:
        if sheet not in with_header:
            first = next(book.rows(sheet), None)
            said = shorten(" | ".join(cell for cell in first.cells if cell), 60) if first is not None else ""
            reading.note(
                f"the sheet {sheet.name!r} names no questions and answers and was left out; it begins with {said!r}",
                f"工作表「{sheet.name}」没有问题列和答案列，未取用；它以「{said}」开头",
            )
    return with_header


def _has_names(rows: list[Record], reading: Reading) -> bool:
    choice = reading.choice
    assert choice is not None
    return any({choice.question.strip(), choice.reply.strip()} <= {cell.strip() for cell in row.cells} for row in rows)


def _read_sheet(book: Workbook, sheet: Sheet, table: Table, reading: Reading) -> Iterator[Pair | RejectedRow]:
    hidden: list[SheetRow] = []

    def records() -> Iterator[Record]:
        for row in book.rows(sheet):
            if row.is_hidden:
                hidden.append(row)
                continue
            if row.has_long_number:
                reading.count(
                    "a number of more than 15 digits lost its last ones when it was typed as a number; format "
                    "such cells as text",
                    "超过 15 位的数字作为数值输入时，末尾几位已经丢失；请把这类单元格设为文本",
                    str(row.number),
                )
            yield Record(row.number, row.cells)

    for item in read_table(records(), table, reading):
        yield from _refuse_hidden(hidden, table)
        yield item
    yield from _refuse_hidden(hidden, table)


def _refuse_hidden(hidden: list[SheetRow], table: Table) -> Iterator[RejectedRow]:
    why = Sentence(
        "the row is hidden in the sheet; show it if it is to be learned",
        "这一行在工作表里是隐藏的；如需学习请先取消隐藏",
    )
    for row in hidden:
        yield reject_row(Place(table.file, row.number), " | ".join(cell for cell in row.cells if cell), why)
    hidden.clear()


def read_cells(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells, as the sheet shows them, of each row of the first visible sheet with rows.

    Raises:
        FormatError: The workbook is broken or unpacks to more than MAX_UNPACKED bytes.
    """
    with Workbook(path, MAX_UNPACKED) as book:
        for sheet in book.sheets:
            rows = book.rows(sheet) if sheet.is_visible else iter(())
            first = next(rows, None)
            if first is not None:
                yield from ((row.number, row.cells) for row in chain([first], rows))
                return
