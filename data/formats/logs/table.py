"""Read a table as a log, a row for each utterance or question, or JSON in a cell: CSV, TSV, XLSX, SQL dumps."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from data.formats.errors import FormatError, RejectedRow, reject_row
from data.formats.logs.byte_range import ByteRange, Tick, open_unpacked, read_lines
from data.formats.logs.conversation import Conversation
from data.formats.logs.grouping import Grouped, Row, group_rows
from data.formats.logs.json_log import read_object
from data.formats.logs.message import is_message_list, read_messages
from data.formats.logs.requests import unpack_json
from data.formats.logs.speakers import BOT, USER
from data.formats.logs.sql_dump import read_tables
from data.formats.logs.table_header import Header, parse_row_time
from data.formats.logs.tracker import read_events
from data.formats.logs.utterance import LogUtterance
from data.formats.sheet import read_cells
from data.records import Place

_DELIMITERS = (",", "\t", ";", "|")
_TITLE_ROWS = 10
_RASA = "rasa event"
csv.field_size_limit(16 * 2**20)  # conversations as JSON in a cell; a quote that does not close swallows no more


def is_header(first_line: str) -> bool:
    """Return whether the line is the header of a log, with one of the delimiters."""
    return _find_delimiter(first_line) is not None


def find_header(lines: Sequence[str]) -> int | None:
    """Return the index of the line that is the header, below at most _TITLE_ROWS lines of a title; None if there is none."""
    for index, line in enumerate(lines[: _TITLE_ROWS + 1]):
        if is_header(line):
            return index
    return None


def read_text(span: ByteRange, tick: Tick) -> Iterator[Conversation | RejectedRow]:
    """Yield the conversations of CSV or TSV.

    Raises:
        FormatError: There is no such header.
    """
    layout = [","]
    return _read_conversations(_read_rows(span, tick, layout), span.path.name, layout)


def read_sheet(span: ByteRange, tick: Tick) -> Iterator[Conversation | RejectedRow]:
    """Yield the conversations of the first sheet with rows of an XLSX workbook.

    Raises:
        FormatError: The file is not such a workbook.
    """

    def rows() -> Iterator[tuple[int, list[str] | RejectedRow]]:
        with open_unpacked(span.path) as path:
            yield from ((row, cells) for row, cells in read_cells(path) if any(cell.strip() for cell in cells))
        tick(span.path.stat().st_size)

    return _read_conversations(_skip_titles(rows()), span.path.name)


def read_sql(span: ByteRange, tick: Tick) -> Iterator[Conversation | RejectedRow]:
    """Yield the conversations of the tables of an SQL dump whose columns hold them; other tables are passed over.

    Raises:
        FormatError: No table of the dump has such columns.
    """
    headers: dict[tuple[str, tuple[str, ...]], Header | None] = {}

    def rows() -> Iterator[Row | Conversation | RejectedRow]:
        for row, table, columns, cells in read_tables(span, tick):
            if isinstance(cells, RejectedRow):
                yield cells
                continue
            key = (table, tuple(columns))
            if key not in headers:
                headers[key] = None
                with contextlib.suppress(FormatError):
                    headers[key] = Header(columns) if columns else None
            header = headers[key]
            if header is not None:
                for found in _read_row(header, cells, row, span.path.name):
                    yield (
                        (f"{table}\n{found[0]}", *found[1:]) if isinstance(found, tuple) and len(headers) > 1 else found
                    )

    yield from _group(rows(), span.path.name)
    if not any(headers.values()):
        tables = ", ".join(sorted({table for table, _ in headers})[:8]) or "none with rows"
        raise FormatError(
            f"{span.path.name} is an SQL dump without a table that holds conversations ({tables}); expected columns such as "
            "sender_id and data (Rasa), conversation, speaker and text, or question and answer. Dump with column names: "
            "mysqldump --complete-insert, pg_dump --column-inserts."
        )


def _read_conversations(
    rows: Iterable[tuple[int, list[str] | RejectedRow]], file: str, layout: Sequence[str] = (",",)
) -> Iterator[Conversation | RejectedRow]:
    """Yield the conversations of rows; the first item of layout is the delimiter, as soon as the header was read."""

    def read() -> Iterator[Row | Conversation | RejectedRow]:
        header: Header | None = None
        for row, cells in rows:
            if isinstance(cells, RejectedRow):
                yield cells
            elif header is None:
                header = Header(cells)
            else:
                yield from _read_row(header, cells, row, file, layout[0])

    return _group(read(), file)


def _read_row(
    header: Header, cells: list[str], row: int, file: str, delimiter: str = ","
) -> Iterator[Row | Conversation | RejectedRow]:
    """Yield what a row holds: [speaker, text, time, facts] of each utterance, an event of Rasa, or a conversation."""
    place = Place(file, row)
    if len(cells) > len(header.names):
        if header.kind == "utterances" and header.text == len(header.names) - 1:
            # Only what is said holds delimiters, as nothing follows it.
            cells = [*cells[: header.text], delimiter.join(cells[header.text :]).rstrip(delimiter)]
        elif any(cell.strip() for cell in cells[len(header.names) :]):
            why = f"the row has {len(cells)} cells, the header {len(header.names)}; put cells that hold the delimiter into quotes"
            yield reject_row(place, " | ".join(cells), why)
            return
        cells = cells[: len(header.names)]
    id = header.find_id(cells)
    if header.kind == "objects":
        yield from _read_object_row(header, cells, place)
        return
    facts = header.read_facts(cells)
    time = parse_row_time(facts)
    if header.kind == "pairs":
        question, reply = header.read_cell(cells, header.question), header.read_cell(cells, header.reply)
        if not question.strip() and not reply.strip():
            yield reject_row(place, " | ".join(cells), "the row has neither question nor answer")
            return
        key = id or f"#{row}"
        yield key, row, [USER, question, time, None]
        if reply.strip():
            yield key, row, [BOT, reply, None, facts]
        return
    speaker = header.find_speaker(cells)
    if not speaker.strip():
        yield reject_row(place, " | ".join(cells), "the row does not say who speaks")
    else:
        yield id, row, [speaker.strip(), header.read_cell(cells, header.text), time, facts]


def _read_object_row(header: Header, cells: list[str], place: Place) -> Iterator[Row | Conversation | RejectedRow]:
    value: dict[str, Any] = {title: unpack_json(cell) for title, cell in header.to_object(cells).items()}
    data = value.get("data")
    if isinstance(data, dict) and isinstance(data.get("event"), str):
        data.setdefault("timestamp", value.get("timestamp"))
        yield str(value.get("sender_id") or data.get("sender_id") or ""), place.row, [_RASA, data]
        return
    lists = [held for held in value.values() if is_message_list(held)]
    facts = {
        key: fact
        for key, fact in (header.read_facts(cells) or {}).items()
        if key in ("liked", "stars", "reason", "time")
    }
    if len(lists) == 1 and not any(isinstance(held, dict) for held in value.values()):
        said = read_messages(lists[0], place.row)
        id = header.find_id(cells)
        yield Conversation("" if id[:1] in ("[", "{") else id, said, place, facts)
        return
    for found in read_object(value, place):
        if isinstance(found, tuple):
            yield reject_row(place, " | ".join(cells), "a message by itself in a cell")
        else:
            if isinstance(found, Conversation):
                found.facts = {**facts, **found.facts}
            yield found


def _group(rows: Iterator[Row | Conversation | RejectedRow], file: str) -> Iterator[Conversation | RejectedRow]:
    groups: Iterator[Grouped | Conversation | RejectedRow] = group_rows(rows)
    for group in groups:
        if not isinstance(group, tuple):
            yield group
            continue
        id, found = group
        place = Place(file, found[0][0])
        id = id.rpartition("\n")[2]
        if found[0][1][0] == _RASA:
            said = list(read_events((row, event) for row, (_, event) in found))
        else:
            said = [LogUtterance(who, text, row, time, facts) for row, (who, text, time, facts) in found]
            times = [one.time for one in said if one.time is not None]
            if len(times) == len(said) > 2 and times[0] > times[-1] and times == sorted(times, reverse=True):
                said.reverse()  # a table with the newest first
        if said:
            yield Conversation("" if id.startswith("#") else id, said, place)


def _skip_titles(rows: Iterator[tuple[int, list[str] | RejectedRow]]) -> Iterator[tuple[int, list[str] | RejectedRow]]:
    """Yield the rows from the header on; all of them if no row is one, for the error to name the first."""
    passed: list[tuple[int, list[str] | RejectedRow]] = []
    for row, cells in rows:
        passed.append((row, cells))
        if not isinstance(cells, RejectedRow):
            with contextlib.suppress(FormatError):
                Header(_strip_right(cells))
                yield row, _strip_right(cells)
                yield from rows
                return
        if len(passed) > _TITLE_ROWS:
            break
    yield from passed
    yield from rows


def _strip_right(cells: list[str]) -> list[str]:
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _read_rows(span: ByteRange, tick: Tick, layout: list[str]) -> Iterator[tuple[int, list[str] | RejectedRow]]:
    """Yield the rows from the header on, and put the delimiter into layout."""
    lines = read_lines(span, tick)
    passed: list[str] = []
    delimiter, header = ",", ""
    for _, line in lines:
        if isinstance(line, RejectedRow):
            yield 0, line
            continue
        if (found := _find_delimiter(line)) is not None:
            delimiter, header = found, line
            layout[0] = found
            break
        passed.append(line)
        if len(passed) > _TITLE_ROWS:
            break
    if not header:
        Header(passed[0].split(",") if passed else [])
        return
    yield 1, _strip_right(next(csv.reader([header], delimiter=delimiter)))
    yield from _parse_rows(lines, delimiter, span.path.name)


def _parse_rows(
    lines: Iterator[tuple[int, str | RejectedRow]], delimiter: str, file: str
) -> Iterator[tuple[int, list[str] | RejectedRow]]:
    """Yield the cells of each row; a row whose quotes do not close is rejected by the line that it begins on."""
    rejected: list[tuple[int, RejectedRow]] = []
    begun: list[tuple[int, str]] = []

    def take() -> Iterator[str]:
        last = 0
        for row, line in lines:
            if isinstance(line, RejectedRow):
                rejected.append((row, line))
                continue
            if begun and last:
                yield from ["\n"] * (row - last - 1)  # empty lines inside a quoted cell
            last = row
            begun.append((row, line))
            yield line + "\n"

    reader = csv.reader(take(), delimiter=delimiter, strict=True)
    while True:
        begun.clear()
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            first = begun[0] if begun else (0, "")
            if len(begun) == 1 and (loose := _parse_loosely(first[1], delimiter)) is not None:
                yield first[0], loose
            else:
                why = f"the row cannot be read ({error})"
                if len(begun) > 1:
                    why = f"a quote that opens in this row does not close before line {begun[-1][0]}: {len(begun)} lines are lost"
                yield first[0], reject_row(Place(file, first[0]), first[1], why)
            continue
        yield from rejected
        rejected.clear()
        if any(cell.strip() for cell in cells):
            yield begun[0][0] if begun else 0, cells
    yield from rejected


def _parse_loosely(line: str, delimiter: str) -> list[str] | None:
    if line.count('"') % 2:
        return None
    with contextlib.suppress(csv.Error, StopIteration):
        return next(csv.reader([line], delimiter=delimiter))
    return None


def _find_delimiter(line: str) -> str | None:
    for delimiter in _DELIMITERS:
        if delimiter not in line:
            continue
        with contextlib.suppress(csv.Error, FormatError, StopIteration):
            Header(_strip_right(next(csv.reader(io.StringIO(line), delimiter=delimiter))))
            return delimiter
    return None
