"""What evaluation needs of a bot. It is handed in, so that nothing here depends on one."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.records import Language, LoggedCandidate


@dataclass(frozen=True)
class BotReply:
    """What a bot replied to one message.

    Attributes:
        text: what it said.
        kind: one of those of LoggedTurn.kind; "unknown" says that the bot did not know, None that it does not tell.
        latency: milliseconds.
        source: the name of what the reply comes from.
        candidates: the replies that were weighed, the best first.
        chosen: the index of the candidate that was given.
        entry: the id of the entry that it comes from.
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


@dataclass(frozen=True)
class BotInterface:
    """What a bot hands to the command line.

    Attributes:
        fallback_texts: the replies by which it says that it did not know, beside common wordings.
        open_answer: opens the bot for --replay, and closes it. It raises EvaluationError if that fails.
        run_cases: does --cases with the file of cases and the folder for a report, or None for no report. It returns the exit
            status, and raises EvaluationError if the bot cannot be opened.
    """

    fallback_texts: tuple[str, ...]
    open_answer: Callable[[], AbstractContextManager[Answer]]
    run_cases: Callable[[Path, Path | None], int]
