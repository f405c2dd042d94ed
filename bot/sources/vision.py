"""Replies about a picture: captions, and answers to questions about it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot import picture_replies, picture_text
from bot.choosing import is_courtesy
from bot.picture_reference import find_ordinal, list_pictures, names_only
from bot.types import Candidate, Context, Evidence, Message
from bot.visual_intent.infer import PICTURE_ALONE, PICTURE_NAMED, UNLIKELY, VisualIntent, VisualIntentClassifier
from data.image import PictureError
from generation.search import ShouldStop
from vqa.ocr import TextReader
from vqa.vision import Vision

_MAX_CAPTIONS = 3
_RANK_DECAY = 0.9
"""The factor between the scores of a caption and of the next one."""
_LOOKED_UP = 0.95
"""The score of an entry that the writing in a picture without words finds: more than that of any caption."""

LookUp = Callable[[Context], Awaitable[Sequence[Candidate]]]
"""Proposes the stored entries for a message."""


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
        reader: Reads the writing in pictures; None where that is not installed.
        look_up: Finds the entries that the writing asks for.
        reading_seconds: How long reading may take before the reply goes without it.
        name: What stands in stored conversations and journals.
    """

    load_sight: Callable[[], Vision]
    answer_threshold: float
    classifier: VisualIntentClassifier
    seconds: float = 1.5
    reader: TextReader | None = None
    look_up: LookUp | None = None
    reading_seconds: float = 3.5
    name: str = "seen"
    deadline: float = 5.5

    async def load(self, context: Context) -> None:
        """Load the models that see, if the message asks about a picture.

        Raises:
            ArtifactError: A file of a model is missing or damaged.
        """
        if (intent := self._classify(context)) is not None:
            await asyncio.to_thread(self.load_sight)
            if self.reader is not None and self._should_read(context, intent):
                await asyncio.to_thread(self.reader.load)

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
            lines, candidates = await asyncio.gather(
                self._read(context, intent),
                asyncio.to_thread(self._reply, context, intent, lambda: stopped.is_set() or time.monotonic() > until),
            )
        finally:
            # A thread cannot be cancelled; the search asks between two steps.
            stopped.set()
        return await self._add_text(candidates, lines, context, intent)

    def _should_read(self, context: Context, intent: VisualIntent) -> bool:
        is_new = context.message.picture is not None
        return is_new or picture_text.asks_for_text(context.message.text, context.language)

    async def _read(self, context: Context, intent: VisualIntent) -> Sequence[str]:
        """Return the lines of writing in the picture; none where it is not read, or not in time."""
        if self.reader is None or context.look is None or not self._should_read(context, intent):
            return ()
        reader, look = self.reader, context.look
        try:
            found = await asyncio.wait_for(asyncio.to_thread(lambda: reader.read(look())), self.reading_seconds)
        except (TimeoutError, PictureError, OSError):
            return ()
        return [line.text for line in found]

    async def _add_text(
        self, candidates: Sequence[Candidate], lines: Sequence[str], context: Context, intent: VisualIntent
    ) -> Sequence[Candidate]:
        """Return the candidates with what is written in the picture, and the entry that it asks for before them."""
        language, text = context.language, context.message.text
        if picture_text.asks_for_text(text, language):
            said = picture_text.describe_text(lines, language) if lines else picture_text.NO_TEXT[language]
            if self.reader is None:
                said = picture_text.CANNOT_READ[language]
            evidence = Evidence(model=self.reader.version if self.reader else None, picture=context.picture)
            candidates = [Candidate(said, self.name, intent.confidence, evidence)]
        elif lines and not text:
            written = picture_text.describe_text(lines, language)
            candidates = [replace(each, text=f"{each.text}\n{written}") for each in candidates]
        # A question about what is seen is not answered by what happens to be written there.
        if not lines or (intent.confidence > UNLIKELY and text and not picture_text.asks_for_text(text, language)):
            return candidates
        found = await self._find_entry(lines, context)
        if found is None:
            return candidates
        written = picture_text.describe_text(lines, language)
        score = found.score if text else max(_LOOKED_UP, found.score)
        evidence = replace(found.evidence, picture=context.picture)
        entry = Candidate(f"{written}\n{found.text}", self.name, score, evidence)
        return [entry, *candidates]

    async def _find_entry(self, lines: Sequence[str], context: Context) -> Candidate | None:
        """Return the stored entry that the writing asks for, if one is probable enough to be given."""
        if self.look_up is None:
            return None
        found: list[Candidate] = []
        for query in picture_text.list_queries(lines):
            candidates = await self.look_up(replace(context, message=Message(query), turns=()))
            found += [each for each in candidates if each.evidence.entry and not is_courtesy(each.evidence)]
        best = max(found, key=lambda candidate: candidate.score, default=None)
        return best if best is not None and best.score >= self.answer_threshold else None

    def _classify(self, context: Context) -> VisualIntent | None:
        """Return what is asked about the picture.

        It is None without a picture, or if the message is about something else.
        """
        if context.picture is None or context.look is None:
            return None
        if not context.message.text:
            return VisualIntent("caption", PICTURE_ALONE)
        is_new = context.message.picture is not None
        text, language = context.message.text, context.language
        several = len(list_pictures(context.message, context.turns)) > 1
        if several and not is_new and find_ordinal(text, language) is not None:
            kind: Literal["caption", "answer"] = "caption" if names_only(text, language) else "answer"
            return VisualIntent(kind, PICTURE_NAMED)
        return self.classifier.classify(
            context.message.text, context.language, is_new, self._count_turns_since(context)
        )

    def _count_turns_since(self, context: Context) -> int | None:
        """Return how many turns lie behind the last one that brought a picture or was about one; None if none did."""
        for count, turn in enumerate(reversed(context.turns)):
            reply = turn.reply
            is_about = reply.chosen is not None and reply.candidates[reply.chosen].source == self.name
            if is_about or turn.message.picture:
                return count
        return None

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
