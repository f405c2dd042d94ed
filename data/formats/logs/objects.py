"""JSON objects of a log as it comes: an object on each line, an array of them, or several written one after another."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any

from data.formats.errors import RejectedRow, reject_row
from data.formats.logs.byte_range import (
    LOOKED_AT,
    ByteRange,
    Tick,
    detect_head_encoding,
    open_log,
    read_head,
    read_lines,
)
from data.records import Place

MAX_OBJECT = 256 * 2**20
_BLOCK = 2**20
_BETWEEN = " \t\r\n,"


def is_json_lines(first: bytes, encoding: str) -> bool:
    """Whether the file with this beginning has an object on each line, rather than an array or objects over several lines."""
    text = first.decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    if not text.startswith("{"):
        return False
    rows = [line for line in text.splitlines() if line.strip()]
    if len(rows) == 1 and len(first) >= LOOKED_AT:
        return True  # the first line is longer than what was looked at
    for line in rows[:5]:
        try:
            if isinstance(json.loads(line), dict):
                return True
        except (ValueError, RecursionError):
            continue
    return False


def read_objects(span: ByteRange, tick: Tick) -> Iterator[tuple[int, dict[str, Any] | RejectedRow]]:
    """The first line and the value of each object; a Refusal for what is none. Memory is bounded by the largest object."""
    first = read_head(span.path)
    encoding = detect_head_encoding(span.path.name, first)
    if span.start or is_json_lines(first, encoding):
        yield from _read_json_lines(span, tick)
    else:
        yield from _read_stream(span, encoding, tick)


def _read_json_lines(span: ByteRange, tick: Tick) -> Iterator[tuple[int, dict[str, Any] | RejectedRow]]:
    loads = json.loads
    for row, line in read_lines(span, tick):
        if isinstance(line, RejectedRow):
            yield row, line
            continue
        try:
            value = loads(line)
        except (ValueError, RecursionError) as error:
            why = "nested too deep" if isinstance(error, RecursionError) else f"no JSON ({error})"
            yield row, reject_row(Place(span.path.name, row), line, why)
            continue
        if isinstance(value, dict):
            yield row, value
        else:
            yield row, reject_row(Place(span.path.name, row), line, "the line is no JSON object")


def _read_stream(span: ByteRange, encoding: str, tick: Tick) -> Iterator[tuple[int, dict[str, Any] | RejectedRow]]:
    decoder = json.JSONDecoder()
    reader = codecs.getincrementaldecoder(encoding)("replace")
    name = span.path.name
    text, row, want = "", 1, _BLOCK
    with open_log(span.path) as file:
        done = False
        while True:
            try:
                block = file.read(want)
            except (OSError, EOFError) as error:
                yield row, reject_row(Place(name, row), text[:400], f"the file breaks off here ({error})")
                return
            done = len(block) < want
            tick(len(block))
            text += reader.decode(block, final=done)
            at = 0
            while True:
                at, row = _skip_space(text, at, row)
                if at >= len(text):
                    break
                try:
                    value, end = decoder.raw_decode(text, at)
                except (ValueError, RecursionError) as error:
                    if not done and len(text) - at < MAX_OBJECT and not isinstance(error, RecursionError):
                        break  # perhaps only cut off here: read on
                    yield row, reject_row(Place(name, row), text[at : at + 400], f"breaks off here as JSON ({error})")
                    return
                if isinstance(value, dict):
                    yield row, value
                else:
                    yield row, reject_row(Place(name, row), text[at:end], "no JSON object")
                row += text.count("\n", at, end)
                at = end
            left = len(text) - at
            text = text[at:]
            want = max(_BLOCK, left)  # an object that did not fit is tried again only when twice as much is there
            if done:
                return


def _skip_space(text: str, at: int, row: int) -> tuple[int, int]:
    while at < len(text) and (text[at] in _BETWEEN or text[at] in "[]\ufeff"):
        row += text[at] == "\n"
        at += 1
    return at, row
