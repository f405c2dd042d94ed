"""The records that cross folder borders: frozen, plain, and ignorant of files, models and conversations in progress."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]
"""The two languages of the house. A mixed text belongs to the one that carries its sentences."""

LANGUAGES: tuple[Language, Language] = ("zh", "en")


@dataclass(frozen=True)
class Place:
    """Where a record was read: the file's name as the person gave it and the 1-based row or line in it."""

    file: str
    row: int

    def __str__(self) -> str:
        return f"{self.file}:{self.row}"


@dataclass(frozen=True)
class Pair:
    """One question with the reply that is wanted for it."""

    question: str
    reply: str
    place: Place


@dataclass(frozen=True)
class Utterance:
    """What one speaker said at once. speaker is free text such as "user" or "bot"; time is in seconds since 1970, if known."""

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
    """A picture, by the name its set has for it, and sentences that describe it, in the languages there are any in."""

    image: str
    captions: Mapping[Language, tuple[str, ...]]


@dataclass(frozen=True)
class PictureQuestion:
    """A question about a picture, by the name its set has for it, and what people answered: ten in VQA v2, often one elsewhere.

    answer_type is "yes/no", "number" or "other", as VQA v2 has it, or a finer word of the set's own. split is the set's word
    for the part the question belongs to, empty where it has none.
    """

    image: str
    question: str
    answers: tuple[str, ...]
    answer_type: str
    language: Language = "en"
    split: str = ""


@dataclass(frozen=True)
class Entry:
    """One thing the bot knows: a reply in one language, the phrasings of the question it answers, and where it came from."""

    id: str
    language: Language
    questions: tuple[str, ...]
    reply: str
    place: Place

    @property
    def replies(self) -> tuple[str, ...]:
        """Return the alternatives of the reply; a line of nothing but % keeps them apart, as in files of fortune(6).

        >>> Entry("joke", "en", ("a joke",), "one\\n%\\nanother", Place("jokes.csv", 2)).replies
        ('one', 'another')
        """
        return tuple(part for part in re.split(r"\n%[^\S\n]*\n", self.reply) if part.strip()) or (self.reply,)


@dataclass(frozen=True)
class Selection:
    """A query with the texts to choose from. context: what was said, oldest first, the query last; labels: 1 right, 0 wrong."""

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
    """A reply that was weighed in a logged turn. score and label (1 right, 0 wrong) are None where the log does not say."""

    text: str
    score: float | None = None
    label: int | None = None
    entry: str | None = None
    question: str | None = None


@dataclass(frozen=True, slots=True)
class LoggedTurn:
    """What a person wrote in a logged conversation, what came back, and whatever else the log says of it.

    reply is None where nothing came back. time is seconds since 1970, latency milliseconds. kind is the log's word for what
    happened ("answer", "unknown", "ask", "offer", "refused"), None where it has none. references are replies known to be right,
    answers what people said of a picture. unsafe are names of what a filter found; None where no filter looked.
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
    """One conversation of a log, in the order in which the log has it; disordered counts the times that run backwards."""

    id: str
    turns: tuple[LoggedTurn, ...]
    place: Place
    disordered: int = 0
