"""Split delimited text into records: the cells of each row, with the line it begins on, or what is wrong with its quotes.

Unlike the csv module, a quotation mark that is never closed costs its own line, not the rows below it (RFC 4180, section 2).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from data.formats.errors import Sentence

MAX_CELL = 2**18
"""A quoted cell that goes on longer, in characters, is taken for one whose quotation mark is missing."""
_MAX_SEARCHED = 100


@dataclass(frozen=True)
class Record:
    """A row of a table.

    Args:
        line: The physical line that it begins on, from 1.
        cells: The texts of its cells; the whole row in one where why says what is wrong.
        has_quotes: Whether a cell of it was quoted.
        why: What is wrong with the row; None if nothing is.
    """

    line: int
    cells: list[str]
    has_quotes: bool = False
    why: Sentence | None = None


class _UnclosedError(Exception):
    """The quotation mark at the beginning of a cell is not closed."""

    def __init__(self, is_inner: bool) -> None:
        super().__init__()
        self.is_inner = is_inner


def read_records(lines: Iterable[str], delimiter: str) -> Iterator[Record]:
    """Yield the records of a table, blank lines among them as records of one blank cell.

    A quotation mark within an unquoted cell is an ordinary character. Spaces around a quoted cell are dropped.

    Args:
        lines: The physical lines with their ends.
        delimiter: One character.
    """
    source = _LineSource(lines)
    while (line := source.take()) is not None:
        number = source.number
        if '"' not in line:
            yield Record(number, line.rstrip("\r\n").split(delimiter))
            continue
        parser = _RecordParser(line, delimiter, source)
        try:
            cells = parser.parse()
        except _UnclosedError as error:
            taken = parser.lines
            skipped = _find_end(taken, delimiter, source) if error.is_inner else 0
            source.give_back(taken[1 + skipped :])
            source.number = number + skipped
            yield Record(number, [line.strip("\r\n")], True, _explain(number, skipped))
        else:
            yield Record(number, cells, parser.has_quotes)


def _explain(line: int, skipped: int) -> Sentence:
    if skipped:
        return Sentence(
            f"a cell that begins on line {line} and ends on line {line + skipped} holds a quotation mark that is not doubled; "
            'write "" for each one inside a quoted cell',
            f'第 {line} 行开始、第 {line + skipped} 行结束的单元格里有没有写成两个的引号；带引号的单元格里，每个引号要写成 ""',
        )
    return Sentence(
        f'a cell on line {line} begins with a quotation mark (") that is never closed; close it, or save the table again from '
        "a spreadsheet program",
        f'第 {line} 行有一个单元格以引号（"）开头却没有闭合；请补上引号，或用电子表格程序重新保存',
    )


def _find_end(taken: list[str], delimiter: str, source: _LineSource) -> int:
    """Return how many lines below the first belong to a cell with quotation marks inside that are not doubled; 0 if unknown."""
    for count in range(1, _MAX_SEARCHED):
        if count >= len(taken):
            line = source.take()
            if line is None:
                return 0
            taken.append(line)
        text = taken[count].rstrip()
        if _opens_cell(text, delimiter):
            return 0
        if (text.endswith('"') and not text.endswith('""')) or f'"{delimiter}' in text:
            return count
    return 0


def _opens_cell(text: str, delimiter: str) -> bool:
    """Return whether a cell of the line begins with a quotation mark."""
    return text.lstrip().startswith('"') or any(
        f'{delimiter}{space}"' in text and not text.endswith(f'{delimiter}{space}"') for space in ("", " ")
    )


class _LineSource:
    """Physical lines, of which some may be given back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._back: deque[str] = deque()
        self.number = 0

    def take(self) -> str | None:
        """Return the next line, None at the end; number is its number."""
        line = self._back.popleft() if self._back else next(self._lines, None)
        if line is not None:
            self.number += 1
        return line

    def give_back(self, lines: list[str]) -> None:
        self._back.extendleft(reversed(lines))


class _RecordParser:
    """Parse one record, taking further lines while a quoted cell goes on."""

    def __init__(self, line: str, delimiter: str, source: _LineSource) -> None:
        self.lines = [line]
        self.has_quotes = False
        self._text = line
        self._delimiter = delimiter
        self._source = source

    def parse(self) -> list[str]:
        cells: list[str] = []
        at = 0
        while True:
            start = self._skip_spaces(at)
            if self._text[start : start + 1] == '"' and (found := self._read_quoted(start)) is not None:
                cell, at = found
                self.has_quotes = True
            else:
                ends = self._text.find(self._delimiter, at)
                end = len(self._text.rstrip("\r\n")) if ends < 0 else ends
                cell, at = self._text[at:end], end
            cells.append(cell)
            if self._text[at : at + 1] != self._delimiter:
                return cells
            at += 1

    def _skip_spaces(self, at: int) -> int:
        while self._text[at : at + 1] == " ":
            at += 1
        return at

    def _read_quoted(self, start: int) -> tuple[str, int] | None:
        """Return a quoted cell and where it ends; None if its quotation marks are ordinary characters.

        Raises _UnclosedError.
        """
        pieces: list[str] = []
        line_end = len(self._text)
        since = searched = start + 1
        while True:
            found = self._text.find('"', searched)
            if found < 0:
                if len(self._text) - start > MAX_CELL or (line := self._source.take()) is None:
                    raise _UnclosedError(False)
                searched = len(self._text)
                self._append(line)
                pieces.append(self._text[since:searched])
                since = searched
                continue
            if self._text[found + 1 : found + 2] == '"':
                pieces.append(self._text[since : found + 1])
                since = searched = found + 2
                continue
            end = self._skip_spaces(found + 1)
            if self._text[end : end + 1] in (self._delimiter, "\r", "\n", ""):
                return "".join(pieces) + self._text[since:found], end
            if found < line_end:
                # "北京"是哪里 is a cell that only begins with a quoted word.
                return self._read_literal(start)
            before = self._text[:found].rstrip(" ")
            raise _UnclosedError(not before.endswith((self._delimiter, "\n", "\r")))

    def _append(self, line: str) -> None:
        self.lines.append(line)
        self._text += line

    def _read_literal(self, start: int) -> tuple[str, int] | None:
        """Return a cell on one line whose inner quotation marks are not doubled; None if it must be read as it stands."""
        ends = self._text.find(self._delimiter, start)
        end = len(self._text.rstrip("\r\n")) if ends < 0 else ends
        cell = self._text[start:end].rstrip()
        if cell.count('"') % 2:
            # The delimiter stands within quotation marks that are not doubled.
            raise _UnclosedError(False)
        if len(cell) > 1 and cell.endswith('"') and cell.count('"') > 2:
            return cell[1:-1], end
        return None
