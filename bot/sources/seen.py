"""Replies about a picture: what it shows, and what it says to a question."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot import seeing
from bot.types import Candidate, Context, Evidence
from bot.visual_question.infer import SHOWN, Asked, VisualQuestion
from data.image import PictureError
from generation.search import ShouldStop
from vqa.sight import Sight

_CAPTIONS = 3
_NEXT = 0.9


@dataclass
class Seen:
    """The source that looks. A message without a picture in its conversation costs nothing, one about something else a glance.

    open gives what sees, opened once; floor is the probability at which a reply is good enough to be given: a caption for
    a picture that was sent without words is always worth giving, with its doubt said in it. reader tells whether a message asks
    about the picture.
    """

    open: Callable[[], Sight]
    floor: float
    reader: VisualQuestion
    seconds: float = 1.5
    """How long the search for a caption may go on; what it has found by then counts."""
    name: str = "seen"
    deadline: float = 5.0

    async def load(self, context: Context) -> None:
        """Open the models that see, where a picture is asked about. Raises ArtifactError."""
        if self._asked(context) is not None:
            await asyncio.to_thread(self.open)

    async def propose(self, context: Context) -> Sequence[Candidate]:
        """Captions or one answer, best first; the score is how probable it is that the picture is asked about.

        Of a caption for a picture without words, it is the confidence in the caption, but no less than the floor.
        Whoever cancels this ends the search within one step. Raises ArtifactError if a model is missing or damaged.
        """
        asked = self._asked(context)
        if asked is None:
            return ()
        stopped = threading.Event()
        until = time.monotonic() + self.seconds
        try:
            return await asyncio.to_thread(
                self._candidates, context, asked, lambda: stopped.is_set() or time.monotonic() > until
            )
        finally:
            # A thread cannot be cancelled; the search asks between two steps.
            stopped.set()

    def _asked(self, context: Context) -> Asked | None:
        """What is asked about the picture; None where there is none, or it is not meant."""
        if context.picture is None or context.look is None:
            return None
        if not context.message.text:
            return Asked("caption", SHOWN)
        fresh = context.message.picture is not None
        return self.reader.asked(context.message.text, context.language, fresh, self._near(context))

    def _near(self, context: Context) -> bool:
        """Whether the turn before was about the picture."""
        if not context.turns:
            return False
        reply = context.turns[-1].reply
        return reply.chosen is not None and reply.candidates[reply.chosen].source == self.name

    def _candidates(self, context: Context, asked: Asked, late: ShouldStop) -> list[Candidate]:
        assert context.look is not None
        sight = self.open()
        try:
            picture = context.look()
            if asked.wants == "answer":
                return [self._answer(sight, picture, context, asked)]
            return self._captions(sight, picture, context, asked, late)
        except (PictureError, OSError):
            return [Candidate(seeing.UNREADABLE[context.language], self.name, asked.claim)]

    def _answer(self, sight: Sight, picture: bytes, context: Context, asked: Asked) -> Candidate:
        found = sight.answer(picture, context.message.text, context.language)
        evidence = Evidence(
            model=sight.answerer.version,
            picture=context.picture,
            alternatives=seeing.likelihoods(found.answers),
        )
        text = seeing.answered(found, context.message.text, context.language)
        return Candidate(text, self.name, asked.claim, evidence)

    def _captions(
        self, sight: Sight, picture: bytes, context: Context, asked: Asked, late: ShouldStop
    ) -> list[Candidate]:
        language = context.language
        found = list(sight.captions(picture, language, late=late))[:_CAPTIONS]
        if not found:
            return [Candidate(seeing.NOT_SEEN[language], self.name, asked.claim)]
        evidence = Evidence(
            model=sight.captioner.version, picture=context.picture, alternatives=seeing.alternatives(found)
        )
        made = []
        for place, caption in enumerate(found):
            sure = asked.claim if context.message.text else max(self.floor, seeing.confidence(caption))
            # Another caption is what a retry gives, and never before the best one.
            score = round(sure * _NEXT**place, 6)
            # What is below the floor is given with the doubt of the engine, and doubt is said once.
            text = seeing.described(caption, language, hedged=score < self.floor)
            if place == 0 and context.message.picture is not None:
                text = f"{text}\n{seeing.INVITE[language]}"
            made.append(Candidate(text, self.name, score, evidence))
        return made
