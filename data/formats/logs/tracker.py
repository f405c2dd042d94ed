"""Read Rasa trackers: `{"sender_id", "events": [...]}`, one conversation an object; or an event an object, as brokers write it.

Format: https://legacy-docs-oss.rasa.com/docs/rasa/reference/rasa/shared/core/events/ (as_dict of each event).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from data.formats.errors import RejectedRow, reject_row
from data.formats.logs.byte_range import ByteRange, Tick
from data.formats.logs.conversation import Conversation
from data.formats.logs.grouping import Grouped, Row, group_rows
from data.formats.logs.objects import read_objects
from data.formats.logs.speakers import BOT, USER
from data.formats.logs.utterance import LogUtterance, parse_time
from data.records import Place

_FALLBACK = ("action_default_fallback", "action_default_ask_affirmation", "action_two_stage_fallback")
_HEARD = frozenset({"user", "bot", "action"})


def read(span: ByteRange, tick: Tick) -> Iterator[Conversation | RejectedRow]:
    """Yield the conversations: whole trackers as they are, single events grouped by their sender."""
    name = span.path.name
    groups: Iterator[Grouped | Conversation | RejectedRow] = group_rows(_find(span, tick))
    for group in groups:
        if not isinstance(group, tuple):
            yield group
            continue
        id, events = group
        if said := list(read_events(events)):
            yield Conversation(id, said, Place(name, events[0][0]))


def _find(span: ByteRange, tick: Tick) -> Iterator[Row | Conversation | RejectedRow]:
    name = span.path.name
    for row, value in read_objects(span, tick):
        if isinstance(value, RejectedRow):
            yield value
        else:
            yield from _find_in(value if isinstance(value, dict) else {"": value}, Place(name, row))


def _find_in(value: Mapping[str, Any], place: Place, depth: int = 0) -> Iterator[Row | Conversation | RejectedRow]:
    events = value.get("events")
    if isinstance(events, list):
        said = list(read_events((place.row, event) for event in events))
        if said:
            yield Conversation(str(value.get("sender_id") or ""), said, place)
        else:
            yield reject_row(place, str(value)[:400], "the tracker holds no event of a user or a bot")
    elif isinstance(value.get("event"), str):
        if value["event"] in _HEARD:
            yield str(value.get("sender_id") or ""), place.row, dict(value)
    else:
        inner = [
            one for held in value.values() for one in (held if isinstance(held, list) else [held])
            if isinstance(one, dict) and ("events" in one or "event" in one)
        ]  # fmt: skip
        if not inner or depth > 2:
            yield reject_row(place, str(value)[:400], "neither a tracker (events) nor an event")
            return
        for one in inner:
            yield from _find_in(one, place, depth + 1)


def read_events(events: Iterable[tuple[int, Any]]) -> Iterator[LogUtterance]:
    """Yield what is said in the events of a tracker, each given with its row."""
    doing: dict[str, Any] = {}
    for row, event in events:
        if not isinstance(event, Mapping):
            continue
        what = event.get("event")
        if what == "action":
            action = str(event.get("name"))
            if action in _FALLBACK:
                doing = {"kind": "unknown" if action != _FALLBACK[1] else "ask", "source": action}
            elif action.startswith(("utter_", "action_")) and action != "action_listen":
                doing = {"source": action}
        elif what in (USER, BOT) and isinstance(event.get("text"), str):
            known = {**doing} if what == BOT else {}
            if what == BOT:
                used = (
                    (event.get("metadata") or {}).get("utter_action")
                    if isinstance(event.get("metadata"), Mapping)
                    else None
                )
                if isinstance(used, str):
                    known.setdefault("source", used)
            else:
                doing = {}
            yield LogUtterance(str(what), event["text"], row, parse_time(event.get("timestamp")), known or None)
