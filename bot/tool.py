"""The types of a tool: something that a person runs by name, or whose result the bot gives in a chat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.messages import Translations
from bot.types import Message
from data.records import Language

Takes = Literal["text", "image", "image+text"]


class ToolError(ValueError):
    """What was given cannot be used: one sentence for the person, in the language of the request."""


@dataclass(frozen=True)
class Example:
    """A text that shows what the tool is for: a button on its card and a case in the tests."""

    text: str
    language: Language


@dataclass(frozen=True)
class Request:
    """What a tool is given: a text as typed, the language to answer in, and the bytes of a re-encoded picture."""

    text: str
    language: Language
    picture: bytes | None = None


@dataclass(frozen=True)
class Table:
    """Rows of plain text under their columns' names, all in the language of the request."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Point:
    """A labelled point of a map; marked for the one that was asked about."""

    label: str
    x: float
    y: float
    marked: bool = False


@dataclass(frozen=True)
class Result:
    """What a tool found: a text that can stand alone (a chat shows it and the note only), and what a page can show beside it.

    points is a map without axes: near means alike. picture is a PNG, such as a photo with an overlay drawn into it. note says
    what the answer rests on, or what should be known about it.
    """

    text: str
    table: Table | None = None
    points: tuple[Point, ...] = ()
    picture: bytes | None = None
    note: str = ""


Run = Callable[[Request], Result]


def never(message: Message) -> float:
    """The claim of a tool that waits to be asked by name: 0."""
    return 0.0


@dataclass(frozen=True)
class Tool:
    """Something the user can ask for by name, or the bot can offer.

    name is the name of its folder and the word of its command. open loads what the tool needs, on first use, and raises
    ArtifactError; what it gives raises ToolError. wants says how probable it is, in [0, 1], that a message of the chat asks
    for this very tool; it reads the text only, and must be quick, because every message is shown to it. longest is in
    characters. models names the artifacts whose licences the tool is under.
    """

    name: str
    title: Translations
    purpose: Translations
    box: Translations
    takes: Takes
    examples: tuple[Example, ...]
    open: Callable[[], Run]
    wants: Callable[[Message], float] = never
    longest: int = 200
    models: tuple[str, ...] = ()
