"""Cut a document into passages: what stands under one heading, a few paragraphs at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from data.documents.block import Block, Document
from data.han import HAN_RANGE
from data.records import Passage
from data.text.clean import clean
from data.text.sentences import split_sentences

MAX_SIZE = 200
"""How much a passage holds, in units of about a subword: a Chinese character, or four Latin letters."""
_FULL = 120
"""A passage that holds so much takes in no further paragraph."""
CELL = " | "
"""What stands between the cells of a row."""
_HAN = re.compile(f"[{HAN_RANGE}]")
_MAX_HEADING = 120
_LEAD = re.compile(
    r"[:：]$|(?:如下|下表|见表|以下)[^。，]{0,6}[。.]?$|\b(?:following|below|as follows)[^.,]{0,20}\.?$", re.I
)


def measure_size(text: str) -> float:
    """Return how much a text holds, in the units of MAX_SIZE.

    >>> measure_size("退货 abcd")
    3.25
    """
    han = len(_HAN.findall(text))
    return han + (len(text) - han) / 4


def cut_passages(document: Document) -> list[Passage]:
    """Return the passages of a document, in order. Headings without text under them are only named by what follows."""
    passages: list[Passage] = []
    path: list[tuple[int, str]] = []
    section: list[Block] = []

    def end_section() -> None:
        heading = tuple(text for _, text in path)
        for page, text in _pack(section):
            passages.append(Passage(document.file, heading, page, text))
        section.clear()

    for block in document.blocks:
        if block.kind != "heading":
            section.append(block)
            continue
        end_section()
        while path and path[-1][0] >= block.level:
            path.pop()
        path.append((block.level, _to_one_line(block.text)))
    end_section()
    return passages


def _to_one_line(text: str) -> str:
    line = " ".join(clean(text).split())
    return line if len(line) <= _MAX_HEADING else line[: _MAX_HEADING - 1] + "…"


def _pack(blocks: Sequence[Block]) -> Iterator[tuple[int | None, str]]:
    """Yield the page and the text of passages that hold the blocks of one section."""
    lines: list[str] = []
    page: int | None = None
    size = 0.0
    for block, text in _cut_blocks(blocks):
        own = measure_size(text)
        is_led = bool(lines) and bool(_LEAD.search(lines[-1]))
        is_full = size + own > MAX_SIZE or (size >= _FULL and block.kind != "item")
        if lines and is_full and not (is_led and size < _FULL):
            # The sentence that leads to a list goes with the list.
            carried = [lines.pop()] if is_led and len(lines) > 1 else []
            yield page, "\n".join(lines)
            lines, page = carried, None if not carried else page
            size = sum(map(measure_size, lines))
        if not lines or page is None:
            page = block.page
        lines.append(text)
        size += own
    if lines:
        yield page, "\n".join(lines)


def _cut_blocks(blocks: Sequence[Block]) -> Iterator[tuple[Block, str]]:
    """Yield blocks with their text, long ones in several parts of at most MAX_SIZE."""
    for block in blocks:
        if block.kind == "table":
            for text in _cut_table(block.rows):
                yield block, text
        else:
            for text in _cut_text(clean(block.text)):
                yield block, text


def _cut_text(text: str) -> Iterator[str]:
    """Yield a paragraph in parts of whole sentences."""
    if measure_size(text) <= MAX_SIZE:
        if text:
            yield text
        return
    part = ""
    for sentence in split_sentences(text):
        for piece in _cut_sentence(sentence):
            joined = _append(part, piece)
            if part and measure_size(joined) > MAX_SIZE * 0.8:
                yield part
                joined = piece
            part = joined
    if part:
        yield part


def _cut_sentence(sentence: str) -> Iterator[str]:
    """Yield a sentence in parts of at most MAX_SIZE, cut at a comma or a space where there is one."""
    while measure_size(sentence) > MAX_SIZE:
        end = len(sentence)
        while measure_size(sentence[:end]) > MAX_SIZE:
            end = end * 3 // 4
        cuts = [found.end() for found in re.finditer(r"[，,；;、\s]", sentence[:end])]
        end = cuts[-1] if cuts and cuts[-1] > end // 2 else end
        yield sentence[:end].strip()
        sentence = sentence[end:].strip()
    if sentence:
        yield sentence


def _append(text: str, sentence: str) -> str:
    if not text:
        return sentence
    return text + ("" if _HAN.search(text[-2:]) or not text[-1].isascii() else " ") + sentence


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row names the columns: no cell empty or twice, and none a mere number."""
    if len(rows) < 2:
        return False
    first = rows[0]
    named = all(cell and not re.fullmatch(r"[\d\W_]+", cell) for cell in first[1:])
    return named and len(set(first)) == len(first)


def _cut_table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the rows of a table as lines; where it is cut, each part begins with the header."""
    if not rows:
        return
    lines = [CELL.join(" ".join(cell.split()) or "-" for cell in row) for row in rows]
    header = lines.pop(0) if has_header(rows) else None
    part: list[str] = []
    for line in lines:
        if part and measure_size("\n".join([header or "", *part, line])) > MAX_SIZE:
            yield "\n".join([header, *part] if header else part)
            part = []
        part.append(line)
    if part:
        yield "\n".join([header, *part] if header else part)
