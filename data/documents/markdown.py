"""Read Markdown."""

from __future__ import annotations

import re
from pathlib import Path

from data.documents.block import Block
from data.documents.markup import read_markup
from data.formats.encoding import detect_encoding

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*\n", re.S)


def read(path: Path) -> list[Block]:
    """Return the blocks of a Markdown file.

    Raises:
        FormatError: It is not text in a known encoding.
    """
    return read_markdown(path.read_text(encoding=detect_encoding(path)))


def read_markdown(text: str) -> list[Block]:
    """Return the blocks of a Markdown text, tables among them; front matter is left out."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return read_markup(parser.render(_FRONT_MATTER.sub("", text.replace("\r\n", "\n"), count=1)))
