"""Read files of questions and replies, one module for each format; the format is recognised from the content."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from data.formats import faq, html_page, jsonl, markdown, marked_text, parlai, sheet
from data.formats.encoding import detect_encoding
from data.formats.errors import (
    MAX_BYTES,
    FormatError,
    RejectedRow,
    Sentence,
    UnknownColumnsError,
    translate,
    validate_entry,
)
from data.formats.reading import ColumnChoice, Reading
from data.records import Pair

__all__ = [
    "FORMATS",
    "ColumnChoice",
    "FormatError",
    "Reading",
    "RejectedRow",
    "UnknownColumnsError",
    "read_pairs",
    "recognise",
    "translate",
    "validate_entry",
]

FORMATS: tuple[tuple[str, Callable[[Path, Reading], Iterator[Pair | RejectedRow]]], ...] = (
    ("faq", faq.read),
    ("sheet", sheet.read),
    ("jsonl", jsonl.read),
    ("parlai", parlai.read),
    ("marked_text", marked_text.read),
    ("markdown", markdown.read),
    ("html_page", html_page.read),
)
"""The name of each format and the function that reads it."""

MAX_PAIRS = 1_000_000
MAX_REJECTED = 10_000
"""A file with more rows that cannot be read is refused as a whole: its columns are not what they were taken for."""

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS = (
    (b"\x1f\x8b", "a gzip archive", "gzip 压缩包"),
    (b"%PDF", "a PDF document", "PDF 文档"),
    (b"{\\rtf", "an RTF document", "RTF 文档"),
    (b"\x89PNG", "a picture", "图片"),
    (b"\xff\xd8\xff", "a picture", "图片"),
    (b"Rar!", "a RAR archive", "RAR 压缩包"),
    (b"7z\xbc\xaf", "a 7z archive", "7z 压缩包"),
    (b"SQLite format 3", "an SQLite database", "SQLite 数据库"),
)
_JSON_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson"})
_HTML_SUFFIXES = frozenset({".html", ".htm", ".xhtml"})
_MARKDOWN_SUFFIXES = frozenset({".md", ".markdown"})
_PROSE_SUFFIXES = frozenset({".txt", ".text", ".rst", *_MARKDOWN_SUFFIXES, *_HTML_SUFFIXES})
_HTML = re.compile(r"\s*<(!doctype\s+html|html|head|body|article|main|section|div|h1)\b", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->|<\?xml[^>]{0,200}\?>", re.DOTALL)
_LOOKED_AT = 2**16


def recognise(path: Path) -> str:
    """Return the name of a file's format, one of FORMATS, from its content; the extension only resolves doubts.

    Raises:
        FormatError: The file has no known format, is empty, or is larger than MAX_BYTES.
        OSError: It cannot be read.
    """
    _refuse_size(path)
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(_ZIP):
        sheet.refuse_archive(path, "XLSX")
        return "sheet"
    if head.startswith(_OLE):
        raise FormatError(
            Sentence(
                f"{path.name} is an old or password-protected Office file; expected XLSX. Save it as .xlsx without a password.",
                f"{path.name} 是旧版或带密码的 Office 文件；应为 XLSX。请另存为不带密码的 .xlsx。",
            )
        )
    for begins, english, chinese in _OTHERS:
        if head.startswith(begins):
            raise FormatError(
                Sentence(
                    f"{path.name} is not text: it is {english}; expected a table, JSON or text with questions and replies.",
                    f"{path.name} 不是文本，而是{chinese}；应为含问题和答案的表格、JSON 或文本。",
                )
            )
    encoding = detect_encoding(path)
    with path.open(encoding=encoding) as text:
        looked_at = text.read(_LOOKED_AT)
    lines = [line for line in looked_at.split("\n") if line.strip()]
    if not lines:
        raise _refuse_empty(path)
    return _recognise_text(path, looked_at, lines)


def read_pairs(path: Path, name: str | None = None, reading: Reading | None = None) -> Iterator[Pair | RejectedRow]:
    """Yield the pairs of a file in order, and a RejectedRow in the place of each row that is not one.

    Args:
        path: The file; its rows are streamed.
        name: The format, one of FORMATS; recognised if it is not given.
        reading: Says which columns a person named, and is told what was understood; read it when the last pair has come.

    Raises:
        UnknownColumnsError: The columns cannot be told; a person has to name them.
        FormatError: The file does not have the format; raised at once, or while it is read.
        ValueError: There is no format of that name.
    """
    readers = dict(FORMATS)
    if name is None:
        name = recognise(path)
    elif name not in readers:
        raise ValueError(f"There is no format {name!r}; expected one of {', '.join(readers)}.")
    else:
        _refuse_size(path)
    reading = reading if reading is not None else Reading()
    reading.format = name
    return _limit(readers[name](path, reading), path.name, reading)


def _limit(items: Iterator[Pair | RejectedRow], name: str, reading: Reading) -> Iterator[Pair | RejectedRow]:
    taken = refused = 0
    for item in items:
        if isinstance(item, Pair):
            taken += 1
        else:
            refused += 1
        if taken > MAX_PAIRS or refused > MAX_REJECTED:
            raise _refuse_many(name, item, taken > MAX_PAIRS)
        yield item
    reading.finish()


def _refuse_many(name: str, last: Pair | RejectedRow, is_long: bool) -> FormatError:
    if is_long:
        return FormatError(
            Sentence(
                f"{name} has more than {MAX_PAIRS} questions; split it into several files.",
                f"{name} 的问题超过 {MAX_PAIRS} 个；请分成几个文件。",
            )
        )
    why = last.why if isinstance(last, RejectedRow) else ""
    return FormatError(
        Sentence(
            f"{name} has more than {MAX_REJECTED} rows that cannot be taken, the last at {last.place} ({why}). "
            "Its columns may not be "
            "the ones they were taken for; correct the file and try again.",
            f"{name} 有超过 {MAX_REJECTED} 行无法取用，最后一行在 {last.place}（{translate(why, 'zh')}）。"
            "列可能认错了；请检查文件后再试。",
        )
    )


def _refuse_size(path: Path) -> None:
    if path.is_dir():
        raise FormatError(
            Sentence(
                f"{path} is a folder; expected a file. Name the files in it one by one.",
                f"{path} 是文件夹；请逐个给出其中的文件。",
            )
        )
    size = path.stat().st_size
    if size == 0:
        raise _refuse_empty(path)
    if size > MAX_BYTES:
        raise FormatError(
            Sentence(
                f"{path.name} has {size / 2**20:.0f} MiB; at most {MAX_BYTES // 2**20} MiB are allowed. Split "
                "it into several files.",
                f"{path.name} 有 {size / 2**20:.0f} MiB，最多 {MAX_BYTES // 2**20} MiB。请分成几个文件。",
            )
        )


def _refuse_empty(path: Path) -> FormatError:
    return FormatError(
        Sentence(
            f"{path.name} is empty. Give a file with questions and replies in it.",
            f"{path.name} 是空的。请给出含有问题和答案的文件。",
        )
    )


def _recognise_text(path: Path, text: str, lines: list[str]) -> str:
    suffix = path.suffix.lower()
    if _HTML.match(_COMMENT.sub("", text)) or (suffix in _HTML_SUFFIXES and text.lstrip().startswith("<")):
        return "html_page"
    if _is_json(lines, suffix):
        return "jsonl"
    if {"text"} < parlai.parse_fields(lines[0]).keys():
        return "parlai"
    ended = [f"{line}\n" for line in text.split("\n")]
    is_markdown = markdown.holds_pairs(text.split("\n"))
    if is_markdown and any(line.lstrip().startswith("|") for line in lines):
        return "markdown"
    if marked_text.is_marked(lines):
        # A table whose cells speak of Q: is one still.
        return "faq" if suffix in (".csv", ".tsv") and faq.is_table(ended, suffix) else "marked_text"
    if faq.is_table(ended, suffix):
        return "faq"
    if is_markdown or suffix in _MARKDOWN_SUFFIXES:
        return "markdown"
    if suffix in _PROSE_SUFFIXES and not any(delimiter in line for line in lines[:5] for delimiter in "\t,;|，；｜"):
        return "markdown"
    return "faq"


def _is_json(lines: list[str], suffix: str) -> bool:
    first = lines[0].strip().lstrip("\ufeff")
    if not first or first[0] not in "{[":
        return False
    if suffix in _JSON_SUFFIXES or first in ("[", "{") or re.match(r"\[\s*\{", first):
        return True
    if suffix not in (".csv", ".tsv") and re.match(r"\{\s*\"", first):
        return True
    for line in lines[:5]:
        try:
            if isinstance(json.loads(line), dict):
                return True
        except (ValueError, RecursionError):
            continue
    return False
