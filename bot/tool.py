"""The parts of a tool: its input, its output, and its description."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.messages import Translations
from bot.types import Message
from data.records import Language

Takes = Literal["text", "image", "image+text"]


class ToolError(ValueError):
    """The input cannot be used.

    The text is one sentence for the person, in the language of the request.
    """


@dataclass(frozen=True)
class Example:
    """A text that shows what the tool is for.

    It is a button on the card of the tool, and a case in the tests.
    """

    text: str
    language: Language


@dataclass(frozen=True)
class Request:
    """The input of a tool.

    Attributes:
        text: As typed.
        language: The language of the result.
        picture: The bytes of a re-encoded picture.
    """

    text: str
    language: Language
    picture: bytes | None = None


@dataclass(frozen=True)
class Table:
    """Rows of plain text below the names of their columns.

    All of it is in the language of the request.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Point:
    """A labelled point of a map.

    `marked` is true for the one that the person asked about.
    """

    label: str
    x: float
    y: float
    marked: bool = False


@dataclass(frozen=True)
class Result:
    """The output of a tool.

    Attributes:
        text: Must be understood without the rest; the chat shows only this and the note.
        table: What the page shows as a table.
        points: A map without axes; near points are similar.
        picture: A PNG, such as a photo with an overlay.
        note: What the answer is based on, or what one should know about it.
    """

    text: str
    table: Table | None = None
    points: tuple[Point, ...] = ()
    picture: bytes | None = None
    note: str = ""


Run = Callable[[Request], Result]


def no_confidence(message: Message) -> float:
    """Return 0: the tool never answers in the chat unless it is called by name."""
    return 0.0


@dataclass(frozen=True)
class Tool:
    """A function that people call on the page, or that answers a chat message.

    Attributes:
        name: The name of its folder, and the word of its command.
        title: What its card on the page is called.
        purpose: One sentence on what it is for.
        box: The placeholder of its input field.
        takes: What its input is.
        examples: Inputs to try.
        load: Loads what the tool needs and returns its function. Called on first use; raises ArtifactError. The function
            raises ToolError.
        confidence: How probable it is, in [0, 1], that a message of the chat asks for this very tool. It reads the text only
            and must be fast, because it is called for every message.
        max_length: Characters of the longest text that it takes.
        models: The names of the artifacts whose licences apply to it.
    """

    name: str
    title: Translations
    purpose: Translations
    box: Translations
    takes: Takes
    examples: tuple[Example, ...]
    load: Callable[[], Run]
    confidence: Callable[[Message], float] = no_confidence
    max_length: int = 200
    models: tuple[str, ...] = ()
