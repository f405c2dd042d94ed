"""Files that matching models are measured on: a query with labelled candidates, or two texts with a label.

label TAB turn TAB ... TAB response          response selection; lines of one context stand together
question TAB sentence TAB label              WikiQA and TREC; lines of one question stand together
QuestionID TAB Question TAB ... TAB Label    WikiQA's own form, with its header
text TAB text TAB label                      sentence pairs
{"sentence1": ..., "sentence2": ..., "label": ...}    the same as JSON lines
{"query": ..., "title": ..., "neg_title": ...}        a query with a right and a wrong text

Plain in UTF-8, UTF-16 or GB18030, or gzip in UTF-8.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from itertools import groupby, islice, pairwise
from pathlib import Path
from typing import Any, Literal

from data.formats.encoding import detect_encoding
from data.formats.errors import FormatError
from data.records import LabelledPair, Selection

Kind = Literal["responses", "sentences", "header", "pairs", "json pairs", "triples"]
Row = tuple[tuple[str, ...], str, int]
"""A context, a candidate and its label."""

_LOOKED_AT = 200
_HEADER = "QuestionID\tQuestion\t"


def recognise_ranking(path: Path) -> Kind:
    """Which of the forms the file has, from its first lines.

    Three columns with the label last are sentences of a question if neighbouring lines share their first text, else sentence
    pairs. Raises FormatError for a file that has none of the forms, and OSError if it cannot be read.
    """
    lines = [line for _, line in islice(_lines(path), _LOOKED_AT)]
    if not lines:
        raise FormatError(f"{path.name} is empty. Give a file with labelled lines in it.")
    if lines[0].startswith("{"):
        keys = _record(path, 1, lines[0]).keys()
        if {"sentence1", "sentence2", "label"} <= keys:
            return "json pairs"
        if {"query", "title", "neg_title"} <= keys:
            return "triples"
        raise FormatError(
            f"{path.name} holds JSON with the keys {', '.join(keys)}; expected sentence1, sentence2 and label, or "
            "query, title and neg_title."
        )
    if lines[0].startswith(_HEADER):
        return "header"
    rows = [line.split("\t") for line in lines]
    if all(len(row) >= 3 and row[0] in ("0", "1") for row in rows):
        return "responses"
    if all(len(row) == 3 and row[2] in ("0", "1") for row in rows):
        near = sum(one[0] == other[0] for one, other in pairwise(rows))
        return "sentences" if near * 2 > len(rows) else "pairs"
    raise FormatError(
        f"{path.name} begins with {lines[0][:80]!r}; expected columns with tabs between them and a label, "
        "0 or 1, first or last, or JSON lines."
    )


def read_selections(path: Path, kind: Kind | None = None) -> Iterator[Selection]:
    """The queries of the file with their candidates, in order. Raises FormatError, naming the line, and OSError.

    kind states the form where it is known: a short file of sentences may look like one of pairs.
    """
    kind = kind or recognise_ranking(path)
    if kind == "triples":
        for number, line in _lines(path):
            query, right, wrong = _texts(path, number, _record(path, number, line), "query", "title", "neg_title")
            yield Selection((query,), (right, wrong), (1, 0))
        return
    if kind in ("pairs", "json pairs"):
        raise FormatError(
            f"{path.name} holds sentence pairs; expected queries with candidates to choose from, the lines of a query together."
        )
    for context, group in groupby(_rows(path, kind), key=lambda row: row[0]):
        rows = list(group)
        yield Selection(context, tuple(row[1] for row in rows), tuple(row[2] for row in rows))


def read_labelled(path: Path, kind: Kind | None = None) -> Iterator[LabelledPair]:
    """The sentence pairs of the file, in order; kind as in read_selections. Raises FormatError, naming the line, and OSError."""
    kind = kind or recognise_ranking(path)
    if kind == "json pairs":
        for number, line in _lines(path):
            found = _record(path, number, line)
            first, second = _texts(path, number, found, "sentence1", "sentence2")
            yield LabelledPair(first, second, _label(path, number, str(found.get("label"))))
    elif kind in ("pairs", "sentences"):
        for context, text, label in _rows(path, kind):
            yield LabelledPair(context[0], text, label)
    else:
        raise FormatError(f"{path.name} holds queries with candidates; expected two texts and a label a line.")


def _rows(path: Path, kind: Kind) -> Iterator[Row]:
    for number, line in _lines(path):
        if line.startswith(_HEADER):
            continue
        cells = line.split("\t")
        if kind == "header":
            cells = [cells[1], cells[5], cells[6]] if len(cells) == 7 else []
        if kind == "responses":
            cells = [*cells[1:], cells[0]]
        if len(cells) < 3 or (kind != "responses" and len(cells) != 3):
            raise FormatError(f"{path.name}:{number}: {line[:80]!r} has too few or too many columns.")
        yield tuple(cells[:-2]), cells[-2], _label(path, number, cells[-1])


def _label(path: Path, number: int, given: str) -> int:
    if given not in ("0", "1"):
        raise FormatError(f"{path.name}:{number}: the label is {given[:20]!r}; expected 0 or 1.")
    return int(given)


def _texts(path: Path, number: int, found: dict[str, Any], *keys: str) -> tuple[str, ...]:
    for key in keys:
        if not isinstance(found.get(key), str):
            raise FormatError(f"{path.name}:{number}: {key} is {str(found.get(key))[:20]!r}; expected a text.")
    return tuple(found[key] for key in keys)


def _record(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise FormatError(f"{path.name}:{number} is no JSON ({error}).") from None
    if not isinstance(found, dict):
        raise FormatError(f"{path.name}:{number}: {line[:80]!r} is no JSON object.")
    return found


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8-sig")
            if path.suffix == ".gz"
            else path.open(encoding=detect_encoding(path)) as file
        ):
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except (UnicodeDecodeError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise FormatError(f"{path.name} is no UTF-8 text, or is cut short ({error}).") from None
