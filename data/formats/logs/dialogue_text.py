"""Read ParlAI dialogue text as a log: episodes of lines, `text:…<tab>labels:…<tab>episode_done:True`.

The label is what was replied, unless the line says what a model replied (`reply:`, `model:` or `prediction:`): then the labels
are references. `label_candidates:` are the candidates, those among the labels the right ones.
Format: https://parl.ai/docs/tutorial_task.html (ParlAI Dialog Format).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from data.formats.errors import RejectedRow, reject_row
from data.formats.logs.byte_range import ByteRange, Tick, read_lines
from data.formats.logs.speakers import BOT, USER
from data.formats.logs.utterance import LogUtterance, build_dialog, parse_facts, parse_time
from data.formats.parlai import parse_fields
from data.records import LoggedCandidate, LoggedDialog, Place

_REPLIES = ("reply", "model", "prediction")
_LABELS = ("labels", "eval_labels")
DONE = b"episode_done:True"


def read(span: ByteRange, tick: Tick) -> Iterator[LoggedDialog | RejectedRow]:
    """Yield the episodes, also one that the file ends in the middle of."""
    said: list[LogUtterance] = []
    first = 0
    for row, line in read_lines(span, tick):
        if isinstance(line, RejectedRow):
            yield line
            continue
        given = parse_fields(line)
        if "text" not in given:
            yield reject_row(Place(span.path.name, row), line, "the line has no text: field")
            continue
        first = first or row
        said.extend(_parse_turn(given, row))
        if given.get("episode_done") == "True":
            place = Place(span.path.name, first)
            if found := build_dialog(str(place), said, place):
                yield found
            said, first = [], 0
    place = Place(span.path.name, first)
    if said and (found := build_dialog(str(place), said, place)):
        yield found


def _parse_turn(given: dict[str, str], row: int) -> Iterator[LogUtterance]:
    yield LogUtterance(USER, _unescape(given["text"]), row, parse_time(given.get("time")))
    labels = tuple(_unescape(label) for key in _LABELS if key in given for label in given[key].split("|") if label)
    reply = next((given[key] for key in _REPLIES if key in given), None)
    known: dict[str, Any] = (
        parse_facts({key: value for key, value in given.items() if key in ("source", "latency", "liked", "kind")}) or {}
    )
    if reply is not None and labels:
        known["references"] = labels
    if labels and "label_candidates" in given:
        texts = [_unescape(candidate) for candidate in given["label_candidates"].split("|") if candidate]
        known["candidates"] = tuple(LoggedCandidate(text, label=int(text in labels)) for text in texts)
    text = _unescape(reply) if reply is not None else labels[0] if labels else None
    if text is not None:
        yield LogUtterance(BOT, text, row, None, known or None)


def _unescape(text: str) -> str:
    return (
        text.replace("\\n", "\n").replace("\\t", "\t").replace("__PIPE__", "|")
        if "\\" in text or "__P" in text
        else text
    )
