"""Read the JSON objects of a log: one on each line, an array, or one after another."""

from __future__ import annotations

import codecs
import json
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

import orjson

from data.formats.errors import RejectedRow, reject_row
from data.formats.logs.byte_range import (
    LOOKED_AT,
    ByteRange,
    Tick,
    decode_line,
    detect_head_encoding,
    open_log,
    read_head,
    read_lines,
    read_raw_lines,
)
from data.records import Place

MAX_OBJECT = 256 * 2**20
_BLOCK = 2**20
_BETWEEN = " \t\r\n,"


def is_json_lines(first: bytes, encoding: str) -> bool:
    """Return whether a file with this beginning has an object on each line."""
    text = first.decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    rows = [line for line in text.split("\n") if line.strip()]
    if text.startswith("["):
        return _has_a_list_on_each_line(rows[:2])
    if not text.startswith("{"):
        return False
    if len(rows) == 1 and len(first) >= LOOKED_AT:
        return True  # the first line is longer than what was read
    for line in rows[:5]:
        try:
            if isinstance(json.loads(line), dict):
                return True
        except (ValueError, RecursionError):
            continue
    return False


def _has_a_list_on_each_line(rows: list[str]) -> bool:
    try:
        return len(rows) == 2 and all(isinstance(json.loads(row), list) for row in rows)
    except (ValueError, RecursionError):
        return False


def read_objects(span: ByteRange, tick: Tick) -> Iterator[tuple[int, dict[str, Any] | list[Any] | RejectedRow]]:
    """Yield the first line and the value of each object or inner list, or a RejectedRow.

    Memory is bounded by the largest object.
    """
    first = read_head(span.path)
    encoding = detect_head_encoding(span.path.name, first)
    if span.start or is_json_lines(first, encoding):
        yield from _read_json_lines(span, tick)
    else:
        yield from islice(_read_stream(span, encoding, tick), span.most)


def replace_surrogates(value: Any) -> Any:
    """Return the value with a question mark for each half of a surrogate pair, which no text file can hold."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.loads(text.encode("utf-8", "replace"))
    return value


def _read_json_lines(span: ByteRange, tick: Tick) -> Iterator[tuple[int, dict[str, Any] | list[Any] | RejectedRow]]:
    loads, name = orjson.loads, span.path.name
    encoding = detect_head_encoding(name, read_head(span.path))
    raw_lines = read_raw_lines(span, tick) if encoding.startswith("utf-8") else read_lines(span, tick)
    for row, raw in raw_lines:
        if isinstance(raw, RejectedRow):
            yield row, raw
            continue
        try:
            value = loads(raw)
        except ValueError:
            value = None
        if isinstance(value, (dict, list)):
            yield row, value
            continue
        # What the fast parser does not read may still be JSON as the standard library takes it: NaN, half a surrogate.
        line = decode_line(raw, encoding, name, row) if isinstance(raw, bytes) else raw
        if isinstance(line, RejectedRow):
            yield row, line
            continue
        try:
            value = replace_surrogates(json.loads(line))
        except (ValueError, RecursionError) as error:
            why = "nested too deep" if isinstance(error, RecursionError) else f"not JSON ({error})"
            yield row, reject_row(Place(span.path.name, row), line, why)
            continue
        if isinstance(value, (dict, list)):
            yield row, value
        else:
            yield row, reject_row(Place(span.path.name, row), line, "the line is not a JSON object")


def _read_stream(
    span: ByteRange, encoding: str, tick: Tick
) -> Iterator[tuple[int, dict[str, Any] | list[Any] | RejectedRow]]:
    decoder = json.JSONDecoder()
    reader = codecs.getincrementaldecoder(encoding)("replace")
    name = span.path.name
    text, row, want = "", 1, _BLOCK
    is_closed = True
    is_open = False  # whether the outermost array was entered: its elements are yielded, an array among them as a whole
    with open_log(span.path) as file:
        done = False
        while True:
            try:
                block = file.read(want)
            except (OSError, EOFError, zlib.error) as error:
                yield row, reject_row(Place(name, row), text[:400], f"the file breaks off here ({error})")
                return
            done = len(block) < want
            tick(len(block))
            text += reader.decode(block, final=done)
            has_escapes = "\\ud" in text or "\\uD" in text
            at = 0
            while True:
                before = at
                at, row = _skip_space(text, at, row)
                is_closed = is_closed or "]" in text[before:at]
                if at < len(text) and text[at] == "[" and not is_open:
                    is_open, is_closed = True, False
                    at += 1
                    continue
                if at >= len(text):
                    break
                try:
                    value, end = decoder.raw_decode(text, at)
                except (ValueError, RecursionError) as error:
                    if not done and len(text) - at < MAX_OBJECT and not isinstance(error, RecursionError):
                        break  # the block may end within the object: read on
                    yield row, reject_row(Place(name, row), text[at : at + 400], f"breaks off here as JSON ({error})")
                    return
                if isinstance(value, (dict, list)):
                    yield row, replace_surrogates(value) if has_escapes else value
                else:
                    yield row, reject_row(Place(name, row), text[at:end], "not a JSON object")
                row += text.count("\n", at, end)
                at = end
            left = len(text) - at
            text = text[at:]
            want = max(_BLOCK, left)  # an object that did not fit is tried again with twice as much text
            if done:
                if not is_closed:
                    yield (
                        row,
                        reject_row(
                            Place(name, row), "", "the file ends within its array: the closing bracket is missing"
                        ),
                    )
                return


def _skip_space(text: str, at: int, row: int) -> tuple[int, int]:
    while at < len(text) and (text[at] in _BETWEEN or text[at] in "]\ufeff"):
        row += text[at] == "\n"
        at += 1
    return at, row
