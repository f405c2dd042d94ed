"""What a reader makes of a document: its blocks in reading order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["heading", "text", "item", "table"]
Progress = Callable[[int, int], object]
"""Called with the number of parts (pages, chapters) read so far and the number of all."""
Recognise = Callable[[bytes], str]
"""Reads the text of a picture of a page, given as PNG; empty where it finds none."""


@dataclass(frozen=True)
class Block:
    """A heading, a paragraph, a list item or a table.

    Attributes:
        kind: What it is.
        text: Its text; of a table empty.
        level: Of a heading, 1 for the highest.
        page: The page it begins on, from 1; None where the format has no pages.
        rows: The cells of a table, the first row being its header.
    """

    kind: Kind
    text: str = ""
    level: int = 0
    page: int | None = None
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class UnreadPage:
    """A page that could not be read, and why: it is a picture, or its letters are not those one sees."""

    page: int
    why: Literal["scanned", "garbled"]


@dataclass(frozen=True)
class Document:
    """A document as it was read.

    Attributes:
        file: Its name; of one in a folder, the path below the folder.
        blocks: What it says, in order.
        pages: How many pages it has; None where the format has none.
        unread: The pages that could not be read.
        recognised: The pages that were read from their picture.
    """

    file: str
    blocks: tuple[Block, ...]
    pages: int | None = None
    unread: tuple[UnreadPage, ...] = ()
    recognised: tuple[int, ...] = ()
