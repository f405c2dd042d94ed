"""Read a saved web page."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from data.documents.block import Block
from data.documents.markup import read_markup
from data.formats.encoding import detect_encoding

_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", re.I)


def read(path: Path) -> list[Block]:
    """Return the blocks of an HTML file. Nothing that it refers to is fetched.

    Raises:
        FormatError: It is not text in a known encoding.
    """
    return read_markup(read_page(path))


def read_page(path: Path) -> str:
    """Return the text of an HTML file, in the encoding that it names, if its bytes are that.

    Raises:
        FormatError: It is not text in a known encoding.
    """
    data = path.read_bytes()
    found = _CHARSET.search(data[:4096])
    if found is not None and not data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = found[1].decode().lower()
        # What pages call gb2312 holds characters of its extensions.
        name = "gb18030" if name in ("gb2312", "gbk") else "cp1252" if name in ("iso-8859-1", "latin1") else name
        try:
            return data.decode(name)
        except (LookupError, UnicodeDecodeError):
            pass
    return path.read_text(encoding=detect_encoding(path))
