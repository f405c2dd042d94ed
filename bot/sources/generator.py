"""Replies that a local generator writes."""

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

_BEAM_COUNT, _SAMPLE_COUNT = 2, 3
"""How many of the best beams, and of the likeliest samples, are proposed."""
_BEAM, _SAMPLE = DecodingConfig(no_repeat_ngram=2), replace(SAMPLING, no_repeat_ngram=2)
"""In a sentence or two, a repeated pair of tokens is a loop or sounds like one: "I'm sorry, but I'm not sure"."""
_LOADING = threading.Lock()


def load_generator(folder: Path) -> Generator:
    """Load the generator in the folder, once for the whole process.

    Raises:
        ArtifactError: A file of the generator is missing or damaged.
    """
    # Without the lock, every thread that asks while it is being loaded would load it again.
    with _LOADING:
        return _load_cached(folder)


@lru_cache(maxsize=2)
def _load_cached(folder: Path) -> Generator:
    return Generator(folder)


def generate_replies(
    generator: Generator,
    texts: Sequence[str],
    language: Language,
    style: Style = "talk",
    should_stop: ShouldStop = never_stop,
) -> list[infer.GeneratedReply]:
    """Return the best replies of a beam search, then the likeliest of some samples.

    The best beam fits nearly every message. Samples say more and are wrong more often, which a ranker can tell. The same
    conversation always gives the same replies. Unfinished replies are left out.

    Args:
        generator: What writes.
        texts: The conversation so far, oldest first; the last text is the message.
        language: The language of the replies.
        style: The manner of the replies.
        should_stop: Whether time is up; asked between two steps.

    Returns:
        At most five replies with different texts.
    """
    found = generator.write(texts, language, style, _BEAM, should_stop)
    beams = [reply for reply in found if reply.finished][:_BEAM_COUNT]
    known = {reply.text for reply in beams}
    drawn = [] if should_stop() else generator.sample(texts, language, style, _SAMPLE, should_stop=should_stop)
    samples = [reply for reply in drawn if reply.finished and reply.text not in known][:_SAMPLE_COUNT]
    return [*beams, *samples]


class GeneratorSource:
    """Propose what a generator has written when its time is up."""

    name = "written"
    """What stands in stored conversations and journals."""
    deadline = 2.0

    def __init__(self, load_generator: Callable[[], Generator], seconds: float = 1.0) -> None:
        """Use a generator that is loaded when it is first needed.

        Args:
            load_generator: Returns the generator.
            seconds: How long a search may take; what it has found by then counts.
        """
        self._load_generator = load_generator
        self._seconds = seconds

    async def load(self, context: Context) -> None:
        """Load the generator.

        Raises:
            ArtifactError: A file of the generator is missing or damaged.
        """
        await asyncio.to_thread(self._load_generator)

    async def propose(self, context: Context) -> Sequence[Candidate]:
        """Return at most five replies.

        The score is the geometric mean of the probabilities of a reply's tokens, until a ranker replaces it. Cancelling this
        ends the search within one step.
        """
        stopped = threading.Event()
        try:
            return await asyncio.to_thread(self._generate, context, stopped)
        finally:
            # A thread cannot be cancelled; the search asks between two steps.
            stopped.set()

    def _generate(self, context: Context, stopped: threading.Event) -> list[Candidate]:
        texts = [text for turn in context.turns[-1:] for text in (turn.message.text, turn.reply.text)]
        texts = [text for text in (*texts, context.message.text) if text.strip()]
        if not texts:
            return []
        generator = self._load_generator()
        is_over = stop_after(self._seconds)

        def should_stop() -> bool:
            return stopped.is_set() or is_over()

        def to_candidate(reply: infer.GeneratedReply) -> Candidate:
            features = generator.compute_features(
                context.message.text, reply.text, reply.log_prob, context.language, should_stop=should_stop
            )
            evidence = Evidence(features=features, model=generator.name)
            return Candidate(reply.text, self.name, round(math.exp(reply.log_prob), 6), evidence)

        return [
            to_candidate(reply)
            for reply in generate_replies(generator, texts, context.language, should_stop=should_stop)
        ]
