"""One message in, one reply out. Knows the types and nothing about models, files, Redis or pages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from bot import messages, versions
from bot.buttons import answer_button
from bot.choosing import choose
from bot.rules import Rules
from bot.serialization import reply_to_dict
from bot.types import (
    Candidate,
    Context,
    ConversationError,
    Filter,
    Loading,
    Message,
    Ranker,
    Reply,
    Source,
    Store,
    Turn,
    Update,
    Verdict,
    Writer,
)  # fmt: skip
from data.records import Language
from data.text.clean import clean
from data.text.language import language_of

Note = Callable[[str, Mapping[str, Any]], bool]
"""Writes one event of a conversation to the journal; false where it could not."""
Pictures = Callable[[str, str], bytes]
"""The bytes of a conversation's picture by its file name; blocks, and raises OSError if it is not there."""


_CLAUSE = frozenset("。！？；，.!?;,\n")


class Engine:
    """A bot: sources side by side, a ranker, rules, a store that remembers, and a filter if it shall have one."""

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
    ) -> None:
        """generators run only when no candidate of the sources reaches the answer threshold: what is stored appears at once.
        unknown gives the owner's own words for not knowing, or None."""
        self.store = store
        self.rules = rules
        self._sources = sources
        self._ranker = ranker
        self._note = note
        self._writers = writers
        self._generators = generators
        self._filter = filter
        self._pictures = pictures
        self._unknown = unknown
        self._running: dict[str, asyncio.Event] = {}

    async def answer(
        self,
        message: Message,
        language: Language,
        turns: Sequence[Turn] = (),
        conversation: str = "",
        streamed: bool = False,
    ) -> Reply:
        """The reply to the message after these turns; nothing is stored. language counts where the text does not tell.

        streamed: a generator that can also write live is not asked, for it will.
        """
        began = time.perf_counter()
        text = clean(message.text)
        if turns:
            language = turns[-1].reply.language
        # After a button the conversation goes on in its language, whichever the stored question is in.
        if message.entry is None:
            language = language_of(text, language)
        if refusal := self._refusal(text, message, language):
            return refusal
        if message.entry is not None:
            context = Context(Message(text, entry=message.entry), language, tuple(turns))
            reply = await answer_button(message.entry, context, self._sources, partial(self._failed, conversation))
            return replace(reply, timings={"total": _milliseconds(began)})
        timings: dict[str, float] = {}
        verdict = self._judged(text, language, timings)
        if verdict is not None and (care := messages.CARE.get(verdict.kind or "")):
            timings["total"] = _milliseconds(began)
            return Reply(care[language], "care", language, timings=timings, verdict=verdict)
        pictures = (turn.message.picture for turn in reversed(turns) if turn.message.picture)
        picture = message.picture or next(pictures, None)
        look = None
        if picture and conversation and self._pictures:
            look = partial(self._pictures, conversation, picture)
        context = Context(Message(text, message.picture), language, tuple(turns), picture, look)
        late: list[str] = []
        candidates = await self._proposals(self._sources, context, timings, conversation, late)
        ranked = self._ranked(context, candidates, timings)
        # Nothing new is written to who offends; what the owner wrote down for it is still said.
        live = {writer.name for writer in self._writers} if streamed else set()
        generators = [one for one in self._generators if one.name not in live]
        if verdict is None and text and generators and (not ranked or ranked[0].score < self.rules.answer_threshold):
            made = await self._proposals(generators, context, timings, conversation, late)
            fit = [one for one in made if self._passes(one.source, one.text, language, conversation)]
            ranked = self._ranked(context, [*candidates, *fit], timings)
        timings["total"] = _milliseconds(began)
        reply = replace(choose(ranked, context, self.rules), timings=timings)
        if late and reply.kind in ("unknown", "offer") and reply.chosen is None:
            # What was not looked up to the end may well be known; what was found to be near stays offered.
            reply = replace(reply, text=messages.LATE[language], kind="late")
        elif reply.kind == "unknown":
            reply = replace(reply, text=self._unknown(language) or reply.text)
        if not text and reply.kind not in ("answer", "late"):
            return Reply(messages.PICTURE_KEPT[language], "refused", language, timings=timings)
        if verdict is None:
            return reply
        if reply.kind not in ("answer", "late"):
            said = messages.CALM[language]
            number = turns[-1].number + 1 if turns else 0
            reply = replace(_without_offers(reply), text=said[number % len(said)], kind="calm")
        return replace(reply, verdict=verdict)

    async def stream(
        self, owner: str, conversation: str, message: Message, language: Language, instead_of: int | None = None
    ) -> AsyncGenerator[Update, None]:
        """The turn as it grows; the last update carries the stored turn, or none if the message could not be kept.

        instead_of cuts the conversation at the turn of that number and puts this one in its place. Raises
        ConversationError if the conversation is not the owner's.
        """
        async with self.store.turn_lock(conversation):
            stop = self._running[conversation] = asyncio.Event()
            try:
                turns = await self.store.turns(owner, conversation, self.rules.context_turns, instead_of)
                work = asyncio.create_task(self.answer(message, language, turns, conversation, streamed=True))
                reply = await self._unless_stopped(work, stop)
                if reply is None:
                    reply = Reply("", "unknown", language_of(message.text, language), stopped=True)
                elif message.entry is None and self._writers and self._has_no_answer(reply):
                    context = Context(replace(message, text=clean(message.text)), reply.language, tuple(turns))
                    written = ""
                    try:
                        async with aclosing(self._written(context, stop, conversation)) as pieces:
                            async for piece in pieces:
                                written += piece
                                yield Update(written)
                    except (GeneratorExit, asyncio.CancelledError):
                        # The browser went away in the middle: what was written is kept and marked, as after a stop.
                        if written:
                            half = replace(_without_offers(reply), text=written, kind="answer", stopped=True)
                            await self._keep(owner, conversation, message, half, instead_of)
                        raise
                    if written:
                        reply = replace(_without_offers(reply), text=written, kind="answer", stopped=stop.is_set())
                if len(message.text) > self.rules.max_stored_chars or not (message.text.strip() or message.picture):
                    yield Update(reply.text)
                    return
                # Once a reply exists it is kept, even if the browser goes away at this very moment.
                turn = await asyncio.shield(
                    asyncio.ensure_future(self._keep(owner, conversation, message, reply, instead_of))
                )
                yield Update(reply.text, turn)
            finally:
                self._running.pop(conversation, None)

    async def stop(self, owner: str, conversation: str) -> bool:
        """End the turn that is under way in the conversation; what was written so far is kept and marked. False if none is."""
        await self.store.turns(owner, conversation, last=1)
        running = self._running.get(conversation)
        if running is not None:
            running.set()
        return running is not None

    async def retry(self, owner: str, conversation: str) -> Turn:
        """Give the last turn another answer as its next version; the earlier ones are kept.

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
                turn = versions.retry(turn, self.rules.answer_threshold, self.rules.offer_threshold)
            await self.store.replace(owner, conversation, turn)
        self._note(conversation, {"kind": "retry", "number": turn.number, "reply": reply_to_dict(turn.reply)})
        return turn

    async def show_version(self, owner: str, conversation: str, number: int, version: int) -> Turn:
        """Show an earlier or later version of the reply in turn `number`; both count from 0.

        Raises:
            ConversationError: The owner has no such conversation, turn or version.
        """
        async with self.store.turn_lock(conversation):
            turn = await self._turn(owner, conversation, number)
            try:
                turn = versions.show_version(turn, version)
            except IndexError as error:
                raise ConversationError(f"conversation {conversation}: {error}") from error
            await self.store.replace(owner, conversation, turn)
        reply, liked = reply_to_dict(turn.reply), {"liked": turn.liked, "reason": turn.reason}
        self._note(conversation, {"kind": "version", "number": number, "version": version, "reply": reply, **liked})
        return turn

    async def rate(self, owner: str, conversation: str, number: int, liked: bool | None, reason: str = "") -> Turn:
        """The turn with a person's opinion of it, stored and noted. Raises ConversationError if there is no such turn."""
        async with self.store.turn_lock(conversation):
            turn = await self._turn(owner, conversation, number)
            turn = versions.rate_version(turn, liked, clean(reason)[:500])
            await self.store.replace(owner, conversation, turn)
        self._note(conversation, {"kind": "mark", "number": number, "liked": liked, "reason": turn.reason})
        return turn

    async def _turn(self, owner: str, conversation: str, number: int) -> Turn:
        turns = await self.store.turns(owner, conversation, last=1, before=number + 1)
        if not turns or turns[0].number != number:
            raise ConversationError(f"conversation {conversation} has no turn {number}")
        return turns[0]

    async def _keep(
        self, owner: str, conversation: str, message: Message, reply: Reply, instead_of: int | None
    ) -> Turn:
        # In one step: a disk that takes no more must not leave the conversation cut and the new turn unkept.
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

    async def _proposals(
        self,
        sources: Sequence[Source],
        context: Context,
        timings: dict[str, float],
        conversation: str,
        late: list[str],
    ) -> list[Candidate]:
        """The candidates of the sources, asked side by side; late gets the names of those that missed their deadline."""
        found = await asyncio.gather(
            *(self._proposed(source, context, timings, conversation, late) for source in sources)
        )
        return [candidate for proposal in found for candidate in proposal]

    def _ranked(
        self, context: Context, candidates: Sequence[Candidate], timings: dict[str, float]
    ) -> tuple[Candidate, ...]:
        began = time.perf_counter()
        ranked = sorted(self._ranker.rank(context, candidates), key=lambda candidate: -candidate.score)
        timings["ranker"] = round(timings.get("ranker", 0.0) + _milliseconds(began), 3)
        return tuple(ranked)

    async def _proposed(
        self, source: Source, context: Context, timings: dict[str, float], conversation: str, late: list[str]
    ) -> Sequence[Candidate]:
        began = time.perf_counter()
        try:
            if isinstance(source, Loading):
                await source.load(context)
                began = time.perf_counter()
            # A source may give up by itself with a TimeoutError; to the person that is the same.
            return await asyncio.wait_for(source.propose(context), source.deadline)
        except TimeoutError:
            late.append(source.name)
            self._failed(conversation, source.name, f"gave nothing within its {source.deadline:g} s")
        except Exception as error:
            self._failed(conversation, source.name, f"{type(error).__name__}: {error}")
        finally:
            timings[source.name] = _milliseconds(began)
        return ()

    def _has_no_answer(self, reply: Reply) -> bool:
        """Return whether a writer may answer: no candidate reaches the answer threshold."""
        is_open = reply.kind in ("unknown", "offer", "ask")
        return is_open and all(one.score < self.rules.answer_threshold for one in reply.candidates)

    def _failed(self, conversation: str, source: str, error: str) -> None:
        self._note(conversation, {"kind": "failure", "source": source, "error": error})

    def _judged(self, text: str, language: Language, timings: dict[str, float]) -> Verdict | None:
        if self._filter is None:
            return None
        began = time.perf_counter()
        verdict = self._filter.judge(text, language)
        timings["filter"] = _milliseconds(began)
        return verdict if verdict.kind else None

    def _passes(self, source: str, text: str, language: Language, conversation: str) -> bool:
        """Whether a generated text may be shown; one that may not is noted."""
        verdict = self._filter.judge(text, language) if self._filter else None
        if verdict is None or verdict.kind is None:
            return True
        self._note(conversation, {"kind": "dropped", "source": source, "text": text, "verdict": asdict(verdict)})
        return False

    async def _written(self, context: Context, stop: asyncio.Event, conversation: str) -> AsyncGenerator[str, None]:
        for writer in self._writers:
            wrote = ""
            pieces = self._pieces(writer, context, stop, conversation)
            clauses = pieces if self._filter is None else self._clauses(pieces, stop)
            async with aclosing(pieces), aclosing(clauses):
                async for clause in clauses:
                    if not self._passes(writer.name, wrote + clause, context.language, conversation):
                        break
                    wrote += clause
                    yield clause
            if wrote or stop.is_set():
                return

    async def _clauses(self, pieces: AsyncGenerator[str, None], stop: asyncio.Event) -> AsyncGenerator[str, None]:
        """The pieces joined to clauses; a long one comes in parts, and what a stop cuts short does not come."""
        held, count = "", 0
        async for piece in pieces:
            held, count = held + piece, count + 1
            end = len(held) if count >= self.rules.max_buffered_tokens else max(map(held.rfind, _CLAUSE)) + 1
            if end:
                yield held[:end]
                held, count = held[end:], 0
        if held and not stop.is_set():
            yield held

    async def _pieces(
        self, writer: Writer, context: Context, stop: asyncio.Event, conversation: str
    ) -> AsyncGenerator[str, None]:
        pieces = aiter(writer.write(context))
        try:
            while not stop.is_set():
                piece = await self._unless_stopped(asyncio.ensure_future(anext(pieces)), stop)
                if piece is None:
                    return
                yield piece
        except StopAsyncIteration:
            pass
        except Exception as error:
            self._failed(conversation, writer.name, f"{type(error).__name__}: {error}")
        finally:
            if close := getattr(pieces, "aclose", None):
                await close()

    async def _unless_stopped(self, work: asyncio.Future[Any], stop: asyncio.Event) -> Any:
        """What work gives, or None if stop came first; then the work is cancelled and has ended when this returns."""
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return work.result() if work.done() else None
        finally:
            stopping.cancel()
            if not work.done():
                work.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await work

    def _refusal(self, text: str, message: Message, language: Language) -> Reply | None:
        if not text and not message.picture:
            return Reply(messages.EMPTY[language], "refused", language)
        if len(text) > self.rules.max_answered_chars:
            said = messages.TOO_LONG
            return Reply(
                said[language].format(given=len(text), most=self.rules.max_answered_chars), "refused", language
            )
        return None


def _without_offers(reply: Reply) -> Reply:
    return replace(reply, chosen=None, shown_candidates=(), suggestions=())


def _milliseconds(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 3)
