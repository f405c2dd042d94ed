"""Read an XLSX workbook as it shows itself: visible sheets, rows that are not hidden, values in the format of their cells.

The parts are read straight from the archive (ECMA-376 part 1): what is needed of a cell is what it shows, whether its formula was
ever computed, and what it is merged with.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from data.formats.columns import UnreadableCell
from data.formats.errors import FormatError, Sentence, shorten
from data.formats.number_format import BUILT_IN, render_number
from data.formats.phrasings import normalize_line_ends

MAX_UNPACKED = 200 * 2**20
MAX_CELLS = 1000
"""Cells of a row beyond this column are not read."""
_MAX_MERGED = 100_000
_MAX_CARRIED = 100_000
_ERROR = re.compile(
    r"#(NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|SPILL!|CALC!|FIELD!|GETTING_DATA|BLOCKED!|UNKNOWN!|CONNECT!)$"
)
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref=[\"']([A-Z]{1,3}\d{1,7}):([A-Z]{1,3}\d{1,7})[\"']")
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class SheetRow:
    """A row of a sheet.

    Args:
        number: Its number, from 1.
        cells: What its cells show; an UnreadableCell where that cannot be told.
        is_hidden: Whether the sheet hides it.
        has_long_number: Whether a cell shows a number whose last digits the workbook has lost.
    """

    number: int
    cells: list[str]
    is_hidden: bool = False
    has_long_number: bool = False


@dataclass
class Sheet:
    """A sheet of a workbook: its name, and whether it is shown."""

    name: str
    is_visible: bool
    part: str


class Workbook:
    """An open workbook.

    Raises:
        FormatError: The file is no workbook, is broken, or unpacks to more than MAX_UNPACKED bytes.
    """

    def __init__(self, path: Path, max_unpacked: int = MAX_UNPACKED) -> None:
        self._path = path
        try:
            self._archive = zipfile.ZipFile(path)
        except Exception as error:
            raise self._refuse(error) from error
        try:
            _refuse_bomb(path.name, self._archive, max_unpacked)
            self._open()
        except FormatError:
            self.close()
            raise
        except Exception as error:
            self.close()
            raise self._refuse(error) from error

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, *given: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._archive.close()

    def rows(self, sheet: Sheet) -> Iterator[SheetRow]:
        """Yield the rows of a sheet that hold anything. Values of merged cells stand in each row of theirs.

        Raises:
            FormatError: The sheet is broken.
        """
        try:
            merged = _MergedCells(self._read_merged(sheet))
            with self._archive.open(sheet.part) as part:
                yield from merged.carry(self._parse_rows(part))
        except FormatError:
            raise
        except Exception as error:
            # The parsers raise many kinds of errors for a broken file: BadZipFile, KeyError, ParseError, zlib.error, ...
            raise self._refuse(error) from error

    def _refuse(self, error: Exception) -> FormatError:
        what = shorten(f"{type(error).__name__}: {error}")
        return FormatError(
            Sentence(
                f"{self._path.name} cannot be read as a workbook ({what}). Open it in a spreadsheet program and "
                "save it as .xlsx or "
                "as CSV UTF-8.",
                f"{self._path.name} 无法作为工作簿读取（{what}）。请用电子表格程序打开，另存为 .xlsx 或「CSV UTF-8」。",
            )
        )

    def _open(self) -> None:
        parts = set(self._archive.namelist())
        book = next(
            name for name in ("xl/workbook.xml", *sorted(parts)) if name in parts and name.endswith("workbook.xml")
        )
        folder = posixpath.dirname(book)
        relations = self._read_relations(folder, posixpath.basename(book))
        root = ElementTree.fromstring(self._archive.read(book))
        self.is_1904 = any(
            _local(element.tag) == "workbookPr" and element.get("date1904", "0") in ("1", "true")
            for element in root.iter()
        )
        self.sheets: list[Sheet] = []
        for element in root.iter():
            if _local(element.tag) == "sheet":
                id = next((value for key, value in element.items() if _local(key) == "id"), "")
                part = relations.get(id, "")
                if part in parts and "chartsheet" not in part and "dialogsheet" not in part:
                    visible = element.get("state", "visible") == "visible"
                    self.sheets.append(Sheet(element.get("name", ""), visible, part))
        self._strings = self._read_strings(folder, parts)
        self._codes = self._read_codes(folder, parts)

    def _read_relations(self, folder: str, book: str) -> dict[str, str]:
        root = ElementTree.fromstring(self._archive.read(f"{folder}/_rels/{book}.rels".lstrip("/")))
        targets = {}
        for element in root:
            target = element.get("Target", "")
            targets[element.get("Id", "")] = (
                target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            )
        return targets

    def _read_strings(self, folder: str, parts: set[str]) -> list[str]:
        name = next((part for part in parts if part.lower() == f"{folder}/sharedstrings.xml".lower()), None)
        strings: list[str] = []
        if name is not None:
            with self._archive.open(name) as part:
                for element in _iterate(part, "si"):
                    strings.append(_read_rich_text(element))
        return strings

    def _read_codes(self, folder: str, parts: set[str]) -> list[str]:
        """Return the format code of each cell style."""
        if f"{folder}/styles.xml" not in parts:
            return []
        root = ElementTree.fromstring(self._archive.read(f"{folder}/styles.xml"))
        own = {
            element.get("numFmtId"): element.get("formatCode", "General")
            for element in root.iter()
            if _local(element.tag) == "numFmt"
        }
        styles = next((element for element in root if _local(element.tag) == "cellXfs"), ())
        codes = []
        for style in styles:
            id = style.get("numFmtId", "0")
            built_in = BUILT_IN.get(int(id), "General") if id.isdecimal() else "General"
            codes.append(own.get(id, built_in))
        return codes

    def _read_merged(self, sheet: Sheet) -> list[tuple[int, int, int, int]]:
        """Return the first row, first column, last row and last column of merged cells."""
        found: list[tuple[int, int, int, int]] = []
        with self._archive.open(sheet.part) as part:
            rest = b""
            while block := part.read(2**18):
                text = rest + block
                for match in _MERGED.finditer(text):
                    top, left = _parse_reference(match[1].decode())
                    bottom, right = _parse_reference(match[2].decode())
                    if len(found) < _MAX_MERGED:
                        found.append((top, left, bottom, right))
                end = max((match.end() for match in _MERGED.finditer(text)), default=0)
                rest = text[max(end, len(text) - 200) :]
        return found

    def _parse_rows(self, part: IO[bytes]) -> Iterator[SheetRow]:
        number = 0
        for element in _iterate(part, "row"):
            given = element.get("r", "")
            number = int(given) if given.isdecimal() and int(given) < 2**24 else number + 1
            cells: list[str] = []
            is_long = False
            column = -1
            for cell in element:
                if _local(cell.tag) != "c":
                    continue
                reference = _REFERENCE.match(cell.get("r", ""))
                column = _parse_column(reference[1]) if reference else column + 1
                if column >= MAX_CELLS:
                    continue
                cells += [""] * (column + 1 - len(cells))
                text, lost = self._show(cell)
                cells[column] = text
                is_long = is_long or lost
            if any(cell or isinstance(cell, UnreadableCell) for cell in cells):
                yield SheetRow(number, cells, element.get("hidden") in ("1", "true"), is_long)

    def _show(self, cell: ElementTree.Element) -> tuple[str, bool]:
        """Return what a cell shows, and whether its number has lost digits."""
        kind = cell.get("t", "n")
        children = {_local(child.tag): child for child in cell}
        value = children.get("v")
        text = "" if value is None or value.text is None else value.text
        if kind == "inlineStr":
            return (_read_rich_text(children["is"]) if "is" in children else ""), False
        if kind == "s":
            return self._strings[int(text)] if text else "", False
        if kind == "e" or _ERROR.match(text):
            return UnreadableCell(_explain_error(cell, text or "#")), False
        if "f" in children and text == "" and kind != "str":
            return UnreadableCell(_explain_formula(cell)), False
        if kind == "b":
            return ("TRUE" if text in ("1", "true") else "FALSE") if text else "", False
        if kind in ("str", "d"):
            return _unescape(text), False
        if not text.strip():
            return "", False
        style = cell.get("s", "0")
        code = self._codes[int(style)] if style.isdecimal() and int(style) < len(self._codes) else "General"
        number = float(text)
        # A number of more than 15 digits, such as an order's, was rounded when it was typed.
        is_long = abs(number) >= 1e15 and number == int(number)
        return render_number(number, code, self.is_1904), is_long


class _MergedCells:
    """Carries the value of merged cells into each of their rows, in their first column."""

    def __init__(self, ranges: list[tuple[int, int, int, int]]) -> None:
        self._by_top: dict[int, list[tuple[int, int]]] = {}
        for top, left, bottom, _ in ranges:
            if top < bottom <= top + _MAX_CARRIED:
                self._by_top.setdefault(top, []).append((left, bottom))

    def carry(self, rows: Iterator[SheetRow]) -> Iterator[SheetRow]:
        if not self._by_top:
            yield from rows
            return
        carried: dict[int, tuple[int, str]] = {}
        for row in rows:
            for left, (bottom, text) in list(carried.items()):
                if row.number > bottom:
                    del carried[left]
                elif left >= len(row.cells) or not row.cells[left]:
                    row.cells.extend([""] * (left + 1 - len(row.cells)))
                    row.cells[left] = text
            for left, bottom in self._by_top.get(row.number, ()):
                if left < len(row.cells):
                    carried[left] = (bottom, row.cells[left])
            yield row


def refuse_archive(path: Path, expected: str) -> None:
    """Raise FormatError if a ZIP archive is not a workbook; expected names what is accepted, for the message."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise FormatError(
            Sentence(
                f"{path.name} begins as an XLSX workbook but is broken ({shorten(str(error))}). Copy or save it again.",
                f"{path.name} 开头是 XLSX 工作簿，但文件已损坏（{shorten(str(error))}）。请重新复制或保存。",
            )
        ) from error
    if any(part.endswith("workbook.bin") for part in parts):
        raise FormatError(
            Sentence(
                f"{path.name} is a binary workbook (.xlsb); expected {expected}. Save it as .xlsx.",
                f"{path.name} 是二进制工作簿（.xlsb）；应为 {expected}。请另存为 .xlsx。",
            )
        )
    if not any(part.endswith("workbook.xml") for part in parts):
        raise FormatError(
            Sentence(
                f"{path.name} is a ZIP archive without a workbook; expected {expected}. Unpack it and give the files; save "
                "OpenDocument and Numbers files as .xlsx.",
                f"{path.name} 是不含工作簿的 ZIP 压缩包；应为 {expected}。请解压后给出其中的文件；ODS、Numbers "
                "文件请另存为 .xlsx。",
            )
        )


def _refuse_bomb(name: str, archive: zipfile.ZipFile, max_unpacked: int) -> None:
    # zipfile stops at the size that a part declares, so that size can be trusted.
    unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > max_unpacked:
        limit = max_unpacked // 2**20
        raise FormatError(
            Sentence(
                f"{name} unpacks to {unpacked // 2**20} MiB; at most {limit} MiB are allowed. Save the sheet as CSV UTF-8, in "
                "several files.",
                f"{name} 解压后有 {unpacked // 2**20} MiB，最多 {limit} MiB。请把工作表分成几个「CSV UTF-8」文件。",
            )
        )


def _iterate(part: IO[bytes], name: str) -> Iterator[ElementTree.Element]:
    """Yield the elements of that name one by one; each is forgotten when the next is asked for."""
    parents: list[ElementTree.Element] = []
    for event, element in ElementTree.iterparse(part, events=("start", "end")):
        if event == "start":
            parents.append(element)
            continue
        parents.pop()
        if _local(element.tag) == name:
            yield element
            element.clear()
            if parents:
                with suppress(ValueError):
                    parents[-1].remove(element)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _read_rich_text(element: ElementTree.Element) -> str:
    """Return the text of a string: its runs, without the phonetic ones."""
    parts: list[str] = []
    for child in element:
        name = _local(child.tag)
        if name == "t":
            parts.append(child.text or "")
        elif name == "r":
            parts += [each.text or "" for each in child if _local(each.tag) == "t"]
    return _unescape("".join(parts))


def _unescape(text: str) -> str:
    """Return the text with _x000D_ and its like as the characters they stand for (section 22.9.2.19)."""
    if "_x" in text:
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return normalize_line_ends(text)


def _explain_error(cell: ElementTree.Element, text: str) -> Sentence:
    where, shown = cell.get("r", "?"), shorten(text, 20)
    return Sentence(
        f"the cell {where} shows the error {shown}; correct its formula or write the text itself",
        f"单元格 {where} 显示错误 {shown}；请改正公式，或直接填写文字",
    )


def _explain_formula(cell: ElementTree.Element) -> Sentence:
    where = cell.get("r", "?")
    return Sentence(
        f"the cell {where} is a formula that was never computed, so the text is empty; open the workbook in a "
        "spreadsheet program and "
        "save it",
        f"单元格 {where} 是还没有算出结果的公式，文字是空的；请用电子表格程序打开后保存",
    )


def _parse_reference(reference: str) -> tuple[int, int]:
    match = _REFERENCE.match(reference)
    assert match is not None
    return int(match[2]), _parse_column(match[1])


def _parse_column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
