"""Find the columns of questions and replies in the header of a table, and read its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from data.formats.errors import RejectedRow, Sentence, reject_row, validate_pair
from data.formats.header import (
    QUESTION_NAMES,
    REPLY_NAMES,
    SIMILAR_NAMES,
    Name,
    is_addition,
    is_instruction,
    is_title,
    normalize_name,
    read_name,
    strip_notes,
)
from data.formats.html_text import extract_text, is_html
from data.formats.phrasings import normalize_line_ends, split_phrasings
from data.formats.reading import Reading
from data.records import Pair, Place

__all__ = [
    "EXPORTED",
    "QUESTION_NAMES",
    "REPLY_NAMES",
    "SIMILAR_NAMES",
    "ColumnGroup",
    "Columns",
    "UnreadableCell",
    "count_names",
    "escape_formula",
    "find_columns",
    "normalize_name",
    "unescape_formula",
]

EXPORTED = ("id", "language", "question", "reply", "file", "row")
"""The header of the table that the application itself exports."""

# A spreadsheet program runs a cell that begins like this as a formula; a leading apostrophe makes it text. Cells that already
# have one get another, so that removing one always restores the cell.
_ARMED = re.compile(r"'*[=+\-@\t\r]")

# Which names of questions and replies belong together where neither settles the other.
_FAMILIES = (
    (
        "title subject topic headline heading titel betreff thema titulo titre titolo faq 标题 主题 题目 "
        "知识标题 知识点 文章标题 分段标题",
        "body content text articlebody bodyhtml inhalt contenido contenu contenuto 内容 正文 文章内容 知识内容 "
        "分段内容 解决方案 处理方法 解决办法",
    ),
    (
        "prompt input instruction utterance 指令 输入",
        "completion output target chosen text 输出",
    ),
    (
        "user human customer userinput userinputs usermessage message 用户 客户 用户输入 用户消息 客户消息 消息 访客",
        "assistant bot agent chatbot botmessage chosen 机器人 客服 助手 回应",
    ),
)
_PAIRED = frozenset((asked, said) for ask, say in _FAMILIES for asked in ask.split() for said in say.split())
_KEYWORDS = frozenset("关键词 关键字 触发词 message 消息".split())


class UnreadableCell(str):
    """A cell without a text; why says the reason for its row to be refused."""

    why: Sentence

    def __new__(cls, why: Sentence) -> UnreadableCell:
        """Return an empty text with the reason."""
        cell = super().__new__(cls, "")
        cell.why = why
        return cell


def escape_formula(cell: str) -> str:
    """Return a cell that is safe to open in a spreadsheet program.

    >>> escape_formula("=1+1"), escape_formula("'-5"), escape_formula("it's")
    ("'=1+1", "''-5", "it's")
    """
    return "'" + cell if _ARMED.match(cell) else cell


def unescape_formula(cell: str) -> str:
    """Return a cell as it was before `escape_formula`.

    >>> [unescape_formula(escape_formula(cell)) for cell in ("=1+1", "'-5", "it's")]
    ['=1+1', "'-5", "it's"]
    """
    return cell[1:] if cell.startswith("'") and _ARMED.match(cell) else cell


@dataclass(frozen=True)
class ColumnGroup:
    """The columns, by number from 0, of one reply and its questions.

    Args:
        questions: Columns with questions.
        reply: The column with the reply.
        similar: Columns with other phrasings.
        addition: The column that continues the question, if any.
        titles: Columns that stand in where every question is empty.
    """

    questions: tuple[int, ...]
    reply: int
    similar: tuple[int, ...] = ()
    addition: int | None = None
    titles: tuple[int, ...] = ()

    @property
    def asked(self) -> tuple[int, ...]:
        """All columns that questions are read from."""
        addition = () if self.addition is None else (self.addition,)
        return (*self.questions, *addition, *self.similar, *self.titles)


@dataclass(frozen=True)
class Columns:
    """The columns of a table.

    Args:
        groups: The replies with their questions; several in a table in two languages.
        names: The cells of the header; empty if there is none.
        exported: Whether this application wrote the table.
        open_ended: Whether cells beyond the header are more phrasings (FastGPT's q,a,indexes).
    """

    groups: tuple[ColumnGroup, ...]
    names: tuple[str, ...] = ()
    exported: bool = False
    open_ended: bool = False

    @property
    def width(self) -> int:
        """The number of cells that a row should have."""
        return len(self.names) or 1 + max(max(group.reply, *group.questions) for group in self.groups)

    def read(self, cells: Sequence[str], place: Place, reading: Reading) -> Iterator[Pair | RejectedRow]:
        """Yield a pair for each phrasing in a row, or a RejectedRow; nothing for a row of empty cells."""
        if not any(cell.strip() or isinstance(cell, UnreadableCell) for cell in cells):
            return
        groups = [group for group in self.groups if self._is_filled(group, cells)] or list(self.groups[:1])
        for group in groups:
            yield from self._read_group(group, cells, place, reading)

    def _is_filled(self, group: ColumnGroup, cells: Sequence[str]) -> bool:
        given = [cells[at] for at in (group.reply, *group.asked) if at < len(cells)]
        return any(cell.strip() or isinstance(cell, UnreadableCell) for cell in given)

    def _read_group(
        self, group: ColumnGroup, cells: Sequence[str], place: Place, reading: Reading
    ) -> Iterator[Pair | RejectedRow]:
        if len(cells) <= max(group.reply, group.questions[0]):
            yield reject_row(place, " ".join(cells), _explain_short_row(len(cells), group))
            return
        beyond = tuple(range(self.width, len(cells))) if self.open_ended else ()
        for at in (group.reply, *group.questions):
            cell = cells[at] if at < len(cells) else ""
            if isinstance(cell, UnreadableCell):
                yield reject_row(place, " ".join(cells), cell.why)
                return
        reply = self._clean(cells[group.reply], place, reading)
        asked = [self._clean(cells[at], place, reading) for at in group.questions if at < len(cells)]
        similar = [self._clean(cells[at], place, reading) for at in (*group.similar, *beyond) if at < len(cells)]
        phrasings = self._split(asked, similar)
        addition = cells[group.addition] if group.addition is not None and group.addition < len(cells) else ""
        if addition.strip() and asked:
            # An instruction and what it is about are one question.
            phrasings = [f"{asked[0].strip()}\n{addition.strip()}"]
        if not any(text.strip() for text in asked):
            titles = [cells[at] for at in group.titles if at < len(cells) and cells[at].strip()]
            phrasings = [*titles[:1], *phrasings]
        if not phrasings or not reply.strip():
            # Reported once for the row, not for each phrasing.
            yield validate_pair(phrasings[0] if phrasings else "", reply, place)
            return
        for phrasing in phrasings:
            yield validate_pair(phrasing, reply, place)

    def _split(self, asked: list[str], similar: list[str]) -> list[str]:
        if self.exported:
            return [part for cell in asked for part in cell.split("\n") if part.strip()]
        phrasings = [part for cell in asked for part in split_phrasings(cell, False)]
        return phrasings + [part for cell in similar for part in split_phrasings(cell, True)]

    def _clean(self, cell: str, place: Place, reading: Reading) -> str:
        """Return a cell with plain line ends and, where it is HTML, as plain text."""
        if self.exported:
            return normalize_line_ends(unescape_formula(cell))
        if is_html(cell):
            reading.count("HTML was turned into plain text", "HTML 已转换为纯文本", str(place.row))
            return extract_text(cell)
        return normalize_line_ends(cell)


def _explain_short_row(count: int, group: ColumnGroup) -> Sentence:
    return Sentence(
        f"no such column: the row has {count} of them, the reply stands in number {group.reply + 1}",
        f"缺少单元格：这一行只有 {count} 个，答案应在第 {group.reply + 1} 个",
    )


def find_columns(first: Sequence[str]) -> Columns | None:
    """Return the columns that a row names as a header; None if it does not name both questions and replies.

    >>> find_columns(["序号", "问题（必填）", "答案"]).groups
    (ColumnGroup(questions=(1,), reply=2, similar=(), addition=None, titles=()),)
    >>> find_columns(["text", "label"]) is None
    True
    """
    names = [read_name(cell) for cell in first]
    replies = _choose_replies(names, list(first))
    questions = _choose_questions(names, list(first))
    if not replies or not questions or not _settle(names, list(first), questions, replies):
        return None
    additions = [at for at in range(len(first)) if is_addition(first[at]) and at not in questions]
    has_addition = additions and names[questions[0]].rank == 1 and normalize_name(first[questions[0]]) != "title"
    similar = [at for at, name in enumerate(names) if name.role == "similar"]
    titles = tuple(at for at in range(len(first)) if is_title(first[at]) and at not in questions)
    if len(replies) == 1:
        addition = additions[0] if has_addition else None
        groups: tuple[ColumnGroup, ...] = (ColumnGroup(tuple(questions), replies[0], tuple(similar), addition, titles),)
    else:
        paired = _pair_columns(names, questions, replies, similar)
        if paired is None:
            return None
        groups = paired
    exported = tuple(cell.strip().lower() for cell in first) == EXPORTED
    open_ended = normalize_name(first[-1]) in ("indexes", "索引") if first else False
    return Columns(groups, tuple(first), exported, open_ended)


def count_names(first: Sequence[str]) -> tuple[int, int]:
    """Return how many cells of a row surely name questions, and how many replies."""
    names = [read_name(cell) for cell in first]
    return tuple(sum(name.role == role and name.rank >= 2 for name in names) for role in ("question", "reply"))  # type: ignore[return-value]


def _choose_questions(names: list[Name], first: list[str]) -> list[int]:
    sure = [at for at, name in enumerate(names) if name.role == "question" and name.rank >= 2]
    if sure:
        return sure
    likely = [at for at, name in enumerate(names) if name.role == "question" and name.rank == 1]
    # An instruction comes before its input, a title before keywords.
    likely.sort(
        key=lambda at: (not is_instruction(first[at]), _bare(first[at]) in _KEYWORDS, is_addition(first[at]), at)
    )
    return likely[:1]


def _choose_replies(names: list[Name], first: list[str]) -> list[int]:
    for rank in (3, 2, 1, 0):
        found = [at for at, name in enumerate(names) if name.role == "reply" and name.rank == rank]
        if found:
            return found if rank >= 2 else _sort_likely(found, first)[:1]
    return []


def _sort_likely(found: list[int], first: list[str]) -> list[int]:
    return sorted(found, key=lambda at: (_bare(first[at]) == "text", at))


def _bare(cell: str) -> str:
    return normalize_name(strip_notes(cell))


def _settle(names: list[Name], first: list[str], questions: list[int], replies: list[int]) -> bool:
    """Return whether the names of questions and replies together leave no doubt."""
    asked, said = names[questions[0]].rank, names[replies[0]].rank
    if asked >= 2 or said >= 2:
        return asked + said >= 2
    return (_bare(first[questions[0]]), _bare(first[replies[0]])) in _PAIRED


def _pair_columns(
    names: list[Name], questions: list[int], replies: list[int], similar: list[int]
) -> tuple[ColumnGroup, ...] | None:
    """Return a group for each reply, by the tags of the names or by their order; None if it cannot be told."""
    tags = [names[at].tag for at in replies]
    if len(set(tags)) == len(tags):
        by_tag = [[at for at in questions if names[at].tag == tag] for tag in tags]
        if all(by_tag):
            return tuple(
                ColumnGroup(tuple(asked), reply, tuple(at for at in similar if names[at].tag == tag))
                for asked, reply, tag in zip(by_tag, replies, tags, strict=True)
            )
    groups, start = [], -1
    for reply in replies:
        asked = [at for at in questions if start < at < reply]
        if not asked:
            return None
        groups.append(ColumnGroup(tuple(asked), reply, tuple(at for at in similar if start < at < reply)))
        start = reply
    return tuple(groups) if not any(at > start for at in questions) else None
