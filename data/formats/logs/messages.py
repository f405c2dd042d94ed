"""OpenAI's messages: `{"messages": [{"role", "content"}, ...]}`, one conversation an object; ShareGPT's conversations likewise.

Whatever else stands beside a role and its content (time, source, feedback, references, candidates ...) is read as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from data.formats.logs.objects import objects
from data.formats.logs.saying import BOT, USER, Saying, dialog, facts, seconds
from data.formats.logs.span import Span, Tick
from data.formats.refusal import Refusal, refusal
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


def read_messages(span: Span, tick: Tick) -> Iterator[LoggedDialog | Refusal]:
    """The conversations of OpenAI messages."""
    return _read(span, tick, "messages", "role", "content")


def read_sharegpt(span: Span, tick: Tick) -> Iterator[LoggedDialog | Refusal]:
    """The conversations of ShareGPT."""
    return _read(span, tick, "conversations", "from", "value")


def _read(span: Span, tick: Tick, key: str, role: str, content: str) -> Iterator[LoggedDialog | Refusal]:
    for row, value in objects(span, tick):
        if isinstance(value, Refusal):
            yield value
            continue
        place = Place(span.path.name, row)
        turns = value.get(key)
        if not isinstance(turns, list):
            yield refusal(place, json.dumps(value, ensure_ascii=False)[:400], f"there is no list under {key!r}")
            continue
        said = [one for turn in turns if (one := _saying(turn, role, content, row)) is not None]
        found = dialog(id_of(value, place), said, place)
        if found is None:
            why = "nobody says anything: no turn of a user or an assistant"
            yield refusal(place, json.dumps(value, ensure_ascii=False)[:400], why)
        else:
            yield found


def id_of(value: Mapping[str, Any], place: Place) -> str:
    """The id that the object gives its conversation, else its place."""
    return next(
        (str(value[key]) for key in _IDS if isinstance(value.get(key), (str, int)) and value[key] != ""), str(place)
    )


def _saying(turn: object, role: str, content: str, row: int) -> Saying | None:
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
    if len(turn) > 2 and (beside := facts({key: one for key, one in turn.items() if key not in _PLAIN})):
        known = {**(known or {}), **beside}
    time = seconds(known.get("time")) if known else None
    return Saying(speaker, text, row, time, known)


def _parts(content: list[Any]) -> tuple[str, bool]:
    parts = [part for part in content if isinstance(part, dict)]
    texts = [
        part["text"]
        for part in parts
        if part.get("type") in ("text", "input_text") and isinstance(part.get("text"), str)
    ]
    return "\n".join(texts), any(part.get("type") in ("image_url", "input_image") for part in parts)
