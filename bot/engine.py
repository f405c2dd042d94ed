"""The life of a turn: locked, answered, streamed, stopped, stored and noted.

Later retried, rated and shown again.

Knows the types and nothing about models, files, Redis or pages.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

from bot import versions
from bot.answering import Answerer, Note, Pictures, explain_failure, remove_offers
from bot.components import Filter, Judge, Ranker, Source, Writer
from bot.rules import Rules
from bot.serialization import reply_to_dict
from bot.streaming import LiveWriting, run_unless_stopped
from bot.types import Context, ConversationError, Message, Reply, Store, Turn, Update  # fmt: skip
from data.records import Language
from data.text.clean import clean
from data.text.language import language_of

_MAX_REASON = 500


class Engine:
    """A bot: sources, a ranker, rules, a store and, if given, writers and a filter.

    Args:
        sources: Run side by side for every message.
        ranker: Makes the scores of all sources comparable.
        store: Keeps the conversations.
        note: Writes events to the journal.
        rules: The thresholds.
        writers: Write a reply live where no candidate reaches the answer threshold.
        filter: Checks messages and generated texts.
        generators: Run only when no candidate of the sources reaches the answer threshold; those that are also writers are
            left out of a streamed turn.
        pictures: Reads a picture of a conversation.
        unknown: Returns the owner's text for a question that nothing answers, or None.
        judge: Is asked which of the nearest candidates answers a message.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        ranker: Ranker,
        store: Store,
        note: Note,
        rules: Rules,
        writers: Sequence[Writer] = (),
        filter: Filter | None = None,
        generators: Sequence[Source] = (),
        pictures: Pictures | None = None,
        unknown: Callable[[Language], str | None] = lambda language: None,
        judge: Judge | None = None,
    ) -> None:
        self.store = store
        self._note = note
        self._answerer = Answerer(sources, ranker, note, rules, filter, generators, pictures, unknown, judge)
        passes = self._answerer.passes_filter if filter is not None else None
        self._live = LiveWriting(writers, self._answerer.note_failure, passes, rules.max_buffered_tokens)
        self._running: dict[str, asyncio.Event] = {}

    @property
    def rules(self) -> Rules:
        """The thresholds, which answering holds."""
        return self._answerer.rules

    async def answer(
        self, message: Message, language: Language, turns: Sequence[Turn] = (), conversation: str = ""
    ) -> Reply:
        """Return the reply to a message after these turns; nothing is stored.

        Args:
            message: What the person sent.
            language: The language to reply in where the text does not tell one.
            turns: The turns before the message, in order.
            conversation: The id under which failures are noted and pictures are read.
        """
        return await self._answerer.answer(message, language, turns, conversation)

    async def stream(
        self, owner: str, conversation: str, message: Message, language: Language, instead_of: int | None = None
    ) -> AsyncGenerator[Update, None]:
        """Yield the turn as it grows.

        The last update carries the stored turn, or none if the message is not stored.

        Args:
            owner: Who owns the conversation.
            conversation: Its id.
            message: What the person sent.
            language: The language to reply in where the text does not tell one.
            instead_of: The number of a turn that this one replaces, with all turns after it.

        Raises:
            ConversationError: The conversation is not the owner's.
        """
        async with self.store.turn_lock(conversation):
            stop = self._running[conversation] = asyncio.Event()
            try:
                turns = await self.store.turns(owner, conversation, self.rules.context_turns, instead_of)
                reply = await self._answer_until_stopped(message, language, turns, conversation, stop)
                if message.entry is None and not reply.stopped and self._live.writers and self._has_no_answer(reply):
                    cleaned = replace(message, text=clean(message.text))
                    context = Context(cleaned, reply.language, tuple(turns), found=reply.candidates)
                    written, failed = "", list[str]()
                    try:
                        async with aclosing(self._live.write(context, stop, conversation, failed)) as texts:
                            async for written in texts:
                                yield Update(written)
                    except (GeneratorExit, asyncio.CancelledError):
                        # The browser went away in the middle: what was written is stored and marked, as after a stop.
                        if written:
                            half = _give_written(reply, written, stopped=True)
                            await self._store_turn(owner, conversation, message, half, instead_of)
                        raise
                    if written:
                        reply = _give_written(reply, written, stopped=stop.is_set())
                    elif failed:
                        reply = explain_failure(reply)
                if not self._can_be_stored(message):
                    yield Update(reply.text)
                    return
                # Once a reply exists it is stored, even if the browser goes away at this very moment.
                turn = await asyncio.shield(
                    asyncio.ensure_future(self._store_turn(owner, conversation, message, reply, instead_of))
                )
                yield Update(reply.text, turn)
            finally:
                self._running.pop(conversation, None)

    async def stop(self, owner: str, conversation: str) -> bool:
        """End the turn that is under way in the conversation.

        What was written so far is stored and marked.

        Returns:
            Whether a turn was under way.

        Raises:
            ConversationError: The conversation is not the owner's.
        """
        await self.store.turns(owner, conversation, last=1)
        running = self._running.get(conversation)
        if running is not None:
            running.set()
        return running is not None

    async def retry(self, owner: str, conversation: str) -> Turn:
        """Give the last turn another answer as its next version; the earlier ones stay.

        A candidate below the threshold is given with a hedge. Where no candidate is left, the new version says so. A turn that
        was late is answered anew.

        Raises:
            ConversationError: The owner has no such conversation, or it has no turn.
        """
        async with self.store.turn_lock(conversation):
            turns = await self.store.turns(owner, conversation, last=self.rules.context_turns + 1)
            if not turns:
                raise ConversationError(f"conversation {conversation} has no turn to answer again")
            *before, turn = turns
            if turn.reply.kind == "late":
                reply = await self.answer(turn.message, turn.reply.language, before, conversation)
                turn = versions.add_version(turn, reply)
            else:
                turn = versions.retry(turn, self.rules)
            await self.store.replace(owner, conversation, turn)
        self._note(conversation, {"kind": "retry", "number": turn.number, "reply": reply_to_dict(turn.reply)})
        return turn

    async def show_version(self, owner: str, conversation: str, number: int, version: int) -> Turn:
        """Show an earlier or later version of the reply in turn `number`.

        Both count from 0.

        Raises:
            ConversationError: The owner has no such conversation, turn or version.
        """
        async with self.store.turn_lock(conversation):
            turn = await self._load_turn(owner, conversation, number)
            try:
                turn = versions.show_version(turn, version)
            except IndexError as error:
                raise ConversationError(f"conversation {conversation}: {error}") from error
            await self.store.replace(owner, conversation, turn)
        reply, liked = reply_to_dict(turn.reply), {"liked": turn.liked, "reason": turn.reason}
        self._note(conversation, {"kind": "version", "number": number, "version": version, "reply": reply, **liked})
        return turn

    async def rate(self, owner: str, conversation: str, number: int, liked: bool | None, reason: str = "") -> Turn:
        """Store and note a person's opinion of the shown version of a turn.

        The changed turn is returned.

        Args:
            owner: Who owns the conversation.
            conversation: Its id.
            number: The turn, counted from 0.
            liked: True or False, or None to take the opinion back.
            reason: In the person's words; of more than 500 characters the first 500 are stored.

        Raises:
            ConversationError: The owner has no such conversation or turn.
        """
        async with self.store.turn_lock(conversation):
            turn = await self._load_turn(owner, conversation, number)
            turn = versions.rate_version(turn, liked, clean(reason)[:_MAX_REASON])
            await self.store.replace(owner, conversation, turn)
        # The journal's name for a rating is "mark".
        self._note(conversation, {"kind": "mark", "number": number, "liked": liked, "reason": turn.reason})
        return turn

    async def _answer_until_stopped(
        self, message: Message, language: Language, turns: Sequence[Turn], conversation: str, stop: asyncio.Event
    ) -> Reply:
        """Return the reply, or an empty one if stop came first.

        The empty one is marked as stopped. Generators that write live are left out.
        """
        live = {writer.name for writer in self._live.writers}
        work = asyncio.create_task(self._answerer.answer(message, language, turns, conversation, skip=live))
        reply = await run_unless_stopped(work, stop)
        return reply or Reply("", "unknown", language_of(message.text, language), stopped=True)

    def _can_be_stored(self, message: Message) -> bool:
        is_empty = not (message.text.strip() or message.picture)
        return not is_empty and len(message.text) <= self.rules.max_stored_chars

    def _has_no_answer(self, reply: Reply) -> bool:
        """Return whether a writer may answer: no candidate reaches the answer threshold."""
        is_open = reply.kind in ("unknown", "offer", "ask")
        return is_open and all(candidate.score < self.rules.answer_threshold for candidate in reply.candidates)

    async def _load_turn(self, owner: str, conversation: str, number: int) -> Turn:
        turns = await self.store.turns(owner, conversation, last=1, before=number + 1)
        if not turns or turns[0].number != number:
            raise ConversationError(f"conversation {conversation} has no turn {number}")
        return turns[0]

    async def _store_turn(
        self, owner: str, conversation: str, message: Message, reply: Reply, instead_of: int | None
    ) -> Turn:
        # In one step: a full disk must not leave the conversation cut and the new turn not stored.
        turn = await self.store.append(owner, conversation, message, reply, instead_of)
        event = {
            "kind": "turn",
            "number": turn.number,
            "edited": instead_of is not None,
            "text": message.text,
            "picture": message.picture,
            "entry": message.entry,
            "reply": reply_to_dict(reply),
        }
        self._note(conversation, event)
        return turn


def _give_written(reply: Reply, text: str, stopped: bool) -> Reply:
    return replace(remove_offers(reply), text=text, kind="answer", stopped=stopped)
