"""Read the picture of a page where the extra `ocr` is installed."""

from __future__ import annotations

from functools import cache

from data.documents.block import Recognise
from data.image import PictureError
from vqa import ocr


@cache
def find_page_reader() -> Recognise | None:
    """Return what reads the picture of a page, given as PNG; None where nothing is installed that can."""
    if not ocr.is_installed():
        return None
    reader = ocr.TextReader(threads=2, cache_size=1)

    def read(page: bytes) -> str:
        try:
            return "\n".join(line.text for line in reader.read(page))
        except PictureError:
            # The page is then named as unread.
            return ""

    return read
