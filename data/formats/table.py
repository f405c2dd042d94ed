"""Read the rows of a table, whatever file they stand in: find the header, read what is below it, name what is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from data.formats.columns import ColumnGroup, Columns, UnreadableCell, count_names, find_columns
from data.formats.csv_records import Record
from data.formats.errors import (
    FormatError,
    RejectedRow,
    Sentence,
    UnknownColumnsError,
    find_damage,
    reject_row,
    shorten,
)
from data.formats.header import is_like_data, normalize_name, read_name, strip_notes
from data.formats.reading import ColumnChoice, Reading
from data.records import Pair, Place

MAX_COLUMNS = 1000
_SEARCHED = 20
"""A header stands within this many rows that are not blank."""
_SHOWN_ROWS = 4
_SHOWN_CELLS = 8


@dataclass(frozen=True)
class Table:
    """Where the rows of a table come from.

    Args:
        file: The name that places get.
        part: The name of the sheet, if the file has several.
        delimiter: What separates the cells in the file; "" in a workbook.
        needs_header: Whether two columns without a header are not a table.
    """

    file: str
    part: str = ""
    delimiter: str = ""
    needs_header: bool = False


def read_table(records: Iterable[Record], table: Table, reading: Reading) -> Iterator[Pair | RejectedRow]:
    """Yield the pairs of a table row by row.

    Raises:
        UnknownColumnsError: The columns cannot be told.
        FormatError: There are too many columns or no rows.
    """
    rows = (_check_width(record, table) for record in records if not _is_blank(record))
    head = []
    for record in rows:
        head.append(record)
        if len(head) == _SEARCHED:
            break
    if not head:
        raise _refuse_empty(table)
    at, columns = _locate(head, table, reading.choice)
    yield from _report_above(head[:at], table, reading)
    names = columns.names
    if names:
        _note_columns(columns, head[at].line, table, reading)
        at += 1
    else:
        asked = [f"{index + 1}" for index in columns.groups[0].questions]
        reading.add_table(table.part, 0, asked, [f"{columns.groups[0].reply + 1}"])
    found = False
    for record in chain(head[at:], rows):
        place = Place(table.file, record.line)
        found = True
        if record.why is not None:
            yield reject_row(place, record.cells[0], record.why)
        elif names and _is_header_again(record.cells, names):
            reading.note(f"row {record.line} repeats the header", f"第 {record.line} 行重复了表头")
        else:
            cells = _fit_width(record, columns, table, reading)
            if isinstance(cells, RejectedRow):
                yield cells
            else:
                yield from columns.read(cells, place, reading)
    if not found:
        raise _refuse_empty(table)


def has_header(records: Sequence[Record]) -> bool:
    """Return whether one of the first rows names questions and replies."""
    return any(find_columns(record.cells) is not None for record in records[:_SEARCHED] if record.why is None)


def _is_blank(record: Record) -> bool:
    return record.why is None and not any(cell.strip() or isinstance(cell, UnreadableCell) for cell in record.cells)


def _check_width(record: Record, table: Table) -> Record:
    """Return the record. Raises FormatError if it has too many cells."""
    if len(record.cells) > MAX_COLUMNS and (count := len(_strip_end(record.cells))) > MAX_COLUMNS:
        where = f"{table.file}:{record.line}"
        raise FormatError(
            Sentence(
                f"{where} has {count} columns; at most {MAX_COLUMNS} are read. Keep the columns with questions and answers and "
                "delete the others.",
                f"{where} 有 {count} 列，最多读取 {MAX_COLUMNS} 列。请只保留问题列和答案列。",
            )
        )
    return record


def _strip_end(cells: list[str], least: int = 1) -> list[str]:
    """Return the cells without empty ones at the end, which are formatting, not data."""
    end = len(cells)
    while end > least and not cells[end - 1].strip() and not isinstance(cells[end - 1], UnreadableCell):
        end -= 1
    return cells[:end]


def _refuse_empty(table: Table) -> FormatError:
    return FormatError(
        Sentence(
            f"{table.file} has no rows with questions and replies. Write at least one below the header.",
            f"{table.file} 里没有问题和答案。请在表头下面至少写一行。",
        )
    )


def _locate(head: list[Record], table: Table, choice: ColumnChoice | None) -> tuple[int, Columns]:
    """Return the position of the header, or of the first row if there is none, and the columns.

    Raises UnknownColumnsError, FormatError.
    """
    readable = [record for record in head if record.why is None]
    if choice is not None:
        return _apply_choice(head, table, choice)
    for at, record in enumerate(head):
        if record.why is None and (columns := find_columns(_strip_end(record.cells))) is not None:
            return at, columns
    first = readable[0] if readable else head[0]
    if len(_strip_end(first.cells)) == 2 and not table.needs_header and is_like_data(first.cells):
        return 0, Columns((ColumnGroup((0,), 1),))
    raise _ask_for_columns(readable or head, table)


def _apply_choice(head: list[Record], table: Table, choice: ColumnChoice) -> tuple[int, Columns]:
    for at, record in enumerate(head):
        question, reply = (_find_name(name, record.cells) for name in (choice.question, choice.reply))
        if question is None and reply is None:
            continue
        # One may be named and the other counted.
        question = _parse_position(choice.question) if question is None else question
        reply = _parse_position(choice.reply) if reply is None else reply
        if (
            question is not None
            and reply is not None
            and question != reply
            and max(question, reply) < len(record.cells)
        ):
            return at, Columns((ColumnGroup((question,), reply, _find_similar(record.cells)),), tuple(record.cells))
    question, reply = _parse_position(choice.question), _parse_position(choice.reply)
    width = max(len(record.cells) for record in head)
    for given, position in ((choice.question, question), (choice.reply, reply)):
        if position is None or position >= width:
            known = " | ".join(shorten(cell, 30) for cell in head[0].cells[:_SHOWN_CELLS])
            raise FormatError(
                Sentence(
                    f"{table.file} has no column {shorten(given, 30)!r}; its first row is {known!r}. Give a "
                    "name from it, a letter "
                    "or a number from 1.",
                    f"{table.file} 没有「{shorten(given, 30)}」这一列；第一行是「{known}」。请给出其中的列名、"
                    "字母或从 1 开始的序号。",
                )
            )
    assert question is not None
    assert reply is not None
    if question == reply:
        raise FormatError(
            Sentence(
                f"Column {shorten(choice.question, 30)!r} cannot hold both the questions and the replies. Name two columns.",
                f"「{shorten(choice.question, 30)}」列不能既是问题又是答案。请指定两列。",
            )
        )
    group = ColumnGroup((question,), reply)
    if choice.has_header is False:
        return 0, Columns((group,))
    at = next(at for at, record in enumerate(head) if len(record.cells) > max(question, reply))
    return at, Columns((group,), tuple(head[at].cells))


def _find_name(name: str, cells: Sequence[str]) -> int | None:
    wanted = normalize_name(name)
    for spell in (normalize_name, lambda cell: normalize_name(strip_notes(cell))):
        for at, cell in enumerate(cells):
            if wanted and spell(cell) == wanted:
                return at
    return None


def _find_similar(cells: Sequence[str]) -> tuple[int, ...]:
    return tuple(at for at, cell in enumerate(cells) if read_name(cell).role == "similar")


def _parse_position(given: str) -> int | None:
    """Return a number from 1, or the letters of a spreadsheet's column, as an index from 0.

    >>> _parse_position("2"), _parse_position("#2"), _parse_position("AB"), _parse_position("问题")
    (1, 1, 27, None)
    """
    given = given.strip().removeprefix("#")
    if re.fullmatch(r"[1-9][0-9]{0,4}", given):
        return int(given) - 1
    if re.fullmatch(r"[A-Za-z]{1,2}", given):
        number = 0
        for letter in given.upper():
            number = number * 26 + ord(letter) - ord("A") + 1
        return number - 1
    return None


def _ask_for_columns(head: Sequence[Record], table: Table) -> UnknownColumnsError:
    """Return the error that shows the first row and asks which columns hold what."""
    first = _strip_end(head[0].cells)
    for cell in first[:_SHOWN_CELLS]:
        if (why := find_damage(cell)) is not None:
            where = f"{table.file}:{head[0].line}"
            raise FormatError(Sentence(f"{where}: {why}.", f"{where}：{why.chinese}。"))
    shown = " | ".join(shorten(cell, 30) for cell in first[:_SHOWN_CELLS]) + (
        " | …" if len(first) > _SHOWN_CELLS else ""
    )
    where = f"{table.file}:{head[0].line}" + (f" ({table.part})" if table.part and table.part not in table.file else "")
    questions, replies = count_names(first)
    if replies > 1:
        english, chinese = "names several columns of replies", "有多个答案列"
    elif questions and not replies:
        english, chinese = "names no such column as a reply", "没有答案列"
    elif replies and not questions:
        english, chinese = "names no such column as a question", "没有问题列"
    else:
        english, chinese = "does not say which columns hold questions and replies", "没有说明哪一列是问题、哪一列是答案"
    count = f"{len(first)} column{'s' * (len(first) != 1)}"
    return UnknownColumnsError(
        Sentence(
            f"The first row of {where} ({count}: {shown!r}) {english}; expected a header with question and answer (or 问题 and "
            "答案). Say which columns they are, or add a header.",
            f"{where} 的第一行（{len(first)} 列：「{shown}」）{chinese}；应有写着「问题」和「答案」的表头。"
            "请指定问题列和答案列，或在表里加上表头。",
        ),
        first[:MAX_COLUMNS],
        [[shorten(cell, 60) for cell in record.cells[:_SHOWN_CELLS]] for record in head[:_SHOWN_ROWS]],
    )


def _report_above(above: Sequence[Record], table: Table, reading: Reading) -> Iterator[RejectedRow]:
    """Name what stands above the header: a title in a note, anything that may be a row as refused."""
    for record in above:
        filled = [cell for cell in record.cells if cell.strip()]
        if record.why is None and len(filled) <= 1:
            said = shorten(" ".join(filled), 40)
            where = f"{table.part}:{record.line}" if table.part else str(record.line)
            reading.note(
                f"row {where} stands above the header and is no question: {said!r}",
                f"第 {where} 行在表头之上，不是问题：「{said}」",
            )
        else:
            why = record.why or Sentence("the row stands above the header", "这一行在表头之上")
            yield reject_row(Place(table.file, record.line), " | ".join(record.cells), why)


def _note_columns(columns: Columns, row: int, table: Table, reading: Reading) -> None:
    asked = {at for group in columns.groups for at in group.asked}
    said = {group.reply for group in columns.groups}
    names = columns.names
    unused = [names[at] for at in range(len(names)) if at not in asked | said]
    reading.add_table(
        table.part,
        row,
        [names[at] for at in sorted(asked)],
        [names[at] for at in sorted(said)],
        [] if columns.exported else unused,
    )


def _is_header_again(cells: Sequence[str], names: Sequence[str]) -> bool:
    return len(_strip_end(list(cells))) == len(names) and all(
        cell.strip() == name.strip() for cell, name in zip(cells, names, strict=False)
    )


def _fit_width(record: Record, columns: Columns, table: Table, reading: Reading) -> list[str] | RejectedRow:
    """Return the cells of a row, those joined that unquoted delimiters have cut apart; a RejectedRow if it cannot be told."""
    width = columns.width
    cells = _strip_end(record.cells, width)
    if len(cells) <= width or columns.open_ended or not table.delimiter:
        return cells
    joined = None if record.has_quotes else _join_cells(cells, columns, table.delimiter)
    if joined is not None:
        reading.count(
            f"a {table.delimiter!r} inside a cell without quotation marks was kept as part of it",
            f"单元格没有加引号，其中的「{table.delimiter}」按文字保留",
            str(record.line),
        )
        return joined
    why = Sentence(
        f"the row has {len(cells)} cells where the table has {width}: a {table.delimiter!r} inside a cell cuts "
        "it apart; put the "
        'cell in quotation marks ("...")',
        f"这一行有 {len(cells)} 个单元格，而表有 {width} 列：单元格里的「{table.delimiter}」把它切开了；"
        "请给该单元格加上英文双引号",
    )
    return reject_row(Place(table.file, record.line), table.delimiter.join(cells), why)


def _join_cells(cells: list[str], columns: Columns, delimiter: str) -> list[str] | None:
    """Return the cells joined to as many as there are columns where only one way is possible; None otherwise.

    A delimiter that a space follows does not separate, where others do; and a question ends at its question mark.
    """
    width = columns.width
    if delimiter == ",":
        starts = [at for at, cell in enumerate(cells) if at == 0 or not cell.startswith(" ")]
        if len(starts) == width and not any(name.startswith(" ") for name in columns.names):
            return [
                delimiter.join(cells[start:end]) for start, end in zip(starts, [*starts[1:], len(cells)], strict=True)
            ]
    group = columns.groups[0]
    if len(columns.groups) > 1 or width != 2 or (group.questions, group.reply) != ((0,), 1):
        return None
    ends = [at for at, cell in enumerate(cells[:-1]) if cell.rstrip().endswith(("?", "？"))]
    if len(ends) == 1 and sum("?" in cell or "？" in cell for cell in cells) == 1:
        return [delimiter.join(cells[: ends[0] + 1]), delimiter.join(cells[ends[0] + 1 :])]
    return None
