"""Read questions and replies from a page in HTML: a table, headings that are questions, or schema.org's FAQPage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from data.formats import markdown, marked_text
from data.formats.encoding import detect_encoding
from data.formats.errors import RejectedRow, validate_pair
from data.formats.html_text import close_last_tag, extract_text
from data.formats.json_text import read_text
from data.formats.reading import Reading
from data.records import Pair, Place

_HEADINGS = {**{f"h{level}": level for level in range(1, 7)}, "summary": 4, "dt": 4}
_SILENT = frozenset("script style head template noscript svg nav footer".split())
_LINKED_DATA = "application/ld+json"
_BLOCKS = frozenset("p div ul ol dl section article blockquote pre details dd main header li".split())


def read(path: Path, reading: Reading | None = None) -> Iterator[Pair | RejectedRow]:
    """Yield the pairs of a page; the number of a row is the line of its question.

    Raises:
        FormatError: It holds no questions with replies.
    """
    reading = reading or Reading()
    reading.encoding = detect_encoding(path)
    page = path.read_text(encoding=reading.encoding)
    marked = list(_read_linked_data(page, path.name))
    if marked:
        reading.add_table("schema.org", 0, ["name"], ["acceptedAnswer"])
        yield from marked
        return
    yield from markdown.read_lines(list_lines(page), path.name, reading)


def holds_pairs(page: str) -> bool:
    """Return whether a page holds questions with replies."""
    if next(_read_linked_data(page, ""), None) is not None:
        return True
    lines = [line for _, line in list_lines(page)]
    return marked_text.is_marked(lines) or markdown.holds_pairs(lines)


def list_lines(page: str) -> list[tuple[int, str]]:
    """Return the text of a page as lines of Markdown, each with the line of the page that it begins on."""
    parser = _PageParser()
    parser.feed(close_last_tag(page))
    parser.close()
    parser.end_line()
    return parser.lines


def _read_linked_data(page: str, file: str) -> Iterator[Pair | RejectedRow]:
    """Yield the pairs of schema.org's FAQPage (https://schema.org/FAQPage)."""
    at = page.find(_LINKED_DATA)
    while at >= 0:
        begin, end = page.find(">", at) + 1, page.find("</script", at)
        next_at = page.find(_LINKED_DATA, at + 1)
        place = Place(file, page.count("\n", 0, at) + 1)
        at = next_at
        if not 0 < begin <= end:
            continue
        try:
            found = json.loads(page[begin:end])
        except (ValueError, RecursionError):
            continue
        for question in _find_questions(found, 0):
            reply = extract_text(read_text(question["acceptedAnswer"])[0])
            yield validate_pair(extract_text(str(question.get("name", ""))), reply, place)


def _find_questions(value: object, depth: int) -> Iterator[dict[str, object]]:
    if depth > 6:
        return
    if isinstance(value, dict):
        if "acceptedAnswer" in value:
            yield value
            return
        for child in value.values():
            yield from _find_questions(child, depth + 1)
    elif isinstance(value, list):
        for child in value:
            yield from _find_questions(child, depth + 1)


class _PageParser(HTMLParser):
    """Turns a page into lines of Markdown: headings, tables, lists and paragraphs."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[tuple[int, str]] = []
        self._text = ""
        self._row = 1
        self._silent = 0
        self._prefix = ""
        self._cells: list[str] | None = None
        self._rows = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        if self._silent:
            return
        if tag in _HEADINGS:
            self.end_line()
            self.lines.append((self.getpos()[0], ""))
            self._prefix = "#" * _HEADINGS[tag] + " "
        elif tag == "table":
            self.end_line()
            self._rows = 0
            self.lines.append((self.getpos()[0], ""))
        elif tag == "tr":
            self.end_line()
            self._row = self.getpos()[0]
            self._cells = []
        elif tag in ("td", "th") and self._cells is not None:
            self._text = ""
        elif tag == "br":
            if self._cells is None:
                self.end_line()
            else:
                self._text += "<br>"
        elif tag == "li" and self._cells is None:
            self.end_line()
            self._prefix = self._prefix or "- "
        elif tag in _BLOCKS and self._cells is None:
            self.end_line()

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
            return
        if self._silent:
            return
        if tag in ("td", "th") and self._cells is not None:
            self._cells.append(" ".join(self._text.split()).replace("|", "\\|"))
            self._text = ""
        elif tag == "tr" and self._cells is not None:
            self.lines.append((self._row, "| " + " | ".join(self._cells) + " |"))
            if not self._rows:
                self.lines.append((self._row, "|" + " --- |" * len(self._cells)))
            self._rows += 1
            self._cells = None
        elif tag == "table":
            self.lines.append((self.getpos()[0], ""))
        elif (tag in _HEADINGS or tag in _BLOCKS) and self._cells is None:
            self.end_line()
            self.lines.append((self.getpos()[0], ""))

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if not self._text.strip() and data.strip():
            self._row = self.getpos()[0] if self._cells is None else self._row
        self._text += data

    def end_line(self) -> None:
        """Finish the line that is being built."""
        said = " ".join(self._text.split())
        if said and self._cells is None:
            self.lines.append((self._row, self._prefix + said))
        if self._cells is None:
            self._text = self._prefix = ""
