"""Read plain text: paragraphs between blank lines, headings and lists as people type them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from data.documents.block import Block
from data.documents.headings import (
    ends_sentence,
    find_numbered_level,
    is_article,
    is_furniture,
    is_item,
    is_short_number,
    is_titled,
    join_lines,
    measure_length,
)
from data.formats.encoding import detect_encoding
from data.text.clean import clean

_UNDERLINE = re.compile(r"([=~#*-])\1{2,}")
_RULE = re.compile(r":?-{2,}:?|=+|")
_TITLED = 3
_NUMBERED = 2
_WRAPPED = 50
"""A line at least this long may have been broken by an editor; the next goes on with it."""


def read(path: Path) -> list[Block]:
    """Return the blocks of a text file.

    Raises:
        FormatError: It is not text in a known encoding.
    """
    return read_lines(path.read_text(encoding=detect_encoding(path)))


def read_lines(text: str) -> list[Block]:
    """Return the blocks of a plain text."""
    blocks: list[Block] = []
    for part in _split_tables(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")):
        if isinstance(part, str):
            blocks += _read_prose(part, not blocks)
        else:
            blocks.append(Block("table", rows=part))
    return blocks


def _split_tables(lines: list[str]) -> Iterator[str | tuple[tuple[str, ...], ...]]:
    """Yield text, and the rows of tables: lines one below the other with as many cells, set apart by tabs, pipes or spaces."""
    text: list[str] = []
    place = 0
    while place < len(lines):
        rows: list[tuple[str, ...]] = []
        while place + len(rows) < len(lines) and (cells := _split_cells(lines[place + len(rows)])):
            if rows and len(cells) != len(rows[0]):
                break
            rows.append(cells)
        if len(rows) >= 2:
            yield "\n".join(text)
            text = []
            yield tuple(row for row in rows if not all(_RULE.fullmatch(cell) for cell in row))
        else:
            rows = rows[:1]
            text.append(lines[place])
        place += max(len(rows), 1)
    yield "\n".join(text)


def _split_cells(line: str) -> tuple[str, ...]:
    """Return the cells of a line; none where it is no row of a table."""
    line = line.strip()
    if line.startswith("|") and line.endswith("|") and len(line) > 2:
        cells = line[1:-1].split("|")
    elif "\t" in line:
        cells = re.split(r"\t+", line)
    else:
        cells = re.split(r" {3,}|\u3000{2,}", line)
    cells = [clean(cell) for cell in cells]
    return (
        tuple(cells) if 1 < len(cells) <= 12 and not is_item(line) and all(len(cell) <= 200 for cell in cells) else ()
    )


def _read_prose(text: str, at_start: bool) -> list[Block]:
    lines = [line.strip() for line in clean(text).split("\n")]
    blocks: list[Block] = []
    paragraph = ""
    last = ""

    def flush() -> None:
        nonlocal paragraph
        if paragraph:
            blocks.append(Block("item" if is_item(paragraph) else "text", paragraph))
        paragraph = ""

    for number, line in enumerate(lines):
        before = lines[number - 1] if number else ""
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if not line or _UNDERLINE.fullmatch(line):
            flush()
        elif level := find_level(line, before, following, at_start and not blocks and not paragraph):
            flush()
            blocks.append(Block("heading", line, level))
        elif is_furniture(line) and not before and not following:
            continue
        elif paragraph and not is_item(line) and not is_article(line) and _goes_on(last, line):
            paragraph = join_lines(paragraph, line)
        else:
            flush()
            paragraph = line
        last = line
    flush()
    return blocks


def find_level(line: str, before: str, following: str, is_first: bool) -> int | None:
    """Return the level of a line that is a heading, or None; before and following are the lines beside it, empty if blank."""
    if following and _UNDERLINE.fullmatch(following) and measure_length(line) <= 80:
        return 1 if following[0] in "=#*" else 2
    if level := find_numbered_level(line):
        # 一、二、三 one below the other are a list.
        beside = any(other and find_numbered_level(other) == level for other in (before, following))
        return None if beside and level > 1 and not (before == "" or following == "") else level
    if is_short_number(line):
        alone = not is_short_number(following) and not is_short_number(before)
        return _NUMBERED if alone and (not before or measure_length(following) > measure_length(line)) else None
    if is_first and not following and not before and is_titled(line, sentence_case=True):
        return 1
    if (
        is_titled(line, sentence_case=not following)
        and not before
        and (not following or is_first or line.upper() == line)
    ):
        return 1 if is_first else _TITLED
    return None


def _goes_on(last: str, line: str) -> bool:
    """Return whether a line belongs to the paragraph of the line before it."""
    if not last:
        return False
    return measure_length(last) >= _WRAPPED or not ends_sentence(last)
