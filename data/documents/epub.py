"""Read EPUB: the chapters in the order of the book."""

from __future__ import annotations

import posixpath
import re
import zipfile
from pathlib import Path
from urllib.parse import unquote

from data.documents.archive import open_archive
from data.documents.block import Block, Progress
from data.documents.markup import read_markup
from data.formats.errors import FormatError

_CONTAINER = "META-INF/container.xml"
_ENCRYPTED = "META-INF/encryption.xml"
_ROOTFILE = re.compile(r"<(?:\w+:)?rootfile\b[^>]*\bfull-path\s*=\s*[\"']([^\"']+)")
_ITEM = re.compile(r"<(?:\w+:)?item\b[^>]*>")
_ITEMREF = re.compile(r"<(?:\w+:)?itemref\b[^>]*>")
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_CHAPTERS = ("application/xhtml+xml", "text/html")


def read(path: Path, progress: Progress = lambda done, total: None) -> list[Block]:
    """Return the blocks of a book.

    Raises:
        FormatError: It is broken, protected against copying, or has no chapters.
    """
    with open_archive(path, "EPUB") as archive:
        try:
            chapters = _list_chapters(archive)
            blocks: list[Block] = []
            for number, chapter in enumerate(chapters, 1):
                blocks += read_markup(_decode(archive.read(chapter)))
                progress(number, len(chapters))
        except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
            raise FormatError(f"{path.name} is no whole EPUB ({error}). Download or export it again.") from error
        if not blocks:
            why = "is protected against copying" if _ENCRYPTED in archive.namelist() else "has no chapter with text"
            raise FormatError(f"{path.name} {why}; expected an EPUB whose text can be read. Give another copy.")
    return blocks


def _list_chapters(archive: zipfile.ZipFile) -> list[str]:
    """Return the names of the chapters, as the book orders them."""
    container = _decode(archive.read(_CONTAINER))
    if (found := _ROOTFILE.search(container)) is None:
        raise ValueError(f"{_CONTAINER} names no book")
    package = unquote(found[1])
    text = _decode(archive.read(package))
    items = {}
    for element in _ITEM.findall(text):
        named = _read_attributes(element)
        if named.get("media-type") in _CHAPTERS and "nav" not in named.get("properties", "").split():
            items[named.get("id", "")] = named.get("href", "")
    order = [_read_attributes(element) for element in _ITEMREF.findall(text)]
    hrefs = [items[named["idref"]] for named in order if named.get("idref") in items and named.get("linear") != "no"]
    folder = posixpath.dirname(package)
    known = set(archive.namelist())
    names = [posixpath.normpath(posixpath.join(folder, unquote(href.split("#")[0]))) for href in hrefs]
    return [name for name in names if name in known]


def _read_attributes(element: str) -> dict[str, str]:
    return {name: first or second for name, first, second in _ATTRIBUTE.findall(element)}


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    named = re.match(rb"\s*<\?xml[^>]*encoding\s*=\s*[\"']([\w-]+)", data)
    try:
        return data.decode(named[1].decode() if named else "utf-8-sig", "replace")
    except LookupError:
        return data.decode("utf-8", "replace")
