"""Recognise documents, and tell them from files of questions and replies."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from data.formats import html_page, marked_text
from data.formats.columns import find_columns
from data.formats.encoding import detect_encoding
from data.formats.errors import FormatError

SUFFIXES = (".pdf", ".docx", ".epub", ".html", ".htm", ".xhtml", ".md", ".markdown", ".txt")
"""The endings of documents."""
_MARKDOWN = frozenset({".md", ".markdown"})
_HTML = frozenset({".html", ".htm", ".xhtml"})
_PDF, _ZIP, _OLE = b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 1024
_LOOKED_AT = 2**18
_MARKUP = re.compile(r"<(?:!doctype\s+html|html|body|div|p|h[1-6]|table)\b", re.I)
_QUESTION = re.compile(
    r"\s*(?:[#>*\-]+\s*)?(?:\*\*|__)?\s*(?:(?:问题?|提问|用户问|[Qq](?:uestion)?)\s*(?:\d{1,4})?\s*[.、)）]?\s*(?:\*\*|__)?\s*[:：.、]|【问】)"
)
_ANSWER = re.compile(
    r"\s*(?:[#>*\-]+\s*)?(?:\*\*|__)?\s*(?:(?:答案?|回答|答复|[Aa](?:nswer)?)\s*(?:\d{1,4})?\s*[.、)）]?\s*(?:\*\*|__)?\s*[:：.、]|【答】)"
)
_TAG = re.compile(r"<[^>]+>")
_PARLAI = re.compile(r"(?:^|\t)text:")


def find_format(path: Path) -> str:
    """Return the format of a document: "pdf", "docx", "epub", "html", "markdown" or "text".

    Raises:
        FormatError: It is none of them.
        OSError: It cannot be read.
    """
    if path.is_dir():
        raise FormatError(f"{path} is a folder; expected a document.")
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise FormatError(f"{path.name} is empty. Give a document with text in it.")
    suffix = path.suffix.lower()
    # Some programs write a few bytes before the sign of a PDF.
    if _PDF in head:
        return "pdf"
    if head.startswith(_ZIP):
        return _find_archive_format(path)
    if head.startswith(_OLE):
        raise FormatError(
            f"{path.name} is an old or password-protected Office file; expected DOCX or PDF. Save it as .docx without a password."
        )
    if suffix in (".pdf", ".docx", ".epub"):
        raise FormatError(
            f"{path.name} is no {suffix[1:].upper()} file, whatever its name says. Copy or save it again."
        )
    if suffix in _HTML:
        return "html"
    if suffix in _MARKDOWN:
        return "markdown"
    return "html" if _MARKUP.search(_read_start(path)[:2000]) and suffix != ".txt" else "text"


def _find_archive_format(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise FormatError(f"{path.name} is broken ({error}); expected DOCX or EPUB. Copy or save it again.") from error
    if "word/document.xml" in parts or any(part.startswith("word/document") for part in parts):
        return "docx"
    if "META-INF/container.xml" in parts:
        return "epub"
    raise FormatError(
        f"{path.name} is a ZIP archive without a document; expected DOCX or EPUB. Unpack it and give the files, or their folder."
    )


def _read_start(path: Path) -> str:
    with path.open(encoding=detect_encoding(path), errors="replace") as file:
        return file.read(_LOOKED_AT)


def is_document(path: Path) -> bool:
    """Return whether a file is a document, rather than a file of questions and replies.

    A text, Markdown or HTML file is a file of questions and replies if it is a table of them, or marks them as such (Q: and A:,
    问： and 答：). The format of a file that is neither is not looked at.

    Raises:
        FormatError: It is text in no known encoding.
        OSError: It cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        with path.open("rb") as file:
            head = file.read(_HEAD)
        return _PDF in head[:32]
    if suffix in (".pdf", ".docx", ".epub"):
        return True
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if _PDF in head or head.startswith(_ZIP):
        return True
    if not head:
        return False
    text = _read_start(path)
    if suffix in _HTML:
        return not html_page.holds_pairs(text)
    return not (holds_pairs(text, suffix) or marked_text.is_marked(text.split("\n")))


def holds_pairs(text: str, suffix: str = ".txt") -> bool:
    """Return whether a text is a list of questions with their replies.

    >>> holds_pairs("问：几点开门？\\n答：九点。"), holds_pairs("退货须在七天内提出。\\n运费由买方承担。")
    (True, False)
    """
    if suffix in _HTML:
        text = _TAG.sub("\n", text)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return False
    asked = sum(bool(_QUESTION.match(line)) for line in lines)
    answered = sum(bool(_ANSWER.match(line)) for line in lines)
    if asked and answered and min(asked, answered) * 2 >= max(asked, answered):
        # A manual may end with a few questions; a list of questions begins with one.
        return asked + answered >= 0.2 * len(lines) or any(_QUESTION.match(line) for line in lines[:3])
    if suffix in _MARKDOWN:
        rows = [line.strip() for line in lines if line.strip().startswith("|")]
        return len(rows) * 2 > len(lines) and _is_header(rows[0].strip("|").split("|"))
    if suffix in _HTML:
        return False
    if lines[0].lstrip()[0] in "{[" and suffix == ".txt" and re.match(r'\s*(?:\[\s*)?\{\s*"', text):
        return True
    return bool(_PARLAI.search(lines[0])) or _is_table(lines)


def _is_table(lines: list[str]) -> bool:
    for delimiter in ("\t", ",", ";", "|"):
        cells = lines[0].strip("|").split(delimiter)
        if len(cells) > 1 and _is_header(cells):
            return True
    tabbed = sum(1 for line in lines if line.strip().count("\t") == 1)
    return tabbed >= 0.8 * len(lines)


def _is_header(cells: list[str]) -> bool:
    try:
        return find_columns([cell.strip().strip('"') for cell in cells]) is not None
    except FormatError:
        return False


def list_files(folder: Path) -> Iterator[Path]:
    """Yield the documents and other files of a folder and those below it, in order; hidden ones are left out."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith((".", "~$", "__MACOSX")) for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            yield path
