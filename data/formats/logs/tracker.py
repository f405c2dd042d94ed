"""Rasa's trackers: `{"sender_id", "events": [...]}`, one conversation an object; or an event an object, as brokers write it.

Format: https://legacy-docs-oss.rasa.com/docs/rasa/reference/rasa/shared/core/events/ (as_dict of each event).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from data.formats.errors import RejectedRow, reject_row
from data.formats.logs.byte_range import ByteRange, Tick
from data.formats.logs.grouping import Row, group_rows
from data.formats.logs.objects import read_objects
from data.formats.logs.utterance import BOT, USER, LogUtterance, build_dialog, parse_time
from data.records import LoggedDialog, Place

_FALLBACK = ("action_default_fallback", "action_default_ask_affirmation", "action_two_stage_fallback")
_HEARD = frozenset({"user", "bot", "action"})


def read(span: ByteRange, tick: Tick) -> Iterator[LoggedDialog | RejectedRow]:
    """The conversations: whole trackers as they stand, single events put together by their sender."""
    name = span.path.name
    single: list[RejectedRow | LoggedDialog] = []

    def rows() -> Iterator[Row | RejectedRow]:
        for row, value in read_objects(span, tick):
            if isinstance(value, RejectedRow):
                yield value
            elif isinstance(value.get("events"), list):
                place = Place(name, row)
                found = _dialog(
                    str(value.get("sender_id") or place), [(row, event) for event in value["events"]], place
                )
                # Carried past the grouping: a tracker is whole already.
                single.append(
                    found or reject_row(place, str(value)[:400], "the tracker holds no event of a user or a bot")
                )
                yield _FULL
            elif isinstance(value.get("event"), str):
                if value["event"] in _HEARD:
                    yield str(value.get("sender_id") or name), row, value
            else:
                yield reject_row(Place(name, row), str(value)[:400], "neither a tracker (events) nor an event")

    for group in group_rows(rows()):
        if group is _FULL:
            yield single.pop()
        elif isinstance(group, RejectedRow):
            yield group
        else:
            id, events = group
            place = Place(name, events[0][0])
            if found := _dialog(id, events, place):
                yield found


_FULL = RejectedRow(Place("", 0), "", "")


def _dialog(id: str, events: Iterable[tuple[int, Any]], place: Place) -> LoggedDialog | None:
    return build_dialog(id, _said(events), place)


def _said(events: Iterable[tuple[int, Any]]) -> Iterator[LogUtterance]:
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
