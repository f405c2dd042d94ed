"""Replies about a picture: captions, and answers to questions about it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot import picture_replies
from bot.types import Candidate, Context, Evidence
from bot.visual_intent.infer import PICTURE_ALONE, VisualIntent, VisualIntentClassifier
from data.image import PictureError
from generation.search import ShouldStop
from vqa.vision import Vision

_MAX_CAPTIONS = 3
_RANK_DECAY = 0.9
"""The factor between the scores of a caption and of the next one."""


@dataclass
class VisionSource:
    """Describe the picture of a conversation, or answer a question about it.

    A conversation without a picture costs nothing; a message about something else costs one classification.

    Attributes:
        load_sight: Returns the models that see, loaded once.
        answer_threshold: The score, in [0, 1], at which a reply is given. A caption for a picture without words is always
            given; a doubtful one says that it is.
        classifier: Decides whether a message asks about the picture.
        seconds: How long the search for a caption may take; what it has found by then counts.
        name: What stands in stored conversations and journals.
    """

    load_sight: Callable[[], Vision]
    answer_threshold: float
    classifier: VisualIntentClassifier
    seconds: float = 1.5
    name: str = "seen"
    deadline: float = 5.0

    async def load(self, context: Context) -> None:
        """Load the models that see, if the message asks about a picture.

        Raises:
            ArtifactError: A file of a model is missing or damaged.
        """
        if self._classify(context) is not None:
            await asyncio.to_thread(self.load_sight)

    async def propose(self, context: Context) -> Sequence[Candidate]:
        """Return captions or one answer, best first.

        The score is the probability that the message asks about the picture. For a caption of a picture without words it is
        the confidence in the caption, but no less than the answer threshold. Cancelling this ends the search within one step.

        Raises:
            ArtifactError: A file of a model is missing or damaged.
        """
        intent = self._classify(context)
        if intent is None:
            return ()
        stopped = threading.Event()
        until = time.monotonic() + self.seconds
        try:
            return await asyncio.to_thread(
                self._reply, context, intent, lambda: stopped.is_set() or time.monotonic() > until
            )
        finally:
            # A thread cannot be cancelled; the search asks between two steps.
            stopped.set()

    def _classify(self, context: Context) -> VisualIntent | None:
        """Return what is asked about the picture.

        It is None without a picture, or if the message is about something else.
        """
        if context.picture is None or context.look is None:
            return None
        if not context.message.text:
            return VisualIntent("caption", PICTURE_ALONE)
        is_new = context.message.picture is not None
        return self.classifier.classify(
            context.message.text, context.language, is_new, self._was_about_picture(context)
        )

    def _was_about_picture(self, context: Context) -> bool:
        if not context.turns:
            return False
        reply = context.turns[-1].reply
        return reply.chosen is not None and reply.candidates[reply.chosen].source == self.name

    def _reply(self, context: Context, intent: VisualIntent, late: ShouldStop) -> list[Candidate]:
        assert context.look is not None
        sight = self.load_sight()
        try:
            picture = context.look()
            if intent.kind == "answer":
                return [self._answer(sight, picture, context, intent)]
            return self._describe(sight, picture, context, intent, late)
        except (PictureError, OSError):
            return [Candidate(picture_replies.UNREADABLE[context.language], self.name, intent.confidence)]

    def _answer(self, sight: Vision, picture: bytes, context: Context, intent: VisualIntent) -> Candidate:
        found = sight.answer(picture, context.message.text, context.language)
        evidence = Evidence(
            model=sight.answerer.version,
            picture=context.picture,
            alternatives=picture_replies.score_answers(found.answers),
        )
        text = picture_replies.describe_answer(found, context.message.text, context.language)
        return Candidate(text, self.name, intent.confidence, evidence)

    def _describe(
        self, sight: Vision, picture: bytes, context: Context, intent: VisualIntent, late: ShouldStop
    ) -> list[Candidate]:
        language = context.language
        captions = list(sight.caption(picture, language, late=late))[:_MAX_CAPTIONS]
        if not captions:
            return [Candidate(picture_replies.NOT_SEEN[language], self.name, intent.confidence)]
        evidence = Evidence(
            model=sight.captioner.version,
            picture=context.picture,
            alternatives=picture_replies.score_captions(captions),
        )
        candidates = []
        for rank, caption in enumerate(captions):
            best = (
                intent.confidence
                if context.message.text
                else max(self.answer_threshold, picture_replies.confidence(caption))
            )
            # A retry gives the next caption, so it must score less than the best one.
            score = round(best * _RANK_DECAY**rank, 6)
            # Below the threshold the engine says that it is a guess, and doubt is said once.
            text = picture_replies.describe_caption(caption, language, hedged=score < self.answer_threshold)
            if rank == 0 and context.message.picture is not None:
                text = f"{text}\n{picture_replies.INVITE[language]}"
            candidates.append(Candidate(text, self.name, score, evidence))
        return candidates
