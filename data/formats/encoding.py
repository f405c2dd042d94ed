"""A text file as people have it: in which encoding it is."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from data.formats.errors import FormatError

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# No text holds NUL. Other control characters stray into real texts, but nearly any bytes read as GB18030, so there they tell.
_NUL = re.compile("\x00")
_CONTROL = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1f]")
_BLOCK = 2**18
# A UTF-8 file of which a byte was broken reads as GB18030 too, all of it wrong; GBK read as UTF-8 is nearly all broken.
_STILL_UTF8 = 0.7
_ADVICE = "Save it as UTF-8 text (CSV UTF-8 in a spreadsheet program) and try again."


def detect_encoding(path: Path) -> str:
    """The Python name of the encoding: UTF-8 with or without BOM, UTF-16 with BOM, else GB18030 (which holds GBK).

    The whole file is decoded, a block at a time. Raises FormatError for what is not text in one of these.
    """
    with path.open("rb") as file:
        head = file.read(4)
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            if not _decodes(path, encoding):
                raise FormatError(f"{path.name} begins as {encoding} text but is damaged further on. {_ADVICE}")
            return encoding
    if _decodes(path, "utf-8"):
        return "utf-8"
    if _share_of_utf8(path) > _STILL_UTF8:
        raise FormatError(f"{path.name} is UTF-8 text with bytes in it that are not. {_ADVICE}")
    if _decodes(path, "gb18030"):
        return "gb18030"
    raise FormatError(f"{path.name} is no text in UTF-8, UTF-16 or GB18030. {_ADVICE}")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    binary = _CONTROL if encoding == "gb18030" else _NUL
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                _refuse_binary(path, binary.search(decoder.decode(block)))
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _refuse_binary(path: Path, found: re.Match[str] | None) -> None:
    if found:
        raise FormatError(
            f"{path.name} is a binary file (it holds the byte {ord(found.group()):#04x}); expected CSV, TSV, XLSX, JSONL or "
            f"ParlAI text. {_ADVICE}"
        )


def _share_of_utf8(path: Path) -> float:
    """The share of characters beyond ASCII that are whole, read as UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    whole = broken = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            text = decoder.decode(block)
            lost = text.count("\ufffd")
            broken += lost
            whole += sum(character > "\x7f" for character in text) - lost
    return whole / (whole + broken) if whole + broken else 0.0
