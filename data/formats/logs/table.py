"""A table with a line for each thing said: conversation, speaker, text, and perhaps time and feedback; CSV, TSV or XLSX.

The columns are found by their names, in either language. A table with a question and an answer in each row is read too.
"""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from data.formats.columns import QUESTION_NAMES, REPLY_NAMES, normalize_name
from data.formats.errors import FormatError, RejectedRow, reject_row
from data.formats.logs.byte_range import ByteRange, Tick, read_lines
from data.formats.logs.grouping import Row, group_rows
from data.formats.logs.utterance import BOT, USER, LogUtterance, build_dialog, parse_facts, parse_speaker, parse_time
from data.formats.sheet import read_cells
from data.records import LoggedDialog, Place

_CONVERSATION = frozenset(
    """
    conversationid conversation sessionid session dialogid dialog chatid chat threadid thread 会话 会话id 对话 对话id 会话编号
    """.split()
)
_SPEAKER = frozenset("speaker role from sender author who 发言人 说话人 角色 发送者".split())
_TEXT = frozenset("text content message utterance value 内容 文本 消息 文字".split())
_DELIMITERS = (",", "\t", ";")
_NAMED = {
    "conversation": _CONVERSATION,
    "speaker": _SPEAKER,
    "text": _TEXT,
    "question": QUESTION_NAMES,
    "reply": REPLY_NAMES,
}


class Header:
    """Which column holds what: the first row's names."""

    def __init__(self, cells: Sequence[str]) -> None:
        """Raises FormatError if no column holds what was said."""
        self.names = [normalize_name(cell) for cell in cells]
        self.at = {
            what: next((at for at, one in enumerate(self.names) if one in known), None)
            for what, known in _NAMED.items()
        }
        pairs = self.at["question"] is not None and self.at["reply"] is not None
        if not pairs and (self.at["text"] is None or self.at["speaker"] is None):
            shown = " | ".join(cell.strip()[:30] for cell in cells[:8])
            raise FormatError(
                f"The first row ({shown!r}) does not name the columns of a log; expected a header with conversation, speaker and "
                "text (or 会话, 说话人 and 内容), perhaps time and feedback; or one with question and answer."
            )
        self.pairs = pairs

    def sayings(self, cells: Sequence[str], row: int) -> Iterator[tuple[str, list[Any]]]:
        """The conversation ("" if none is named) and [speaker, text, time, facts] of each thing that the row says."""
        beside = {
            self.names[at]: cell
            for at, cell in enumerate(cells)
            if at < len(self.names) and at not in self.at.values() and cell
        }
        known = parse_facts(beside)
        time = parse_time(known.pop("time", None)) if known else None
        id = self._cell(cells, "conversation") or (f"#{row}" if self.pairs else "")
        if self.pairs:
            yield id, [USER, self._cell(cells, "question"), time, None]
            reply = self._cell(cells, "reply")
            if reply.strip():
                yield id, [BOT, reply, None, known]
        else:
            yield id, [self._cell(cells, "speaker"), self._cell(cells, "text"), time, known]

    def _cell(self, cells: Sequence[str], what: str) -> str:
        at = self.at[what]
        return cells[at] if at is not None and at < len(cells) else ""


def is_header(first_line: str) -> bool:
    """Whether the line is such a header, with one of the delimiters."""
    return _delimiter(first_line) is not None


def read_text(span: ByteRange, tick: Tick) -> Iterator[LoggedDialog | RejectedRow]:
    """The conversations of CSV or TSV. Raises FormatError without such a header."""
    return _dialogs(_text_rows(span, tick), span.path.name)


def read_sheet(span: ByteRange, tick: Tick) -> Iterator[LoggedDialog | RejectedRow]:
    """The conversations of the first sheet with rows of an XLSX workbook. Raises FormatError for no such workbook."""

    def rows() -> Iterator[tuple[int, list[str] | RejectedRow]]:
        yield from ((row, cells) for row, cells in read_cells(span.path) if any(cell.strip() for cell in cells))
        tick(span.path.stat().st_size)

    return _dialogs(rows(), span.path.name)


def _dialogs(rows: Iterable[tuple[int, list[str] | RejectedRow]], file: str) -> Iterator[LoggedDialog | RejectedRow]:
    for group in group_rows(_said(rows, file)):
        if isinstance(group, RejectedRow):
            yield group
            continue
        id, said = group
        place = Place(file, said[0][0])
        found = build_dialog(
            id if id and not id.startswith("#") else f"{file}:{id[1:] or place.row}", _spoken(said), place
        )
        if found is not None:
            yield found


def _said(rows: Iterable[tuple[int, list[str] | RejectedRow]], file: str) -> Iterator[Row | RejectedRow]:
    header: Header | None = None
    for row, cells in rows:
        if isinstance(cells, RejectedRow):
            yield cells
        elif header is None:
            header = Header(cells)
        else:
            for id, said in header.sayings(cells, row):
                if not said[0].strip():
                    yield reject_row(Place(file, row), " | ".join(cells), "the row does not say who speaks")
                else:
                    yield id, row, said


def _spoken(said: Iterable[tuple[int, list[Any]]]) -> Iterator[LogUtterance]:
    """With words for the speakers that say nothing, the first to speak is the person and everybody else the bot."""
    first: str | None = None
    for row, (who, text, time, known) in said:
        found = parse_speaker(who)
        if found is None:
            first = first or who
            found = USER if who == first else BOT
        yield LogUtterance(found, text, row, time, known)


def _text_rows(span: ByteRange, tick: Tick) -> Iterator[tuple[int, list[str] | RejectedRow]]:
    refused: list[tuple[int, RejectedRow]] = []
    begun = [span.row]

    def readable() -> Iterator[str]:
        for row, line in read_lines(span, tick):
            begun[0] = row
            if isinstance(line, RejectedRow):
                refused.append((row, line))
            else:
                yield line + "\n"

    given = readable()
    first = next(given, "")
    delimiter = _delimiter(first) or ","
    Header(next(csv.reader([first], delimiter=delimiter), []))

    def again() -> Iterator[str]:
        yield first
        yield from given

    reader = csv.reader(again(), delimiter=delimiter)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            yield begun[0], reject_row(Place(span.path.name, begun[0]), "", f"the row cannot be read ({error})")
            continue
        yield from refused
        refused.clear()
        if any(cell.strip() for cell in cells):
            yield begun[0], cells
    yield from refused


def _delimiter(line: str) -> str | None:
    for delimiter in _DELIMITERS:
        with contextlib.suppress(csv.Error, FormatError, StopIteration):
            Header(next(csv.reader(io.StringIO(line), delimiter=delimiter)))
            return delimiter
    return None
