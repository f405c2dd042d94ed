"""Write a PDF with a text layer, without a library: headings, paragraphs, lists and tables in either language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from data.documents.block import Block
from data.han import HAN_RANGE

_WIDTH, _HEIGHT, _MARGIN = 595.0, 842.0, 64.0
_SIZES = {1: 20.0, 2: 15.0, 3: 12.5}
_BODY = 10.5
_WIDE = re.compile(f"[{HAN_RANGE}\u3000-\u303f\uff00-\uffef“”‘’]")
_NARROW = frozenset("iljtfrI.,:;'!|()[]- ")


@dataclass
class _Canvas:
    """The pages that were begun, as the operators that draw them."""

    footer: str
    pages: list[list[str]] = field(default_factory=list)
    height: float = 0.0

    def need(self, room: float) -> None:
        """Begin a new page where less than that many points are left."""
        if not self.pages or self.height - room < _MARGIN + 20:
            self.pages.append([])
            self.height = _HEIGHT - _MARGIN
            number = len(self.pages)
            self._draw(_MARGIN, _HEIGHT - 36, 8, self.footer, False)
            self._draw(_WIDTH / 2, 36, 8, str(number), False)

    def write(self, text: str, size: float, bold: bool, left: float = _MARGIN, room: float = 0.0) -> None:
        """Write a line and go down by it."""
        self.need(size * 1.5 + room)
        self.height -= size * 1.5
        self._draw(left, self.height, size, text, bold)

    def _draw(self, left: float, bottom: float, size: float, text: str, bold: bool) -> None:
        for font, part in _split_scripts(text, bold):
            self.pages[-1].append(f"BT /{font} {size} Tf {left:.1f} {bottom:.1f} Td <{_encode(font, part)}> Tj ET")
            left += measure_width(part, size)

    def draw_row(self, cells: Iterable[str], widths: list[float], bold: bool) -> None:
        """Draw the cells of a row side by side, wrapped within their columns."""
        wrapped = [list(wrap(cell, width - 14, _BODY)) for cell, width in zip(cells, widths, strict=True)]
        deepest = max(map(len, wrapped))
        self.need(deepest * _BODY * 1.4 + 6)
        left, top = _MARGIN, self.height
        for lines, width in zip(wrapped, widths, strict=True):
            for place, line in enumerate(lines):
                self._draw(left, top - (place + 1) * _BODY * 1.4, _BODY, line, bold)
            left += width
        self.height = top - deepest * _BODY * 1.4 - 4


def _split_scripts(text: str, bold: bool) -> Iterator[tuple[str, str]]:
    for part in re.findall(rf"(?:{_WIDE.pattern})+|[^{HAN_RANGE}\u3000-\u303f\uff00-\uffef“”‘’]+", text):
        yield ("C" if _WIDE.match(part) else "B" if bold else "F"), part


def _encode(font: str, text: str) -> str:
    return text.encode("utf-16-be" if font == "C" else "cp1252", "replace").hex()


def measure_width(text: str, size: float) -> float:
    """Return about how wide a text is, in points."""
    return size * sum(1.0 if _WIDE.match(sign) else 0.28 if sign in _NARROW else 0.556 for sign in text)


def wrap(text: str, width: float, size: float) -> Iterator[str]:
    """Yield the lines of a text that is set in a column of that width, in points."""
    line = ""
    for part in re.findall(rf"{_WIDE.pattern}|[^\s{HAN_RANGE}\u3000-\u303f\uff00-\uffef“”‘’]+\s*|\s+", text):
        if line and measure_width(line + part.rstrip(), size) > width and part not in "，。；：、！？）”":
            yield line.rstrip()
            line = part.lstrip()
        else:
            line += part
    yield line.rstrip()


def write_pdf(path: Path, blocks: Iterable[Block], footer: str = "") -> None:
    """Write the blocks as a PDF of A4 pages; footer stands at the top of each, above the number at the bottom."""
    canvas = _Canvas(footer)
    column = _WIDTH - 2 * _MARGIN
    for block in blocks:
        if block.kind == "table":
            count = len(block.rows[0])
            for number, row in enumerate(block.rows):
                canvas.draw_row(row, [column / count] * count, number == 0)
            canvas.height -= 8
            continue
        size = _SIZES.get(block.level, 11.5) if block.kind == "heading" else _BODY
        canvas.need(size * 3)
        canvas.height -= size * (0.8 if block.kind == "heading" else 0.4)
        text = "• " + block.text.removeprefix("- ") if block.text.startswith("- ") else block.text
        for number, line in enumerate(wrap(text, column, size)):
            canvas.write(line, size, block.kind == "heading", room=2 * _BODY if not number else 0)
    path.write_bytes(_assemble(canvas.pages))


def _assemble(pages: list[list[str]]) -> bytes:
    fonts = (
        "<< /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >> "
        "/B << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >> "
        "/C << /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts "
        "[<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) "
        "/Supplement 2 >> /DW 1000 /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox "
        "[-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >> >>] >> >>"
    )
    kids = " ".join(f"{3 + 2 * place} 0 R" for place in range(len(pages)))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>"]
    for place, operators in enumerate(pages):
        content = "\n".join(operators)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH:.0f} {_HEIGHT:.0f}] /Resources << /Font {fonts} >> "
            f"/Contents {4 + 2 * place} 0 R >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    made = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n"
    )
    return made + f"{end}startxref\n{len(made)}\n%%EOF\n".encode("latin-1")
