"""Split a cell into the phrasings that stand in it."""

from __future__ import annotations

import json
import re

from data.formats.header import is_interrogative

_LINES = re.compile(r"\n|\|\|")
_LIST_MARK = re.compile(r"^\s*(?:[-*•·●▪]\s+|[（(]?\d{1,2}[）)]\s*|\d{1,2}(?:[.．]\s*(?!\d)|、)|[①-⑳]\s*)")
_LINE_END = re.compile(r"_x000[dD]_\r?\n?|_x000[aA]_|\r\n|\r")
_SEPARATORS = ("|", "｜", ";", "；", "、")
_MAX_PARTS = 500


def split_phrasings(cell: str, is_plural: bool) -> list[str]:
    """Return the phrasings in a cell, blank ones left out.

    Lines and || always separate. |, ; and 、 separate only where that is what they are: in a column of other phrasings where
    each part could be one, in a column of questions where each part is worded as a question.

    Args:
        cell: The text of the cell.
        is_plural: Whether the column is one of other phrasings.

    >>> split_phrasings("如何退货;退货流程;我要退", True), split_phrasings("红、黄、蓝色的有吗", True)
    (['如何退货', '退货流程', '我要退'], ['红、黄、蓝色的有吗'])
    >>> split_phrasings("我买了鞋；怎么退货", False), split_phrasings("怎么退货；如何退货", False)
    (['我买了鞋；怎么退货'], ['怎么退货', '如何退货'])
    """
    cell = normalize_line_ends(cell)
    if is_plural and cell.lstrip().startswith("[") and (listed := _read_list(cell)) is not None:
        return listed
    parts = [part for part in _LINES.split(cell) if part.strip()]
    if len(parts) > 1:
        marks = [_LIST_MARK.match(part) for part in parts]
        if all(marks):
            parts = [part[mark.end() :] for part, mark in zip(parts, marks, strict=True) if mark]
    return [text for part in parts for text in _split_line(part, is_plural) if text.strip()]


def normalize_line_ends(text: str) -> str:
    """Return the text with \\n at the end of its lines, those included that a workbook's export spells _x000D_.

    >>> normalize_line_ends("第一步_x000D_\\n第二步\\r\\nthird")
    '第一步\\n第二步\\nthird'
    """
    return _LINE_END.sub("\n", text) if "\r" in text or "_x00" in text else text


def _read_list(cell: str) -> list[str] | None:
    """Return the texts of a JSON list in a cell; None if it is none."""
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        return None
    return [text for text in found if text.strip()]


def _split_line(line: str, is_plural: bool) -> list[str]:
    for separator in _SEPARATORS:
        if separator not in line:
            continue
        parts = [part.strip() for part in line.split(separator)]
        parts = [part for part in parts if part]
        if 1 < len(parts) <= _MAX_PARTS and _are_phrasings(parts, separator, is_plural):
            return [text for part in parts for text in _split_line(part, is_plural)]
    return [line]


def _are_phrasings(parts: list[str], separator: str, is_plural: bool) -> bool:
    if not is_plural:
        if separator == "、":
            return all(part.endswith(("?", "？")) for part in parts)
        return all(is_interrogative(part) and len(part) > 3 for part in parts)
    least = 3 if separator == "、" else 2
    return all(len(part) >= least and (not part.isascii() or len(part) > 3) for part in parts)
