"""Read questions and replies from Markdown: tables, and headings that are questions with the text below them as replies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.formats import marked_text
from data.formats.columns import find_columns
from data.formats.csv_records import Record
from data.formats.encoding import detect_encoding
from data.formats.errors import FormatError, RejectedRow, Sentence, reject_row, shorten, validate_pair
from data.formats.header import is_interrogative
from data.formats.reading import Reading
from data.formats.table import Table, read_table
from data.records import Pair, Place

Line = tuple[int, str]

_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*\s*$")
_BOLD_LINE = re.compile(r"^\s*(?:\d{1,3}[.、)]\s*)?(\*\*|__)(?P<title>[^*_]+)\1\s*[:：]?\s*$")
_RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-{3,})\s*$")
_FENCE = re.compile(r"^\s*(```|~~~)")
_NUMBERING = re.compile(
    r"^(?:[QqＱ]?\d{1,3}(?:[.．、)）:：]|\s)\s*|[一二三四五六七八九十]{1,3}[、.．]\s*|[（(]\d{1,3}[）)]\s*)"
)
_MOST = 0.6
_MAX_LINE = 1000
"""Longer lines are neither headings nor the rule below the header of a table."""


@dataclass
class _Section:
    """A heading with the lines below it, up to the next one of its level."""

    row: int
    level: int
    title: str
    body: list[str]

    @property
    def text(self) -> str:
        """The text below the heading."""
        return "\n".join(self.body).strip("\n")


def read(path: Path, reading: Reading | None = None) -> Iterator[Pair | RejectedRow]:
    """Yield the pairs of a Markdown text; the number of a row is the line of its question.

    Raises:
        FormatError: It holds neither a table of questions nor headings that are questions.
    """
    reading = reading or Reading()
    reading.encoding = detect_encoding(path)
    with path.open(encoding=reading.encoding) as file:
        lines = [(number, line.rstrip("\n")) for number, line in enumerate(file, start=1)]
    yield from read_lines(lines, path.name, reading)


def read_lines(lines: Sequence[Line], file: str, reading: Reading) -> Iterator[Pair | RejectedRow]:
    """Yield the pairs of numbered lines, as `read` does."""
    tables, prose = _split_tables(lines)
    known = [table for table in tables if reading.choice is not None or _has_header(table)]
    has_marks = marked_text.is_marked(line for _, line in prose)
    sections = [] if has_marks else _find_sections(prose)
    if not known and not has_marks and not _are_questions(sections):
        if len(tables) == 1:
            yield from _read_table(tables[0], file, "", reading)
            return
        raise FormatError(
            Sentence(
                f"{file} holds no table with questions and answers, no headings that are questions, and no Q: "
                "and A:. Write one of "
                "these, or learn it as a document.",
                f"{file} 里没有问答表格、问句标题，也没有「问：答：」。请按其中一种写，或作为文档学习。",
            )
        )
    for at, table in enumerate(known, start=1):
        yield from _read_table(table, file, f"table {at}" if len(known) > 1 else "", reading)
    for table in tables:
        if table not in known:
            said = shorten(" | ".join(table[0].cells), 60)
            reading.note(
                f"the table on line {table[0].line} names no questions and answers and was left out: {said!r}",
                f"第 {table[0].line} 行的表格没有问题列和答案列，未取用：「{said}」",
            )
    if has_marks:
        yield from marked_text.read_lines(prose, file, reading)
    elif _are_questions(sections):
        yield from _read_sections(sections, file, reading)
    else:
        rest = [line for line in prose if line[1].strip() and not _HEADING.match(line[1][:_MAX_LINE])]
        if rest:
            reading.note(
                f"{len(rest)} lines outside the tables were left out, the first on line {rest[0][0]}",
                f"表格之外有 {len(rest)} 行未取用，第一处在第 {rest[0][0]} 行",
            )


def holds_pairs(lines: Iterable[str]) -> bool:
    """Return whether lines of Markdown hold a table of questions or headings that are questions."""
    numbered = list(enumerate(lines, start=1))
    tables, prose = _split_tables(numbered)
    return any(map(_has_header, tables)) or _are_questions(_find_sections(prose))


def _split_tables(lines: Sequence[Line]) -> tuple[list[list[Record]], list[Line]]:
    """Return the rows of each table, and the other lines."""
    tables: list[list[Record]] = []
    prose: list[Line] = []
    at, is_code = 0, False
    while at < len(lines):
        number, line = lines[at]
        if _FENCE.match(line):
            is_code = not is_code
        below = lines[at + 1][1] if at + 1 < len(lines) else ""
        if not is_code and "|" in line and _is_rule(below):
            rows = [Record(number, _split_row(line))]
            at += 2
            while at < len(lines) and "|" in lines[at][1] and lines[at][1].strip():
                rows.append(Record(lines[at][0], _split_row(lines[at][1])))
                at += 1
            tables.append(rows)
            continue
        prose.append((number, line))
        at += 1
    return tables, prose


def _is_rule(line: str) -> bool:
    """Return whether a line is the rule below the header of a table."""
    return "-" in line and len(line) <= _MAX_LINE and _RULE.match(line) is not None


def _split_row(line: str) -> list[str]:
    """Return the cells of a table's row: pipes at its ends dropped, escaped ones kept, <br> as a line break."""
    bare = line.strip()
    bare = bare.removeprefix("|")
    if bare.endswith("|") and not bare.endswith("\\|"):
        bare = bare[:-1]
    cells = re.split(r"(?<!\\)\|", bare)
    return [re.sub(r"<br\s*/?>", "\n", cell.strip().replace("\\|", "|"), flags=re.IGNORECASE) for cell in cells]


def _has_header(table: list[Record]) -> bool:
    return find_columns([_strip_emphasis(cell) for cell in table[0].cells]) is not None


def _read_table(table: list[Record], file: str, part: str, reading: Reading) -> Iterator[Pair | RejectedRow]:
    header = Record(table[0].line, [_strip_emphasis(cell) for cell in table[0].cells])
    # A row without a header cannot be: Markdown's first row is one.
    yield from read_table([header, *table[1:]], Table(file, part, "|", needs_header=True), reading)


def _find_sections(lines: Sequence[Line]) -> list[_Section]:
    """Return the headings in order, each with the lines up to the next; a text above the first has level 0."""
    sections = [_Section(lines[0][0] if lines else 1, 0, "", [])]
    is_code = False
    at = 0
    while at < len(lines):
        number, line = lines[at]
        below = lines[at + 1][1] if at + 1 < len(lines) else ""
        if _FENCE.match(line):
            is_code = not is_code
        is_short = not is_code and len(line) <= _MAX_LINE
        heading = _HEADING.match(line.rstrip()) if is_short else None
        bold = _BOLD_LINE.match(line) if is_short and not heading else None
        if heading:
            sections.append(_Section(number, len(heading[1]), heading[2].strip(), []))
        elif bold and is_interrogative(bold["title"]):
            sections.append(_Section(number, 6, bold["title"].strip(), []))
        elif (
            is_short
            and line.strip()
            and _UNDERLINE.match(below[:_MAX_LINE])
            and not line.lstrip().startswith(("|", "-"))
        ):
            sections.append(_Section(number, 1 if "=" in below else 2, line.strip(), []))
            at += 1
        else:
            sections[-1].body.append(line)
        at += 1
    return sections


def _are_questions(sections: Sequence[_Section]) -> bool:
    """Return whether most headings with a text below them are questions; those below a question belong to its reply."""
    asked = others = level = 0
    deepest = max((section.level for section in sections), default=0)
    for section in sections:
        if level and section.level > level and not _is_question(section.title):
            continue
        level = 0
        if section.level and _is_question(section.title):
            level = section.level
            asked += bool(section.text.strip())
        elif section.level and section.text.strip():
            # A title with an introduction says nothing about the rest.
            others += section.level > 1 or deepest == 1
    return asked > 0 and asked >= _MOST * (asked + others)


def _is_question(title: str) -> bool:
    title = _strip_emphasis(title)
    return len(title) <= 200 and is_interrogative(title)


def _read_sections(sections: Sequence[_Section], file: str, reading: Reading) -> Iterator[Pair | RejectedRow]:
    reading.add_table("", 0, ["headings / 标题"], ["the text below them / 标题下的文字"])
    at = 0
    while at < len(sections):
        section = sections[at]
        at += 1
        place = Place(file, section.row)
        title = _NUMBERING.sub("", _strip_emphasis(section.title)).strip() or section.title
        if section.level and _is_question(section.title):
            body = list(section.body)
            # What stands below a heading of a lower level belongs to the reply.
            while at < len(sections) and sections[at].level > section.level and not _is_question(sections[at].title):
                body += [sections[at].title, *sections[at].body]
                at += 1
            text = "\n".join(body).strip("\n")
            if text.strip():
                yield validate_pair(title, text, place)
            elif at >= len(sections) or sections[at].level <= section.level:
                yield validate_pair(title, "", place)
        elif section.text.strip() and section.level:
            why = Sentence(
                "the heading is not worded as a question; end it with a question mark",
                "标题不是问句；请在末尾加上问号",
            )
            yield reject_row(place, section.title, why)
        elif section.text.strip():
            reading.note(
                f"the text above the first heading was left out: {shorten(section.text, 40)!r}",
                f"第一个标题之上的文字未取用：「{shorten(section.text, 40)}」",
            )


def _strip_emphasis(text: str) -> str:
    return re.sub(r"(\*\*|__)(.+?)\1", r"\2", text).strip()
