"""Read documents, one module for each format, and cut them into passages; the format is recognised from the content."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from data.documents import docx, epub, markdown, pdf, plain_text, web_page
from data.documents.block import Block, Document, Progress, Recognise, UnreadPage
from data.documents.cutter import cut_passages
from data.documents.recognise import SUFFIXES, find_format, is_document, list_files
from data.formats.errors import MAX_BYTES, FormatError

__all__ = [
    "SUFFIXES",
    "Block",
    "Document",
    "UnreadPage",
    "cut_passages",
    "is_document",
    "list_files",
    "read_document",
]

_READERS: dict[str, Callable[[Path], list[Block]]] = {
    "docx": docx.read,
    "html": web_page.read,
    "markdown": markdown.read,
    "text": plain_text.read,
}


def read_document(
    path: Path,
    name: str | None = None,
    progress: Progress = lambda done, total: None,
    recognise: Recognise | None = None,
) -> Document:
    """Read a document.

    Args:
        path: The file.
        name: The name that its passages keep; that of the file if not given.
        progress: Called with the pages or chapters read so far, and the number of all.
        recognise: Reads the picture of a page without a text layer; without it such pages are named as unread.

    Raises:
        FormatError: It is no document that can be read, is empty, or is larger than MAX_BYTES.
        OSError: It cannot be read.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise FormatError(
            f"{path.name} has {size / 2**20:.0f} MiB; at most {MAX_BYTES // 2**20} MiB are allowed. Split it into several files."
        )
    name = name or path.name
    format_name = find_format(path)
    if format_name == "pdf":
        found = pdf.read(path, progress, recognise)
        document = Document(name, found.blocks, found.pages, found.unread, found.recognised)
    elif format_name == "epub":
        document = Document(name, tuple(epub.read(path, progress)))
    else:
        document = Document(name, tuple(_READERS[format_name](path)))
        progress(1, 1)
    if not any(block.kind != "heading" for block in document.blocks):
        raise FormatError(_explain_empty(path, document))
    return document


def _explain_empty(path: Path, document: Document) -> str:
    if not document.unread:
        return f"{path.name} has no text that can be read. Give a document with text in it."
    if document.unread[0].why == "garbled":
        return (
            f"{path.name}: the text layer of its pages is garbled: its letters are not those one sees. Print "
            "it as PDF anew from the program that made it, or install the extra `ocr` to read its pictures."
        )
    return (
        f"{path.name}: all of its pages are pictures without text (a scan). Install the extra `ocr` to read them, or "
        "give a version with text."
    )
