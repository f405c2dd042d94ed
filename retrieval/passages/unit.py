"""The units of a passage: a sentence, an item of a list, or a row of a table with the names of its columns."""

from __future__ import annotations

from dataclasses import dataclass

from data.documents.cutter import CELL, has_header
from data.text.sentences import split_sentences


@dataclass(frozen=True)
class Unit:
    """What can answer a question by itself.

    Attributes:
        text: As it is shown; a row says the names of its columns.
        stored: As it stands in the passage.
        line: The index of its line in the passage.
        kind: A sentence of a paragraph, an item of a list, or a row of a table.
    """

    text: str
    stored: str
    line: int
    kind: str


def list_units(text: str) -> list[Unit]:
    """Return the units of a passage's text, in order. The header of a table is none: its rows say it."""
    lines = text.split("\n")
    units: list[Unit] = []
    place = 0
    while place < len(lines):
        end = place
        width = lines[place].count(CELL)
        while width and end < len(lines) and lines[end].count(CELL) == width:
            end += 1
        if end - place >= 2:
            units += _read_table(lines[place:end], place)
            place = end
            continue
        line = lines[place]
        kind = "item" if line[:2] == "- " or line.split(" ")[0].rstrip(".").isdigit() else "sentence"
        if kind == "item":
            units.append(Unit(line.removeprefix("- "), line, place, kind))
        else:
            units += [Unit(sentence, sentence, place, kind) for sentence in split_sentences(line)]
        place += 1
    return units


def _read_table(lines: list[str], first: int) -> list[Unit]:
    rows = [line.split(CELL) for line in lines]
    if not has_header(rows):
        return [Unit(line.replace(CELL, ", "), line, first + place, "row") for place, line in enumerate(lines)]
    return [
        Unit(name_cells(rows[0], row), line, first + place, "row")
        for place, (row, line) in enumerate(zip(rows[1:], lines[1:], strict=True), 1)
    ]


def name_cells(header: list[str], row: list[str]) -> str:
    """Return a row of a table as a line that says what each cell is.

    >>> name_cells(["模式", "续航"], ["安静", "180 分钟"]), name_cells(["Part", "Value"], ["Weight", "3 kg"])
    ('安静：续航 180 分钟', 'Weight: 3 kg')
    """
    chinese = any("\u4e00" <= sign <= "\u9fff" for cell in (*header, *row) for sign in cell)
    colon, comma = ("：", "，") if chinese else (": ", ", ")
    if len(row) == 2 and is_generic(header[1]):
        return f"{row[0]}{colon}{row[1]}"
    named = [f"{name} {cell}" for name, cell in zip(header[1:], row[1:], strict=True) if cell not in ("", "-")]
    return f"{row[0]}{colon}{comma.join(named)}"


_GENERIC = frozenset(
    "参数 值 数值 内容 说明 规格 信息 value values specification description details data information".split()
)


def is_generic(name: str) -> bool:
    """Return whether the name of a column says nothing about its cells."""
    return name.strip().lower() in _GENERIC
