"""Read HTML, which Markdown, DOCX and EPUB are turned into as well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from data.documents.block import Block
from data.documents.headings import find_numbered_level, is_titled, measure_length
from data.text.clean import clean

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SKIPPED = frozenset(
    "script style noscript template svg math nav footer aside form button select option input textarea iframe object embed "
    "canvas audio video dialog menu head title meta link".split()
)
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q ruby rb s samp small span strong strike "
    "sub sup time tt u var wbr img picture source area map o:p".split()
)
_BLANK = re.compile(r"\s+")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_DEEPEST = 200
_MOST_SPAN = 50
_UNSTYLED = 4
"""The level of a paragraph that is only bold, in a document that has headings of its own."""


def read_markup(markup: str, page: int | None = None) -> list[Block]:
    """Return the blocks of an HTML text. Nothing that it refers to is fetched."""
    # Slow to import, and only documents need it.
    from lxml import html

    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", markup.replace("\x00", ""))
    if not text.strip():
        return []
    try:
        root = html.document_fromstring(
            text, parser=html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True)
        )
    except (ValueError, AssertionError, html.etree.ParserError):
        return []
    walker = _Walker(page)
    for part in _choose_content(root):
        walker.walk(part, 0)
        walker.flush()
    return walker.blocks


def _choose_content(root: Any) -> list[Any]:
    """Return the main parts of the page, or its body."""
    for tag in ("main", "article"):
        found = [part for part in root.iter(tag) if not any(above.tag == tag for above in part.iterancestors())]
        if found and sum(len(part.text_content().strip()) for part in found) >= 200:
            return found
    body = root.find("body")
    return [root if body is None else body]


class _Walker:
    """Collects blocks while it goes through the elements in order."""

    def __init__(self, page: int | None) -> None:
        self.blocks: list[Block] = []
        self._page = page
        self._text = ""
        self._bold = 0
        self._plain = ""
        self._marker = ""
        self._item = False

    def flush(self) -> None:
        """End the paragraph."""
        text, plain = self._text.strip(), self._plain.strip()
        marker, self._text, self._plain, self._marker = self._marker, "", "", ""
        text = clean(text)
        if not text:
            self._marker = marker
            return
        is_bold = not plain and measure_length(text) <= 60 and "\n" not in text
        if is_bold and not self._item and (is_titled(text, sentence_case=True) or find_numbered_level(text)):
            self.blocks.append(Block("heading", text, find_numbered_level(text) or _UNSTYLED, self._page))
            return
        self.blocks.append(Block("item" if marker or self._item else "text", marker + text, page=self._page))

    def walk(self, element: Any, depth: int) -> None:
        """Read an element and what is in it; what follows it is the caller's."""
        tag = element.tag
        if not isinstance(tag, str) or tag in _SKIPPED or depth > _DEEPEST or _is_hidden(element):
            return
        if tag in _HEADINGS or tag in ("summary", "caption", "figcaption"):
            self.flush()
            text = clean(" ".join(element.text_content().split()))
            if text and tag in _HEADINGS:
                self.blocks.append(Block("heading", text, _HEADINGS[tag], self._page))
            elif text:
                self.blocks.append(Block("heading" if tag == "summary" else "text", text, 6, self._page))
        elif tag == "table":
            self.flush()
            self._read_table(element, depth)
        elif tag == "br":
            self._text, self._plain = self._text.rstrip(" ") + "\n", self._plain
        elif tag in ("pre", "listing"):
            self.flush()
            if text := clean(element.text_content()):
                self.blocks.append(Block("text", text, page=self._page))
        elif tag in ("li", "dd"):
            self._read_item(element, depth, tag)
        elif tag == "dt":
            self.flush()
            self._children(element, depth)
            if self._text.strip():
                self._text = self._text.rstrip().rstrip(":：") + ": "
                self._plain += "."
        elif tag == "rt" or tag == "rp":
            return
        elif tag in _INLINE:
            bold = tag in ("b", "strong")
            self._bold += bold
            self._children(element, depth)
            self._bold -= bold
        else:
            self.flush()
            self._children(element, depth)
            self.flush()

    def _read_item(self, element: Any, depth: int, tag: str) -> None:
        if tag == "li":
            self.flush()
            parent = element.getparent()
            if parent is not None and parent.tag == "ol":
                number = _count_before(element) + _read_start(parent)
                self._marker = f"{number}. "
            else:
                self._marker = "- "
        before, self._item = self._item, True
        self._children(element, depth)
        self.flush()
        self._item, self._marker = before, ""

    def _children(self, element: Any, depth: int) -> None:
        self._add(element.text)
        for child in element:
            self.walk(child, depth + 1)
            self._add(child.tail)

    def _add(self, text: str | None) -> None:
        if not text:
            return
        said = _BLANK.sub(" ", text)
        if self._text.endswith((" ", "\n")) or not self._text:
            said = said.lstrip(" ")
        self._text += said
        if not self._bold:
            self._plain += said

    def _read_table(self, table: Any, depth: int) -> None:
        if table.find(".//table") is not None or not _is_grid(table):
            # A table for the layout of a page: its cells are read one after the other.
            for cell in _list_cells(table):
                self._children(cell, depth + 1)
                self.flush()
            return
        if (caption := table.find("caption")) is not None:
            self.walk(caption, depth + 1)
        if rows := expand_spans(_read_rows(table)):
            self.blocks.append(Block("table", rows=rows, page=self._page))


def _is_hidden(element: Any) -> bool:
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or bool(_HIDDEN.search(element.get("style") or ""))
    )


def _count_before(element: Any) -> int:
    return sum(1 for other in element.itersiblings("li", preceding=True))


def _read_start(parent: Any) -> int:
    start = parent.get("start") or ""
    return int(start) if start.isdecimal() and len(start) < 6 else 1


def _list_rows(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from (row for row in child if row.tag == "tr")


def _list_cells(table: Any) -> Iterator[Any]:
    for row in _list_rows(table):
        yield from (cell for cell in row if cell.tag in ("td", "th"))


def _is_grid(table: Any) -> bool:
    rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in _list_rows(table)]
    return len(rows) > 1 and max(map(len, rows), default=0) > 1


def _read_rows(table: Any) -> list[list[tuple[str, int, int]]]:
    """Return of each cell its text and how many columns and rows it spans."""
    rows = []
    for row in _list_rows(table):
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        rows.append([(_read_cell(cell), _read_span(cell, "colspan"), _read_span(cell, "rowspan")) for cell in cells])
    return rows


def _read_cell(cell: Any) -> str:
    walker = _Walker(None)
    walker._children(cell, 0)
    walker.flush()
    return "; ".join(" ".join(block.text.split()).removeprefix("- ") for block in walker.blocks if block.text)


def _read_span(cell: Any, name: str) -> int:
    value = cell.get(name) or ""
    return min(max(int(value), 1), _MOST_SPAN) if value.isdecimal() and len(value) < 6 else 1


def expand_spans(rows: list[list[tuple[str, int, int]]]) -> tuple[tuple[str, ...], ...]:
    """Return the rows of a table with each merged cell said in every place that it covers; empty rows are left out."""
    grid: list[dict[int, str]] = [{} for _ in rows]
    for number, row in enumerate(rows):
        column = 0
        for text, across, down in row:
            while column in grid[number]:
                column += 1
            for below in range(number, min(number + down, len(rows))):
                for beside in range(column, column + across):
                    grid[below].setdefault(beside, text)
            column += across
    width = max((max(cells, default=-1) + 1 for cells in grid), default=0)
    filled = [tuple(clean(cells.get(column, "")) for column in range(width)) for cells in grid]
    return tuple(row for row in filled if any(row))
