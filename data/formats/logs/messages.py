"""OpenAI's messages: `{"messages": [{"role", "content"}, ...]}`, one conversation an object; ShareGPT's conversations likewise.

Whatever else stands beside a role and its content (time, source, feedback, references, candidates ...) is read as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from data.formats.errors import RejectedRow, reject_row
from data.formats.logs.byte_range import ByteRange, Tick
from data.formats.logs.objects import read_objects
from data.formats.logs.utterance import BOT, USER, LogUtterance, build_dialog, parse_facts, parse_time
from data.records import LoggedDialog, Place

_ROLES = {
    "user": USER,
    "human": USER,
    "assistant": BOT,
    "gpt": BOT,
    "bot": BOT,
    "chatgpt": BOT,
    "bing": BOT,
    "bard": BOT,
}
_IDS = ("id", "conversation_id", "conversation", "session_id", "thread_id")
_PLAIN = {"role", "content", "from", "value"}


def read_messages(span: ByteRange, tick: Tick) -> Iterator[LoggedDialog | RejectedRow]:
    """The conversations of OpenAI messages."""
    return _read(span, tick, "messages", "role", "content")


def read_sharegpt(span: ByteRange, tick: Tick) -> Iterator[LoggedDialog | RejectedRow]:
    """The conversations of ShareGPT."""
    return _read(span, tick, "conversations", "from", "value")


def _read(span: ByteRange, tick: Tick, key: str, role: str, content: str) -> Iterator[LoggedDialog | RejectedRow]:
    for row, value in read_objects(span, tick):
        if isinstance(value, RejectedRow):
            yield value
            continue
        place = Place(span.path.name, row)
        turns = value.get(key)
        if not isinstance(turns, list):
            yield reject_row(place, json.dumps(value, ensure_ascii=False)[:400], f"there is no list under {key!r}")
            continue
        said = [one for turn in turns if (one := _saying(turn, role, content, row)) is not None]
        found = build_dialog(find_id(value, place), said, place)
        if found is None:
            why = "nobody says anything: no turn of a user or an assistant"
            yield reject_row(place, json.dumps(value, ensure_ascii=False)[:400], why)
        else:
            yield found


def find_id(value: Mapping[str, Any], place: Place) -> str:
    """The id that the object gives its conversation, else its place."""
    return next(
        (str(value[key]) for key in _IDS if isinstance(value.get(key), (str, int)) and value[key] != ""), str(place)
    )


def _saying(turn: object, role: str, content: str, row: int) -> LogUtterance | None:
    if not isinstance(turn, dict):
        return None
    who = turn.get(role)
    speaker = _ROLES.get(who) if isinstance(who, str) else None
    if speaker is None:
        return None
    given = turn.get(content)
    known: dict[str, Any] | None = None
    if isinstance(given, str):
        text = given
    elif isinstance(given, list):
        text, picture = _parts(given)
        known = {"picture": True} if picture else None
    else:
        return None
    if len(turn) > 2 and (beside := parse_facts({key: one for key, one in turn.items() if key not in _PLAIN})):
        known = {**(known or {}), **beside}
    time = parse_time(known.get("time")) if known else None
    return LogUtterance(speaker, text, row, time, known)


def _parts(content: list[Any]) -> tuple[str, bool]:
    parts = [part for part in content if isinstance(part, dict)]
    texts = [
        part["text"]
        for part in parts
        if part.get("type") in ("text", "input_text") and isinstance(part.get("text"), str)
    ]
    return "\n".join(texts), any(part.get("type") in ("image_url", "input_image") for part in parts)
