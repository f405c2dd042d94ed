"""The reply of a bot that a log is replayed against: the only thing that evaluation knows of any bot."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from data.records import Language, LoggedCandidate


@dataclass(frozen=True)
class BotReply:
    """What a bot replied to one message.

    kind is one of those of LoggedTurn.kind ("unknown" says that the bot did not know), None where the bot does not tell.
    latency is in milliseconds. candidates are the best first; chosen is the index of the one that was given, entry the id of the
    entry that it comes from.
    """

    text: str
    kind: str | None = None
    latency: float | None = None
    source: str | None = None
    candidates: tuple[LoggedCandidate, ...] = ()
    chosen: int | None = None
    entry: str | None = None


Answer = Callable[[str, Sequence[tuple[str, str]], Language], Coroutine[Any, Any, BotReply]]
"""answer(text, history, language): the reply to a message after a history of (message, reply) pairs, the oldest first.

language is that of the conversation; it counts where the text and the history show none.
"""
