"""Read PDF: the text layer in reading order, with headings, lists and tables told by how they are printed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from data.documents.block import Block, Document, Progress, Recognise, UnreadPage
from data.documents.headings import (
    ends_sentence,
    find_numbered_level,
    is_article,
    is_furniture,
    is_item,
    is_short_number,
    is_titled,
    join_lines,
    measure_length,
    strip_bullet,
)
from data.documents.legibility import is_garbled
from data.documents.pdf_lines import Page, Piece, open_pdf
from data.documents.pdf_tables import find_tables
from data.documents.plain_text import read_lines
from data.formats.errors import FormatError
from data.text.clean import clean

MAX_PAGES = 5_000
_EDGE = 3
"""So many lines at the top and bottom of a page may be furniture that comes again on every page."""
_LARGER = 1.12
_LONGEST_HEADING = 90
_MOST_LETTERS_OF_PICTURE = 12


def read(path: Path, progress: Progress = lambda done, total: None, recognise: Recognise | None = None) -> Document:
    """Return a PDF as a document.

    Args:
        path: The file.
        progress: Called after every page.
        recognise: Reads the picture of a page whose text layer cannot be used; without it such pages are named as unread.

    Raises:
        FormatError: It is broken, protected by a password, or has more than MAX_PAGES pages.
    """
    pages: list[Page] = []
    read_from_picture: dict[int, list[Block]] = {}
    unread: list[UnreadPage] = []
    with open_pdf(path) as file:
        total = len(file)
        if total > MAX_PAGES:
            raise FormatError(
                f"{path.name} has {total} pages; at most {MAX_PAGES} are allowed. Split it into several files."
            )
        for number in range(1, total + 1):
            page = file.read_page(number)
            why = _find_fault(page)
            if why is not None and recognise is not None and (text := recognise(file.render_page(number)).strip()):
                read_from_picture[number] = [replace(block, page=number) for block in read_lines(text)]
            elif why is not None:
                unread.append(UnreadPage(number, why))
            else:
                pages.append(page)
            progress(number, total)
    by_page: dict[int, list[Block]] = dict(read_from_picture)
    furniture = _find_furniture(pages)
    body = _find_body_size(pages)
    sizes = _rank_sizes(pages, body)
    for page in pages:
        lines = [line for place, line in enumerate(page.lines) if not _is_furniture(page, place, furniture, body)]
        by_page[page.number] = _build_blocks(lines, page.number, body, sizes)
    blocks = _join_pages([by_page[number] for number in sorted(by_page)])
    return Document(path.name, tuple(blocks), total, tuple(unread), tuple(sorted(read_from_picture)))


def _find_fault(page: Page) -> Literal["scanned", "garbled"] | None:
    """Return why the text layer of a page cannot be used; None where it can, or where the page is empty."""
    letters = sum(character.isalnum() for character in page.text)
    if letters <= _MOST_LETTERS_OF_PICTURE and page.has_picture:
        return "scanned"
    return "garbled" if is_garbled(page.text) else None


def _key(line: Sequence[Piece]) -> str:
    return re.sub(r"\d+", "#", " ".join(piece.text for piece in line))


def _find_furniture(pages: Sequence[Page]) -> set[str]:
    """Return the lines, digits aside, that stand at the top or bottom of many pages."""
    if len(pages) < 3:
        return set()
    seen: Counter[str] = Counter()
    numbered: Counter[str] = Counter()
    for page in pages:
        seen.update({*map(_key, page.lines[:_EDGE]), *map(_key, page.lines[-_EDGE:])})
        # The name of a chapter beside the number of the page comes again on fewer pages.
        numbered.update(
            {_key(line) for line in (*page.lines[:1], *page.lines[-1:]) if _holds_number(line, page.number)}
        )
    least = max(3, len(pages) * 0.4) if len(pages) < 20 else max(4, len(pages) * 0.15)
    return {line for line, count in seen.items() if count >= least} | {
        line for line, count in numbered.items() if count > 1
    }


def _holds_number(line: Sequence[Piece], page: int) -> bool:
    """Return whether a line begins or ends with a number that may be that of the page, the first pages not counted."""
    text = " ".join(piece.text for piece in line)
    found = [int(number) for number in re.findall(r"^\d{1,4}(?=\s)|(?<=\s)\d{1,4}$", text)]
    return any(page - 30 <= number <= page for number in found)


def _is_furniture(page: Page, place: int, furniture: set[str], body: float) -> bool:
    line = page.lines[place]
    text = " ".join(piece.text for piece in line)
    if line[0].size >= body * _LARGER:
        # The title stands at the top of the first page, and small at the top of the others.
        return False
    if is_furniture(text):
        return place < _EDGE or place >= len(page.lines) - _EDGE or "." in text or "…" in text or "·" in text
    return (place < _EDGE or place >= len(page.lines) - _EDGE) and _key(line) in furniture


def _find_body_size(pages: Iterable[Page]) -> float:
    """Return the size in which most of the text is printed."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            for piece in line:
                sizes[piece.size] += len(piece.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _rank_sizes(pages: Iterable[Page], body: float) -> dict[float, int]:
    """Return the level of a heading of each size that is larger than the text."""
    larger = {piece.size for page in pages for line in page.lines for piece in line if piece.size >= body * _LARGER}
    ranked: dict[float, int] = {}
    level, last = 0, 0.0
    for size in sorted(larger, reverse=True):
        # Sizes that differ by a twentieth are one.
        if not last or size < last * 0.95:
            level, last = level + 1, size
        ranked[size] = min(level, 5)
    return ranked


def _build_blocks(lines: Sequence[Sequence[Piece]], page: int, body: float, sizes: dict[float, int]) -> list[Block]:
    blocks: list[Block] = []
    for part in find_tables(lines):
        if part.rows:
            blocks.append(Block("table", page=page, rows=part.rows))
        else:
            blocks += _build_text(part.lines, page, body, sizes)
    return blocks


def _build_text(lines: Sequence[Sequence[Piece]], page: int, body: float, sizes: dict[float, int]) -> list[Block]:
    flat = [_merge(line) for line in lines]
    widest = max((piece.right for piece in flat), default=0.0)
    blocks: list[Block] = []
    paragraph = ""
    last: Piece | None = None

    def flush() -> None:
        nonlocal paragraph
        if text := clean(paragraph.replace("\ufffe", "").replace("\x02", "")):
            blocks.append(
                Block("item", strip_bullet(text), page=page) if is_item(text) else Block("text", text, page=page)
            )
        paragraph = ""

    for place, piece in enumerate(flat):
        following = flat[place + 1] if place + 1 < len(flat) else None
        level = _find_level(piece, last, following, body, sizes)
        if level is not None:
            flush()
            text = clean(piece.text.replace("\ufffe", ""))
            before = blocks[-1] if blocks else None
            # A heading that runs over two lines.
            if before and before.kind == "heading" and before.level == level and last and _is_same_print(last, piece) and (
                _gap(last, piece) < 0.8 * piece.size and not find_numbered_level(text)
            ):  # fmt: skip
                blocks[-1] = replace(before, text=join_lines(before.text, text))
            elif text:
                blocks.append(Block("heading", text, level, page))
        elif paragraph and last is not None and _goes_on(last, piece, widest):
            paragraph = join_lines(paragraph, piece.text)
        else:
            flush()
            paragraph = piece.text
        last = piece
    flush()
    return blocks


def _merge(line: Sequence[Piece]) -> Piece:
    if len(line) == 1:
        return line[0]
    return Piece(
        "  ".join(piece.text for piece in line),
        max(piece.size for piece in line),
        all(piece.bold for piece in line),
        line[0].left,
        line[-1].right,
        min(piece.bottom for piece in line),
        max(piece.top for piece in line),
    )


def _is_same_print(one: Piece, other: Piece) -> bool:
    return abs(one.size - other.size) < 0.05 * one.size and one.bold == other.bold


def _gap(above: Piece, below: Piece) -> float:
    return above.bottom - below.top


def _find_level(
    piece: Piece, before: Piece | None, following: Piece | None, body: float, sizes: dict[float, int]
) -> int | None:
    text = piece.text
    if measure_length(text) > _LONGEST_HEADING or not any(character.isalnum() for character in text):
        return None
    if piece.size in sizes and not text.endswith(("。", "；", ";", "，", ",")):
        return sizes[piece.size]
    under = len(set(sizes.values()))
    if numbered := find_numbered_level(text):
        return under + numbered if piece.bold or not _continues(piece, following) else None
    stands_out = piece.bold and (following is None or not following.bold) and (before is None or not before.bold)
    if stands_out and not ends_sentence(text) and not is_item(text):
        return under + 3
    if stands_out and is_short_number(text):
        return under + 2
    apart = before is None or _gap(before, piece) > 0.9 * piece.size
    if not sizes and apart and is_titled(text) and following is not None and text.upper() == text and text.isascii():
        return under + 2
    return None


def _continues(piece: Piece, following: Piece | None) -> bool:
    """Return whether the next line is the rest of this one: the line runs to the edge and the next begins small."""
    return following is not None and following.text[:1].islower()


def _goes_on(last: Piece, piece: Piece, widest: float) -> bool:
    """Return whether a line belongs to the paragraph of the line before it."""
    if is_item(piece.text) or is_article(piece.text) or abs(last.size - piece.size) > 0.15 * last.size:
        return False
    distance = last.middle - piece.middle
    if distance < 0 or distance > 2.1 * last.size:
        # The top of another column goes on with a sentence that is not finished.
        return distance < 0 and not ends_sentence(last.text)
    is_short = last.right < widest - 6 * last.size
    if ends_sentence(last.text) and (is_short or piece.left > last.left + 1.2 * last.size):
        return False
    return not (ends_sentence(last.text) and _gap(last, piece) > 0.9 * last.size)


def _join_pages(pages: Sequence[Sequence[Block]]) -> list[Block]:
    """Return the blocks of all pages; a paragraph or a table that runs over a page is one."""
    joined: list[Block] = []
    for blocks in pages:
        for place, block in enumerate(blocks):
            before = joined[-1] if joined and not place else None
            if before and before.kind == block.kind == "text" and not ends_sentence(before.text):
                joined[-1] = replace(before, text=join_lines(before.text, block.text))
            elif before and before.kind == block.kind == "table" and len(before.rows[0]) == len(block.rows[0]):
                rows = block.rows[1:] if block.rows[0] == before.rows[0] else block.rows
                joined[-1] = replace(before, rows=(*before.rows, *rows))
            else:
                joined.append(block)
    return joined
