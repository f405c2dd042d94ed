"""The lines of a PDF page, with where they stand and how large they are printed. THE ONLY FILE THAT IMPORTS pypdfium2."""

from __future__ import annotations

import ctypes
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.formats.errors import FormatError

_LOCK = threading.Lock()
"""PDFium is not made for several threads."""
_GAP = 1.4
"""Of so many letter heights between two pieces of a line, they are cells of a table."""
_BOLD = 600
_PASSWORD = 4
_DPI = 200 / 72
_MOST_PIXELS = 4000


@dataclass(frozen=True)
class Piece:
    """Text that is printed on one line without a wide gap; in points, from the lower left corner of the page."""

    text: str
    size: float
    bold: bool
    left: float
    right: float
    bottom: float
    top: float

    @property
    def middle(self) -> float:
        """The height of the middle of the line."""
        return (self.bottom + self.top) / 2


@dataclass(frozen=True)
class Page:
    """A page: its lines in the order of the file, each a list of pieces, and whether it shows anything but text."""

    number: int
    lines: tuple[tuple[Piece, ...], ...]
    text: str
    has_picture: bool


class PdfFile:
    """A PDF, open for reading."""

    def __init__(self, document: Any) -> None:
        self._document = document

    def __len__(self) -> int:
        with _LOCK:
            return len(self._document)

    def read_page(self, number: int) -> Page:
        """Return the page of that number, from 1."""
        with _LOCK:
            page = self._document[number - 1]
            try:
                return _read_page(page, number)
            finally:
                page.close()

    def render_page(self, number: int) -> bytes:
        """Return the page of that number, from 1, as a PNG picture of 200 dots per inch, fewer where it is large."""
        with _LOCK:
            page = self._document[number - 1]
            try:
                scale = min(_DPI, _MOST_PIXELS / max(*page.get_size(), 1))
                picture = page.render(scale=scale, grayscale=True).to_pil()
            finally:
                page.close()
        stream = io.BytesIO()
        picture.save(stream, "PNG")
        return stream.getvalue()


@contextmanager
def open_pdf(path: Path) -> Iterator[PdfFile]:
    """Open a PDF.

    Raises:
        FormatError: It is broken, or protected by a password.
    """
    import pypdfium2

    # Whole into memory: a file that is replaced while it is read would be read half old, half new.
    data = path.read_bytes()
    with _LOCK:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if getattr(error, "err_code", None) == _PASSWORD or "password" in str(error).lower():
                raise FormatError(
                    f"{path.name} is protected by a password; expected a PDF that opens without one. Save a copy without it."
                ) from error
            raise FormatError(
                f"{path.name} is broken ({error}); expected a PDF. Open it in a reader and print or save it as PDF again."
            ) from error
    try:
        yield PdfFile(document)
    finally:
        with _LOCK:
            document.close()


def _read_page(page: Any, number: int) -> Page:
    from pypdfium2 import raw

    has_picture = any(
        raw.FPDFPageObj_GetType(raw.FPDFPage_GetObject(page, place)) in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_PATH)
        for place in range(min(raw.FPDFPage_CountObjects(page), 200))
    )
    text_page = page.get_textpage()
    try:
        count = text_page.count_chars()
        text = text_page.get_text_range() if count else ""
        if len(text) != count:
            # Characters beyond the first plane take two places in the text and one in the page.
            text = "".join(chr(raw.FPDFText_GetUnicode(text_page, place) or 32) for place in range(count))
        lines = []
        start = 0
        for part in text.replace("\r\n", "\n\n").replace("\r", "\n").split("\n"):
            if part.strip():
                lines.append(tuple(_cut_pieces(raw, text_page, start, part)))
            start += len(part) + 1
    finally:
        text_page.close()
    return Page(number, tuple(line for line in lines if line), text, has_picture)


def _cut_pieces(raw: Any, text_page: Any, start: int, text: str) -> Iterator[Piece]:
    """Yield the pieces of a line, which begins at that character of the page."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    size = 0.0
    for place in range(len(text)):
        if not text[place].isspace():
            size = _measure_size(raw, text_page, start + place)
            break
    begun: int | None = None
    box = [0.0, 0.0, 0.0, 0.0]
    for place, character in enumerate(text):
        if character.isspace() or character in "\ufffe\x02":
            continue
        if not raw.FPDFText_GetCharBox(text_page, start + place, left, right, bottom, top):
            continue
        now = [left.value, right.value, bottom.value, top.value]
        if begun is not None and now[0] - box[1] > _GAP * max(size, 4.0):
            yield _build_piece(raw, text_page, start + begun, text[begun:place], size, box)
            begun = None
        if begun is None:
            begun, box = place, now
        else:
            box = [min(box[0], now[0]), max(box[1], now[1]), min(box[2], now[2]), max(box[3], now[3])]
    if begun is not None:
        yield _build_piece(raw, text_page, start + begun, text[begun:], size, box)


def _measure_size(raw: Any, text_page: Any, place: int) -> float:
    # The height of the box, not the size of the font: many programs write letters of size 1 and enlarge them.
    box = raw.FS_RECTF()
    if raw.FPDFText_GetLooseCharBox(text_page, place, box) and box.top > box.bottom:
        return float(box.top - box.bottom)
    return float(raw.FPDFText_GetFontSize(text_page, place))


def _build_piece(raw: Any, text_page: Any, place: int, text: str, size: float, box: list[float]) -> Piece:
    bold = raw.FPDFText_GetFontWeight(text_page, place) >= _BOLD or _is_named_bold(raw, text_page, place)
    return Piece(text.strip(), round(size, 1), bold, box[0], box[1], box[2], box[3])


def _is_named_bold(raw: Any, text_page: Any, place: int) -> bool:
    flags = ctypes.c_int()
    buffer = ctypes.create_string_buffer(128)
    length = raw.FPDFText_GetFontInfo(text_page, place, buffer, 128, flags)
    name = buffer.value.decode("utf-8", "replace").lower() if 0 < length <= 128 else ""
    return any(word in name for word in ("bold", "black", "heavy", "simhei", "semibold"))
