"""Read the values of JSON objects as texts: a question, a reply, other phrasings, earlier turns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from data.formats.phrasings import split_phrasings

TEXT_KEYS = ("text", "content", "value", "answer", "question", "body", "html", "label", "title")
"""The keys under which an object holds its text."""
MAX_SHOWN = 400


def load_list(given: Any) -> list[Any] | None:
    """Return a list, also one that stands in a text as JSON; None for anything else."""
    if isinstance(given, str) and given.lstrip().startswith("[{"):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            return None
    return given if isinstance(given, list) else None


def read_text(given: Any) -> tuple[str, bool]:
    """Return a value as text, and whether further answers of a marked data set were left out.

    >>> read_text(["七天内", "unused"]), read_text(True), read_text([{"text": "七天", "answer_start": 0}] * 2)
    (('七天内\\nunused', False), ('true', False), ('七天', False))
    """
    if isinstance(given, str):
        return str(given), False
    if isinstance(given, bool):
        return str(given).lower(), False
    if isinstance(given, (int, float)):
        return str(given), False
    if isinstance(given, Mapping):
        if "answer_start" in given and isinstance(given.get("text"), list):
            return _take_first([read_text(text)[0] for text in given["text"]])
        key = next((key for key in TEXT_KEYS if given.get(key) not in (None, "")), None)
        return read_text(given[key]) if key is not None else ("", False)
    if isinstance(given, list):
        texts = [read_text(child)[0] for child in given]
        if any(isinstance(child, Mapping) and "answer_start" in child for child in given):
            return _take_first(texts)
        return "\n".join(text for text in texts if text.strip()), False
    return "", False


def _take_first(texts: list[str]) -> tuple[str, bool]:
    known = list(dict.fromkeys(text for text in texts if text.strip()))
    return (known[0] if known else ""), len(known) > 1


def list_texts(given: Any) -> list[str]:
    """Return the texts of a list, or the one text of any other value."""
    if isinstance(given, list):
        return [read_text(child)[0] for child in given]
    return [read_text(given)[0]]


def list_phrasings(given: Any) -> list[str]:
    """Return the phrasings in a value: those of a list, those in a text."""
    return [text for part in list_texts(given) for text in split_phrasings(part, True)]


def list_history(given: Any) -> Iterator[tuple[str, str]]:
    """Yield the earlier questions with replies of a record, pairs of texts each."""
    for turn in given if isinstance(given, list) else ():
        if isinstance(turn, list) and len(turn) == 2 and all(isinstance(text, str) for text in turn):
            yield turn[0], turn[1]


def show_json(value: object) -> str:
    """Return the beginning of a value as JSON."""
    text = ""
    for piece in json.JSONEncoder(ensure_ascii=False).iterencode(value):
        text += piece
        if len(text) > MAX_SHOWN:
            break
    return text
