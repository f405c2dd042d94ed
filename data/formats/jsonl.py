"""Questions and replies as JSON: an object on each line, or one array of them.

An object is one of {"question", "answer"} ("questions" may be a list; the names of table columns hold here too), OpenAI's
{"messages": [{"role", "content"}]} and ShareGPT's {"conversations": [{"from", "value"}]}.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from data.formats.columns import QUESTION_NAMES, REPLY_NAMES, SIMILAR_NAMES, normalize_name
from data.formats.encoding import detect_encoding
from data.formats.errors import FormatError, RejectedRow, reject_row, validate_pair
from data.records import Pair, Place

NO_OBJECT = "the line is no JSON object"

_SPEAKERS = {"user": "user", "human": "user", "assistant": "assistant", "gpt": "assistant", "bot": "assistant"}
_DIALOGS = (("messages", "role", "content"), ("conversations", "from", "value"))
_SPACE = " \t\r\n"


def read(path: Path) -> Iterator[Pair | RejectedRow]:
    """The pairs, object by object; a row's number is the line the object begins on.

    A line that is no JSON is refused by itself; an array that is no JSON has no lines to go on with and raises FormatError,
    as does a file in which nothing is written.
    """
    found = False
    for row, value in read_objects(path):
        found = True
        place = Place(path.name, row)
        if isinstance(value, str):
            yield reject_row(place, value, NO_OBJECT)
        else:
            yield from _pairs(value, place)
    if not found:
        raise FormatError(
            f'{path.name} holds no JSON objects. Write one on each line: {{"question": "…", "answer": "…"}}'
        )


def read_objects(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """The line that each object of the file begins on, and the object; its text where it is none. Raises FormatError as read."""
    with path.open(encoding=detect_encoding(path)) as file:
        yield from _array(file, path.name) if _begins_array(file) else _lines(file)


def _begins_array(file: TextIO) -> bool:
    first = next((line for line in file if line.strip()), "").strip()
    file.seek(0)
    if first == "{":
        raise FormatError(
            "The file is one JSON object over several lines; expected an object on each line, or one array of objects "
            "([...]). Put the objects into an array."
        )
    return first.startswith("[")


def _lines(file: TextIO) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """The number and the object of each line; the line itself where it is none."""
    for row, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        yield row, value if isinstance(value, dict) else line


def _array(file: TextIO, given: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """The first line and the value of each element, decoded one after another: only the text is held at once."""
    text = file.read()
    decoder = json.JSONDecoder()
    row, counted = 1, 0
    at = _skip(text, text.index("[") + 1)
    try:
        while text[at] != "]":
            value, end = decoder.raw_decode(text, at)
            row, counted = row + text.count("\n", counted, at), at
            yield row, value if isinstance(value, dict) else text[at:end]
            at = _skip(text, end)
            if text[at] == ",":
                at = _skip(text, at + 1)
            elif text[at] != "]":
                raise ValueError("expected a comma or the closing bracket")
        if text[at + 1 :].strip():
            raise ValueError("expected nothing after the closing bracket")
    except (ValueError, IndexError, RecursionError) as error:
        line = text.count("\n", 0, at) + 1
        raise FormatError(
            f"{given} is a JSON array that breaks near line {line} ({error}). Write it anew from its source."
        ) from error


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _pairs(value: dict[str, Any], place: Place) -> Iterator[Pair | RejectedRow]:
    for turns, speaker, words in _DIALOGS:
        if turns in value:
            yield from _dialog(value[turns], speaker, words, place)
            return
    shown = json.dumps(value, ensure_ascii=False)
    questions: list[str] = []
    replies: list[str] = []
    for key, content in value.items():
        if normalize_name(key) in QUESTION_NAMES | SIMILAR_NAMES:
            found = content if isinstance(content, list) else [content]
            questions += [text for text in found if isinstance(text, str)]
        elif normalize_name(key) in REPLY_NAMES and isinstance(content, str):
            replies.append(content)
    if not questions or not replies:
        missing = "reply under answer (or 答案)" if questions else "question under question (or 问题)"
        yield reject_row(place, shown, f"no such column: there is no {missing} that is a text")
        return
    for question in questions:
        yield validate_pair(question, replies[0], place)


def _dialog(turns: object, speaker: str, words: str, place: Place) -> Iterator[Pair | RejectedRow]:
    """A pair for each user turn and the assistant turn that follows it; what systems and tools say is passed over."""
    if not isinstance(turns, list) or not all(isinstance(turn, dict) for turn in turns):
        yield reject_row(place, json.dumps(turns, ensure_ascii=False), "the turns are no list of objects")
        return
    asked = ""
    found = False
    for turn in turns:
        who = _SPEAKERS.get(str(turn.get(speaker)))
        text = _text(turn.get(words))
        if who == "user":
            asked = text
        elif who == "assistant" and asked and text:
            found = True
            yield validate_pair(asked, text, place)
            asked = ""
    if not found:
        yield reject_row(place, json.dumps(turns, ensure_ascii=False), "no user turn is followed by an assistant turn")


def _text(content: object) -> str:
    """The text of a turn: a string, or the text parts of typed parts."""
    if isinstance(content, str):
        return content.strip()
    if not isinstance(content, list):
        return ""
    parts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
    return "\n".join(part for part in parts if isinstance(part, str)).strip()
