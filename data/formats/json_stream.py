"""Read the values of a JSON file: an object on each line, one array, or objects one after another over several lines."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from data.formats.encoding import detect_encoding
from data.formats.errors import FormatError, Sentence, shorten

_SPACE = " \t\r\n\ufeff"
_PROBED = 5
_NEAR = 2**20
_LONG_LINE = 2**20
"""An array on a longer line is the whole file."""


class JsonNumber(str):
    """A number as it is written in the file."""


_EXACT = json.JSONDecoder(parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=JsonNumber)
_PLAIN = json.JSONDecoder()


class JsonText:
    """The text of a file with the line of each position, asked in rising order."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._line = 1
        self._at = 0

    def line_of(self, at: int) -> int:
        """Return the line of a position; positions before the last one asked count as that one."""
        if at > self._at:
            self._line += self.text.count("\n", self._at, at)
            self._at = at
        return self._line


def read_values(path: Path, exact: bool = False, encoding: str | None = None) -> Iterator[tuple[int, int, Any]]:
    """Yield the lines on which each value begins and ends, and the value; a line that is not JSON as a BrokenJson.

    An array at the top is read element by element.

    Args:
        path: The file.
        exact: Whether numbers come as they are written, as JsonNumber.
        encoding: The encoding, if it is known.

    Raises:
        FormatError: The file is not JSON from some line on, where that can be told of the whole file only.
    """
    decoder = _EXACT if exact else _PLAIN
    with path.open(encoding=encoding or detect_encoding(path)) as file:
        has_lines = _has_value_a_line(file, decoder)
        file.seek(0)
        if has_lines:
            for row, line in enumerate(file, start=1):
                if line.strip(_SPACE):
                    yield row, row, _decode_line(line, decoder)
            return
        text = file.read()
    yield from _read_stream(JsonText(text), decoder, path.name)


class LineFinder:
    """Find the lines of texts within a value that spans several lines, in their order."""

    def __init__(self, text: str, row: int) -> None:
        self._text = text
        self._line = row
        self._at = 0
        for _ in range(row - 1):
            self._at = text.find("\n", self._at) + 1

    def find(self, said: str) -> int:
        """Return the line on which a text stands, or that of the last one found."""
        for ascii_only in (False, True):
            spelled = json.dumps(said, ensure_ascii=ascii_only)[:200].rstrip('"')
            at = self._text.find(spelled, self._at, self._at + _NEAR)
            if at >= 0:
                self._line += self._text.count("\n", self._at, at)
                self._at = at
                break
        return self._line


class BrokenJson(str):
    """The text of a line that is not JSON."""


def _decode_line(line: str, decoder: json.JSONDecoder) -> Any:
    try:
        return decoder.decode(line.strip(_SPACE))
    except (ValueError, RecursionError):
        return BrokenJson(line)


def _has_value_a_line(lines: Any, decoder: json.JSONDecoder) -> bool:
    """Return whether each line is an object: one of the first lines is, and the file does not begin with an array."""
    probed = 0
    values = []
    for line in lines:
        if not line.strip(_SPACE):
            continue
        if not probed and len(line) > _LONG_LINE and line.lstrip(_SPACE).startswith("["):
            return False
        value = _decode_line(line, decoder)
        if not probed and (line.lstrip(_SPACE).startswith("[") and not isinstance(value, list)):
            return False
        values.append(value)
        probed += 1
        if probed == _PROBED:
            break
    if len(values) == 1 and isinstance(values[0], list):
        return False
    if values and isinstance(values[0], list) and not all(isinstance(value, list) for value in values):
        return False
    return any(isinstance(value, (dict, list)) for value in values)


def _read_stream(source: JsonText, decoder: json.JSONDecoder, name: str) -> Iterator[tuple[int, int, Any]]:
    text, at = source.text, _skip(source.text, 0)
    try:
        while at < len(text):
            if text[at] == "[":
                at = yield from _read_array(source, at, decoder)
            else:
                value, end = decoder.raw_decode(text, at)
                row = source.line_of(at)
                yield row, source.line_of(end), value
                at = end
            at = _skip(text, at)
            if at < len(text) and text[at] == ",":
                at = _skip(text, at + 1)
            elif at < len(text) and text[at] not in "{[":
                raise ValueError("expected nothing after the closing bracket")
    except (ValueError, IndexError, RecursionError) as error:
        begun = getattr(error, "pos", None)
        line = JsonText(text).line_of(max(at, begun if isinstance(begun, int) else at))
        what = error.msg if isinstance(error, json.JSONDecodeError) else str(error) or "it ends too early"
        raise FormatError(
            Sentence(
                f"{name} is JSON that breaks near line {line} ({shorten(what)}). Write it anew from its source.",
                f"{name} 的 JSON 在第 {line} 行附近出错（{shorten(what)}）。请从来源重新导出。",
            )
        ) from error


def _read_array(source: JsonText, start: int, decoder: json.JSONDecoder) -> Generator[tuple[int, int, Any], None, int]:
    """Yield the elements of an array, decoded one by one, so only the text is in memory. Returns where it ends."""
    text = source.text
    at = _skip(text, start + 1)
    while text[at] != "]":
        value, end = decoder.raw_decode(text, at)
        row = source.line_of(at)
        yield row, source.line_of(end), value
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
        elif text[at] != "]":
            raise ValueError("expected a comma or the closing bracket")
    rest = _skip(text, at + 1)
    if rest < len(text):
        raise ValueError("expected nothing after the closing bracket")
    return len(text)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at
