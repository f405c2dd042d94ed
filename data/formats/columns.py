"""Which columns of a table hold the questions and the reply, and what one row of it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from data.formats.errors import FormatError, RejectedRow, reject_row, validate_pair
from data.records import Pair, Place
from data.text.clean import fold

QUESTION_NAMES = frozenset({"question", "questions", "q", "问题", "问句", "问", "标准问"})
SIMILAR_NAMES = frozenset(
    {
        "similarquestions", "similarquestion", "similar", "alternatives", "alternativequestions", "phrasings", "otherphrasings",
        "variants", "相似问", "相似问题", "相似问法", "相似", "其他问法", "别的问法", "同义问", "同义问法", "扩展问", "扩展问法",
    }
)  # fmt: skip
REPLY_NAMES = frozenset({"answer", "reply", "a", "答案", "回答", "回复", "答"})

EXPORTED = ("id", "language", "question", "reply", "file", "row")
"""The header of the table that the application itself exports."""

# A spreadsheet program runs a cell that begins like this as a formula; a leading apostrophe makes it text. The apostrophe is
# put before those it was put before already, so that taking one away always gives back what was there.
_ARMED = re.compile(r"'*[=+\-@\t\r]")
_SEPARATORS = re.compile(r"\n|\|\|")


def normalize_name(cell: str) -> str:
    """The column's or key's name as it is compared: folded, without spaces, underscores and hyphens.

    >>> normalize_name(" Similar_Questions "), normalize_name("相似問")
    ('similarquestions', '相似问')
    """
    return re.sub(r"[\s_\-]", "", fold(cell))


def escape_formula(cell: str) -> str:
    """The cell as it is safe to open in a spreadsheet program.

    >>> escape_formula("=1+1"), escape_formula("'-5"), escape_formula("it's")
    ("'=1+1", "''-5", "it's")
    """
    return "'" + cell if _ARMED.match(cell) else cell


def unescape_formula(cell: str) -> str:
    """The cell as it was before `escape_formula`.

    >>> [unescape_formula(escape_formula(cell)) for cell in ("=1+1", "'-5", "it's")]
    ['=1+1', "'-5", "it's"]
    """
    return cell[1:] if cell.startswith("'") and _ARMED.match(cell) else cell


@dataclass(frozen=True)
class Columns:
    """The places of the questions and of the reply in a row; exported marks a table that the application wrote itself."""

    questions: tuple[int, ...]
    reply: int
    exported: bool = False

    def read(self, cells: Sequence[str], place: Place) -> Iterator[Pair | RejectedRow]:
        """One pair for each phrasing in the row, or why there is none. A row of empty cells gives nothing."""
        if not any(cell.strip() for cell in cells):
            return
        if len(cells) <= max(self.reply, self.questions[0]):
            why = f"no such column: the row has {len(cells)} of them, the reply stands in number {self.reply + 1}"
            yield reject_row(place, " ".join(cells), why)
            return
        reply, *given = (cells[number] for number in (self.reply, *self.questions) if number < len(cells))
        if self.exported:
            reply, given = unescape_formula(reply), [unescape_formula(cell) for cell in given]
        phrasings = [part for cell in given for part in self._parts(cell) if part.strip()]
        if not phrasings or not reply.strip():
            # Said once for the row, not once for each phrasing.
            yield validate_pair(phrasings[0] if phrasings else "", reply, place)
            return
        for phrasing in phrasings:
            yield validate_pair(phrasing, reply, place)

    def _parts(self, cell: str) -> list[str]:
        cell = cell.replace("\r\n", "\n").replace("\r", "\n")
        return cell.split("\n") if self.exported else _SEPARATORS.split(cell)


def find_columns(first: Sequence[str]) -> Columns | None:
    """The columns that the first row names, or None if it names none of them. Raises FormatError if it names only one kind."""
    names = [normalize_name(cell) for cell in first]
    questions = [number for number, given in enumerate(names) if given in QUESTION_NAMES]
    similar = [number for number, given in enumerate(names) if given in SIMILAR_NAMES]
    replies = [number for number, given in enumerate(names) if given in REPLY_NAMES]
    if not replies and not questions:
        return None
    if not replies or not questions:
        raise FormatError(
            f"The header names {', '.join(cell.strip() for cell in first if cell.strip())!r}; no such column as "
            f"{'a reply' if questions else 'a question'}. Name one column question (or 问题) and one answer (or 答案)."
        )
    exported = tuple(cell.strip().lower() for cell in first) == EXPORTED
    return Columns((questions[0], *questions[1:], *similar), replies[0], exported)


def find_columns_or_pair(first: Sequence[str]) -> tuple[Columns, bool]:
    """The columns, and whether the first row is a header; a row of two cells that is none means question and reply.

    Raises FormatError where neither fits.
    """
    named = find_columns(first)
    if named is not None:
        return named, True
    if len(first) == 2:
        return Columns((0,), 1), False
    shown = " | ".join(cell.strip()[:30] for cell in first[:6])
    raise FormatError(
        f"The first row has {len(first)} column{'s' * (len(first) != 1)} ({shown!r}) and does not say which hold questions and "
        "replies; expected a header with question and answer (or 问题 and 答案), or exactly two columns. Add the header."
    )
