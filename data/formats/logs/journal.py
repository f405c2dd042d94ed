"""Read the bot's own journal: one event a line ("turn", "retry", "version", "mark", "failure"), as bot/journal.py writes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from data.formats.errors import RejectedRow, reject_row
from data.formats.logs.byte_range import ByteRange, Tick
from data.formats.logs.grouping import Row, group_rows
from data.formats.logs.objects import read_objects
from data.records import LoggedCandidate, LoggedDialog, LoggedTurn, Place

KEYS = ("conversation", "kind", "time")
_EVENTS = frozenset({"turn", "retry", "version", "mark", "dropped"})
_MOST = 10


def read(span: ByteRange, tick: Tick) -> Iterator[LoggedDialog | RejectedRow]:
    """Yield the conversations; events of several conversations may be mixed."""
    for group in group_rows(_rows(span, tick)):
        if isinstance(group, RejectedRow):
            yield group
            continue
        id, events = group
        place = Place(span.path.name, events[0][0])
        turns = list(_turns(events))
        if turns:
            numbered = tuple(replace(turn, number=number) for number, turn in enumerate(turns))
            times = [turn.time for turn in turns if turn.time is not None]
            yield LoggedDialog(id, numbered, place, sum(earlier > later for earlier, later in pairwise(times)))


def _rows(span: ByteRange, tick: Tick) -> Iterator[Row | RejectedRow]:
    for row, value in read_objects(span, tick):
        if isinstance(value, RejectedRow):
            yield value
        elif isinstance(value, list) or not all(key in value for key in KEYS):
            place = Place(span.path.name, row)
            yield reject_row(place, str(value)[:400], f"not an event of a journal, which has {', '.join(KEYS)}")
        elif value["kind"] in _EVENTS:
            yield str(value["conversation"]), row, value


def _turns(events: Iterable[tuple[int, Mapping[str, Any]]]) -> Iterator[LoggedTurn]:
    """Yield the turns in their final state: truncated where a message was edited, with the last version and rating."""
    turns: dict[int, LoggedTurn] = {}
    dropped: tuple[str, ...] = ()
    for row, event in events:
        try:
            if event["kind"] == "dropped":
                # A reply that the filter blocked, logged before the turn that it belonged to.
                dropped = (*dropped, *(f"dropped {name}" for name in _verdict(event["verdict"])))
                continue
            number = int(event["number"])
            if event["kind"] == "turn":
                if event.get("edited"):
                    turns = {earlier: turn for earlier, turn in turns.items() if earlier < number}
                turn = _turn(number, row, event)
                turns[number] = replace(turn, unsafe=(*(turn.unsafe or ()), *dropped)) if dropped else turn
                dropped = ()
            elif number in turns and event["kind"] == "retry":
                turns[number] = replace(turns[number], **_reply(event["reply"]), liked=None, reason="")
            elif number in turns:
                if event["kind"] == "version":
                    # Another version of the reply was shown, with its own rating.
                    turns[number] = replace(turns[number], **_reply(event["reply"]))
                liked = event.get("liked")
                turns[number] = replace(
                    turns[number], liked=liked if isinstance(liked, bool) else None, reason=str(event.get("reason", ""))
                )
        except (KeyError, TypeError, ValueError, AttributeError):
            continue  # an event of a later version: the turns around it still count
    yield from (turns[number] for number in sorted(turns))


def _turn(number: int, row: int, event: Mapping[str, Any]) -> LoggedTurn:
    time = event["time"]
    return LoggedTurn(
        number=number,
        message=str(event["text"]),
        row=row,
        time=float(time) if isinstance(time, (int, float)) else None,
        picture=bool(event.get("picture")),
        **_reply(event["reply"]),
    )


def _reply(reply: Mapping[str, Any]) -> dict[str, Any]:
    candidates = reply.get("candidates", [])
    chosen = reply.get("chosen")
    best = candidates[chosen] if isinstance(chosen, int) and 0 <= chosen < len(candidates) else None
    timings = reply.get("timings", {})
    kept = candidates[: max(_MOST, (chosen or 0) + 1)]
    made: dict[str, Any] = {
        "reply": str(reply["text"]),
        "kind": reply.get("kind"),
        "latency": float(timings["total"]) if "total" in timings else None,
        "source": best and best.get("source"),
        "entry": best and (best.get("evidence") or {}).get("entry"),
        "chosen": chosen if best is not None else None,
        "candidates": tuple(_candidate(candidate) for candidate in kept),
    }
    if "verdict" in reply:
        made["unsafe"] = _verdict(reply["verdict"])
    return made


def _candidate(candidate: Mapping[str, Any]) -> LoggedCandidate:
    evidence = candidate.get("evidence") or {}
    score = candidate.get("score")
    return LoggedCandidate(
        str(candidate["text"]),
        float(score) if isinstance(score, (int, float)) else None,
        None,
        evidence.get("entry"),
        evidence.get("question"),
    )


def _verdict(given: object) -> tuple[str, ...]:
    """Return the name of what the filter found in a message or a reply; empty if it found nothing."""
    kind = given.get("kind") if isinstance(given, Mapping) else None
    return (str(kind),) if kind else ()
