"""A conversation as a log has it, before it is known which speaker is the person and which the bot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from data.formats.logs.speakers import BOT, NEITHER, find_side
from data.formats.logs.utterance import LogUtterance
from data.records import Place


@dataclass(slots=True)
class Conversation:
    """The utterances of a conversation with the names of their speakers.

    Args:
        id: Empty if the log gives none.
        said: In order; speakers are names or roles as the log has them.
        place: Where it begins.
        facts: Fields of a LoggedTurn that the log has for the whole conversation; they belong to its last reply.
        is_request: It is a request with its response: later requests of the same conversation repeat it.
    """

    id: str
    said: list[LogUtterance]
    place: Place
    facts: dict[str, Any] = field(default_factory=dict)
    is_request: bool = False

    def list_names(self) -> list[str]:
        """Return the different names of its speakers, in order, without those that are neither person nor bot."""
        return list(dict.fromkeys(one.speaker for one in self.said if find_side(one.speaker) != NEITHER))

    def attach_facts(self, said: Iterable[LogUtterance]) -> list[LogUtterance]:
        """Return the utterances, the last reply (or else the last of all) with the facts of the conversation."""
        attached = list(said)
        if attached and self.facts.get("time") is not None and all(one.time is None for one in attached):
            attached[0].time = self.facts["time"]
        if self.facts and attached:
            last = next((one for one in reversed(attached) if one.speaker == BOT), attached[-1])
            last.facts = {**self.facts, **(last.facts or {})}
        return attached
