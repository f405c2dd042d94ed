"""Replies that are written now, by a generator of our own."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Sequence

from bot.types import Candidate, Context, Evidence
from generation import infer
from generation.infer import Generator, within
from generation.search import Late, Wish

_REPLIES = 3


class Written:
    """The source that writes. Its candidates are the best replies a beam search has found when its time is up."""

    name = "written"
    deadline = 2.0

    def __init__(self, generator: Generator, seconds: float = 1.0, wish: Wish | None = None) -> None:
        """seconds is how long a search may go on; what it has found by then counts."""
        self._generator = generator
        self._seconds = seconds
        self._wish = wish or Wish()

    async def propose(self, context: Context) -> Sequence[Candidate]:
        """At most three replies; the score is the geometric mean of the probabilities of a reply's ids, until a ranker sets it.

        Whoever cancels this ends the search within one step.
        """
        stopped = threading.Event()
        try:
            return await asyncio.to_thread(self._candidates, context, stopped)
        finally:
            # A thread cannot be cancelled; the search asks between two steps.
            stopped.set()

    def _candidates(self, context: Context, stopped: threading.Event) -> list[Candidate]:
        over = within(self._seconds)
        said = [text for turn in context.turns[-1:] for text in (turn.message.text, turn.reply.text)]
        said = [text for text in (*said, context.message.text) if text.strip()]
        if not said:
            return []

        def late() -> bool:
            return stopped.is_set() or over()

        found = self._generator.write(said, context.language, wish=self._wish, late=late)
        return [
            Candidate(
                one.text,
                self.name,
                round(math.exp(one.log_prob), 6),
                Evidence(features=self._measured(one, context, late), model=self._generator.name),
            )
            for one in found[:_REPLIES]
            # Half a sentence is worse than none.
            if one.finished
        ]

    def _measured(self, written: infer.Written, context: Context, late: Late) -> dict[str, float]:
        """What a ranker weighs; asked is left out where there is no time for it."""
        found = {"log_prob": round(written.log_prob, 4)}
        if not late():
            asked = self._generator.asked(context.message.text, written.text, context.language)
            found["asked"] = round(asked, 4)
        return found
