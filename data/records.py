"""The records that packages exchange: frozen dataclasses without knowledge of files, models or open conversations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]
"""The two languages. A mixed text belongs to the language of its sentences."""

LANGUAGES: tuple[Language, Language] = ("zh", "en")


@dataclass(frozen=True)
class Place:
    """Where a record was read: the name of the file as it was given, and the row or line in it, from 1."""

    file: str
    row: int

    def __str__(self) -> str:
        return f"{self.file}:{self.row}"


@dataclass(frozen=True)
class Pair:
    """A question with its reply."""

    question: str
    reply: str
    place: Place


@dataclass(frozen=True)
class Utterance:
    """An utterance. speaker is free text such as "user" or "bot"; time is in seconds since 1970, if known."""

    speaker: str
    text: str
    time: float | None = None


@dataclass(frozen=True)
class Dialog:
    """The utterances of one conversation, in order."""

    id: str
    utterances: tuple[Utterance, ...]


@dataclass(frozen=True)
class CaptionedPicture:
    """A picture, by its name in the data set, and its captions by language."""

    image: str
    captions: Mapping[Language, tuple[str, ...]]


@dataclass(frozen=True)
class PictureQuestion:
    """A question about a picture with the answers of people: ten in VQA v2, often one elsewhere.

    Args:
        image: The name of the picture in the data set.
        answer_type: "yes/no", "number" or "other", as in VQA v2, or a finer type of the data set.
        split: The data set's name of the part that the question belongs to; empty if there is none.
    """

    image: str
    question: str
    answers: tuple[str, ...]
    answer_type: str
    language: Language = "en"
    split: str = ""


@dataclass(frozen=True)
class Entry:
    """A knowledge entry: a reply in one language, the phrasings of its question, and where it came from."""

    id: str
    language: Language
    questions: tuple[str, ...]
    reply: str
    place: Place

    @property
    def replies(self) -> tuple[str, ...]:
        """Return the alternatives of the reply; a line with only % separates them, as in files of fortune(6).

        >>> Entry("joke", "en", ("a joke",), "one\\n%\\nanother", Place("jokes.csv", 2)).replies
        ('one', 'another')
        """
        return tuple(part for part in re.split(r"\n%[^\S\n]*\n", self.reply) if part.strip()) or (self.reply,)


@dataclass(frozen=True)
class Selection:
    """A query with labelled candidates. context is what was said, oldest first, the query last; labels are 1 or 0."""

    context: tuple[str, ...]
    candidates: tuple[str, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True)
class LabelledPair:
    """Two texts and whether they mean the same (1) or not (0)."""

    first: str
    second: str
    label: int


@dataclass(frozen=True, slots=True)
class LoggedCandidate:
    """A candidate reply of a logged turn. score and label (1 right, 0 wrong) are None if the log does not have them."""

    text: str
    score: float | None = None
    label: int | None = None
    entry: str | None = None
    question: str | None = None


@dataclass(frozen=True, slots=True)
class LoggedTurn:
    """A message in a logged conversation, its reply, and what else the log has about it.

    Args:
        reply: None if there was none.
        time: Seconds since 1970.
        latency: Milliseconds.
        kind: The log's word for the outcome ("answer", "unknown", "ask", "offer", "refused"), if any.
        references: Replies that are known to be right.
        answers: What people answered to a question about a picture.
        unsafe: The names of what a filter found; None if no filter ran.
    """

    number: int
    message: str
    reply: str | None
    row: int
    time: float | None = None
    latency: float | None = None
    source: str | None = None
    kind: str | None = None
    liked: bool | None = None
    reason: str = ""
    references: tuple[str, ...] = ()
    candidates: tuple[LoggedCandidate, ...] = ()
    chosen: int | None = None
    entry: str | None = None
    picture: bool = False
    answers: tuple[str, ...] = ()
    unsafe: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class LoggedDialog:
    """A conversation of a log, in its order; disordered counts the times that are earlier than the one before."""

    id: str
    turns: tuple[LoggedTurn, ...]
    place: Place
    disordered: int = 0


@dataclass(frozen=True)
class Passage:
    """A part of a document that is read as one: a few paragraphs under one heading.

    Attributes:
        file: The name of the document.
        heading: The headings that it stands under, the outermost first.
        page: The page it begins on, from 1; None where the format has no pages.
        text: Paragraphs, items and rows of a table, a line each. The cells of a row are separated by " | ".
    """

    file: str
    heading: tuple[str, ...]
    page: int | None
    text: str
