"""Read the rows of the tables of an SQL dump of MySQL, PostgreSQL or SQLite: INSERT INTO ... VALUES, COPY ... FROM stdin."""

from __future__ import annotations

import re
from collections.abc import Iterator

from data.formats.errors import RejectedRow, reject_row
from data.formats.logs.byte_range import ByteRange, Tick, read_lines
from data.records import Place

MAX_STATEMENT = 64 * 2**20
"""The longest statement that is read, in characters."""

_NAME = r"[`\"\[]?[\w$]+[`\"\]]?(?:\.[`\"\[]?[\w$]+[`\"\]]?)*"
_INSERT = re.compile(
    rf"\s*(?:INSERT|REPLACE)\s+(?:IGNORE\s+|OR\s+\w+\s+)?INTO\s+(?P<table>{_NAME})\s*(?:\((?P<columns>[^()]*)\))?\s*VALUES\s*",
    re.IGNORECASE,
)
_COPY = re.compile(rf"\s*COPY\s+(?P<table>{_NAME})\s*\((?P<columns>[^()]*)\)\s+FROM\s+stdin\b.*", re.IGNORECASE)
_CREATE = re.compile(
    rf"\s*CREATE\s+(?:TEMP\w*\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<table>{_NAME})\s*\(", re.IGNORECASE
)
_COLUMN = re.compile(r"\s*[`\"\[]?(?P<name>[\w$]+)[`\"\]]?\s+[A-Za-z]")
_NO_COLUMN = frozenset("primary key unique constraint foreign index check fulltext exclude".split())
_SQL = re.compile(
    r"^\s*(?:INSERT\s+INTO|COPY\s+\S+\s*\(|CREATE\s+TABLE|REPLACE\s+INTO|INSERT\s+(?:IGNORE|OR)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_LITERAL = re.compile(r"\s*(?:[xXbBnNeE]|_\w+\s*)?'|\s*([^,()'\s]+)\s*")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a"}


def is_sql_dump(head: str) -> bool:
    """Return whether the beginning of a file is an SQL dump."""
    return _SQL.search(head) is not None


def read_tables(span: ByteRange, tick: Tick) -> Iterator[tuple[int, str, list[str], list[str] | RejectedRow]]:
    """Yield the line, the table, the names of its columns and the cells of each row; NULL is an empty cell."""
    created: dict[str, list[str]] = {}
    lines = read_lines(span, tick)
    has_backslashes = True
    for row, line in lines:
        if isinstance(line, RejectedRow):
            yield row, "", [], line
        elif found := _COPY.fullmatch(line):
            columns = _split_names(found["columns"])
            for at, copied in lines:
                if isinstance(copied, RejectedRow):
                    yield at, "", [], copied
                elif copied == "\\.":
                    break
                else:
                    yield at, _bare(found["table"]), columns, [_uncopy(cell) for cell in copied.split("\t")]
        elif found := _CREATE.match(line):
            created[_bare(found["table"])] = _read_columns(line[found.end() :], lines)
        elif found := _INSERT.match(line):
            if "sqlite" in line.lower() or found["table"].startswith('"'):
                has_backslashes = False
            columns = _split_names(found["columns"]) if found["columns"] else created.get(_bare(found["table"]), [])
            yield from _read_values(
                row, line, found.end(), lines, (_bare(found["table"]), columns), has_backslashes, span.path.name
            )
        elif line.startswith("PRAGMA") or "PostgreSQL" in line:
            has_backslashes = False


def _bare(name: str) -> str:
    return re.sub(r"[`\"\[\]]", "", name).rpartition(".")[2].lower()


def _split_names(names: str) -> list[str]:
    return [re.sub(r"[`\"\[\]\s]", "", name) for name in names.split(",")]


def _read_columns(rest: str, lines: Iterator[tuple[int, str | RejectedRow]]) -> list[str]:
    """Return the names of the columns of a CREATE TABLE; the lines are read up to its end."""
    columns: list[str] = []
    text, depth = rest, 1
    while True:
        piece = ""
        for character in text:
            depth += (character == "(") - (character == ")")
            if depth == 0 or (character == "," and depth == 1):
                if (found := _COLUMN.match(piece)) and found["name"].lower() not in _NO_COLUMN:
                    columns.append(found["name"])
                piece = ""
                if depth == 0:
                    return columns
            else:
                piece += character
        following = next(lines, None)
        if following is None or isinstance(following[1], RejectedRow):
            return columns
        text = piece + " " + following[1]
        depth -= piece.count("(") - piece.count(")")


def _read_values(
    row: int,
    text: str,
    at: int,
    lines: Iterator[tuple[int, str | RejectedRow]],
    table: tuple[str, list[str]],
    has_backslashes: bool,
    file: str,
) -> Iterator[tuple[int, str, list[str], list[str] | RejectedRow]]:
    """Yield the rows of an INSERT, which may go on over several lines."""
    begun = row
    while True:
        rest = text[at:].lstrip(" \t\r\n,")
        if rest.startswith(";") or (rest and not rest.startswith("(")):
            return
        parsed = _parse_tuple(rest, has_backslashes) if rest else None
        if parsed is None:
            following = next(lines, None)
            if following is None or len(rest) > MAX_STATEMENT or isinstance(following[1], RejectedRow):
                if rest:
                    yield (
                        begun,
                        table[0],
                        table[1],
                        reject_row(Place(file, begun), rest[:400], "the statement breaks off here"),
                    )
                return
            begun = following[0] if not rest else begun
            text, at = (f"{rest}\n{following[1]}" if rest else following[1]), 0
            continue
        cells, end = parsed
        yield begun, table[0], table[1], cells
        text, at = rest, end


def _parse_tuple(text: str, has_backslashes: bool) -> tuple[list[str], int] | None:
    """Return the cells of "(...)" and where it ends; None if the text ends within it."""
    at, cells = 1, []
    while True:
        found = _LITERAL.match(text, at)
        if found is None:
            return None
        if found[1] is None:
            end = _find_quote(text, found.end(), has_backslashes)
            if end is None:
                return None
            cells.append(_unquote(text[found.end() : end], has_backslashes))
            at = end + 1
        else:
            cells.append("" if found[1].upper() == "NULL" else found[1])
            at = found.end()
        while at < len(text) and text[at] in " \t\r\n":
            at += 1
        cast = re.compile(r"::[\w ]+(?:\[\])?").match(text, at)
        at = cast.end() if cast else at
        if at >= len(text):
            return None
        if text[at] == ")":
            return cells, at + 1
        if text[at] != ",":
            # A function or an expression: the cell is what stands there up to the next comma.
            end = text.find(",", at)
            if end < 0:
                return None
            at = end
        at += 1


def _find_quote(text: str, at: int, has_backslashes: bool) -> int | None:
    while at < len(text):
        if has_backslashes and text[at] == "\\":
            at += 2
        elif text[at] == "'":
            if text[at + 1 : at + 2] == "'":
                at += 2
            else:
                return at
        else:
            at += 1
    return None


def _unquote(text: str, has_backslashes: bool) -> str:
    text = text.replace("''", "'")
    if has_backslashes and "\\" in text:
        text = re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text, flags=re.DOTALL)
    return text


def _uncopy(cell: str) -> str:
    if cell == "\\N":
        return ""
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), cell) if "\\" in cell else cell
