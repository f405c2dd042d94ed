"""How a file is being read: what a person said about its columns, and what was understood and left out on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from data.formats.errors import Sentence, shorten

MAX_NOTES = 200
_MAX_LISTED = 12


@dataclass(frozen=True)
class ColumnChoice:
    """The columns that a person named, each by its name, its letter or its number from 1 ("#2" is surely a number).

    Args:
        question: The column with the questions.
        reply: The column with the replies.
        has_header: Whether the first row names the columns; None if it is not known, which counts as yes.
    """

    question: str
    reply: str
    has_header: bool | None = None


@dataclass(frozen=True)
class TableReading:
    """How a table, or the keys of objects, was understood.

    Args:
        part: The name of the sheet or what else tells the tables of a file apart; "" if there is only one.
        row: The row of the header; 0 if there is none.
        questions: The names of the columns with questions.
        replies: The names of the columns with replies.
        unused: The names of the other columns.
    """

    part: str
    row: int
    questions: tuple[str, ...]
    replies: tuple[str, ...]
    unused: tuple[str, ...] = ()


@dataclass
class Reading:
    """What is known about a file while it is read and afterwards.

    Args:
        choice: The columns that a person named.
        format: The name of the format, one of data.formats.FORMATS.
        encoding: The encoding of a text file; "" for a workbook.
        tables: What was understood as questions and replies.
        notes: What was left out, joined or changed in form, in order.
    """

    choice: ColumnChoice | None = None
    format: str = ""
    encoding: str = ""
    tables: list[TableReading] = field(default_factory=list)
    notes: list[Sentence] = field(default_factory=list)
    dropped_notes: int = 0
    _counts: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def note(self, english: str, chinese: str) -> None:
        """Add a note; beyond MAX_NOTES they are only counted."""
        if len(self.notes) >= MAX_NOTES:
            self.dropped_notes += 1
            return
        self.notes.append(Sentence(english, chinese))

    def count(self, english: str, chinese: str, where: str) -> None:
        """Count a place at which the same thing happened; `finish` turns each kind into one note."""
        places = self._counts.setdefault((english, chinese), [])
        if len(places) < _MAX_LISTED:
            places.append(where)
        else:
            places[-1] = "…"

    def add_table(
        self, part: str, row: int, questions: Sequence[str], replies: Sequence[str], unused: Sequence[str] = ()
    ) -> None:
        """Add how a table was understood, its names shortened."""
        if len(self.tables) < MAX_NOTES:
            names = ([shorten(name, 40) for name in group if name.strip()] for group in (questions, replies, unused))
            asked, replied, left = (tuple(group[:_MAX_LISTED]) for group in names)
            self.tables.append(TableReading(shorten(part, 40), row, asked, replied, left))

    def finish(self) -> None:
        """Turn what was counted into notes. Calling it again adds nothing."""
        for (english, chinese), places in self._counts.items():
            listed = ", ".join(places)
            self.note(f"{english} (row {listed})", f"{chinese}（第 {listed} 行）")
        self._counts.clear()
