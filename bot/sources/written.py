"""Replies that are written now, by a generator of our own."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from bot.types import Candidate, Context, Evidence
from data.records import Language
from generation import infer
from generation.examples import Style
from generation.infer import SAMPLING, Generator, stop_after
from generation.search import DecodingConfig, ShouldStop, never_stop

_SOUGHT, _DRAWN = 2, 3
"""How many of the best that were sought, and of the likeliest that were drawn, are proposed."""
_SEEK, _DRAW = DecodingConfig(no_repeat_ngram=2), replace(SAMPLING, no_repeat_ngram=2)
"""In a sentence or two a pair of tokens that comes again is a loop, or sounds like one: "I'm sorry, but I'm not sure"."""


_OPENING = threading.Lock()


def opened(folder: Path) -> Generator:
    """The generator in the folder, opened once for the whole process. Raises ArtifactError."""
    # The cache alone would let every thread that comes while it is opened open it again.
    with _OPENING:
        return _opened(folder)


@lru_cache(maxsize=2)
def _opened(folder: Path) -> Generator:
    return Generator(folder)


def replies(
    generator: Generator,
    said: Sequence[str],
    language: Language,
    style: Style = "talk",
    should_stop: ShouldStop = never_stop,
) -> list[infer.GeneratedReply]:
    """What a generator proposes after these turns: the best that a beam search finds, then the likeliest of some that are drawn.

    The best of a beam fits anything; what is drawn says more and errs more, and a ranker can tell. The same conversation is
    always answered with the same.
    """
    # Half a sentence is worse than none.
    sought = [one for one in generator.write(said, language, style, _SEEK, should_stop) if one.finished][:_SOUGHT]
    texts = {one.text for one in sought}
    drawn = [] if should_stop() else generator.sample(said, language, style, _DRAW, should_stop=should_stop)
    return [*sought, *[one for one in drawn if one.finished and one.text not in texts][:_DRAWN]]


class Written:
    """The source that writes. Its candidates are what it has found when its time is up."""

    name = "written"
    deadline = 2.0

    def __init__(self, generator: Callable[[], Generator], seconds: float = 1.0) -> None:
        """generator opens it when it is first needed. seconds is how long a search may go on; what it has found counts."""
        self._opened = generator
        self._seconds = seconds

    async def load(self, context: Context) -> None:
        """Open the generator. Raises ArtifactError."""
        await asyncio.to_thread(self._opened)

    async def propose(self, context: Context) -> Sequence[Candidate]:
        """At most five replies; the score is the geometric mean of the probabilities of a reply's ids, until a ranker sets it.

        Whoever cancels this ends the search within one step.
        """
        stopped = threading.Event()
        try:
            return await asyncio.to_thread(self._candidates, context, stopped)
        finally:
            # A thread cannot be cancelled; the search asks between two steps.
            stopped.set()

    def _candidates(self, context: Context, stopped: threading.Event) -> list[Candidate]:
        said = [text for turn in context.turns[-1:] for text in (turn.message.text, turn.reply.text)]
        said = [text for text in (*said, context.message.text) if text.strip()]
        if not said:
            return []
        generator = self._opened()
        over = stop_after(self._seconds)

        def should_stop() -> bool:
            return stopped.is_set() or over()

        def proposed(one: infer.GeneratedReply) -> Candidate:
            measured = generator.compute_features(
                context.message.text, one.text, one.log_prob, context.language, should_stop=should_stop
            )
            evidence = Evidence(features=measured, model=generator.name)
            return Candidate(one.text, self.name, round(math.exp(one.log_prob), 6), evidence)

        return [proposed(one) for one in replies(generator, said, context.language, should_stop=should_stop)]
