"""The Chat tab and the list of conversations beside it. After every event the page shows what the store says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

import gradio as gr

from bot.state import StoreError
from bot.types import ConversationError, Message, Turn
from data.disk import is_full
from data.image import PictureError
from data.records import Language
from data.text.clean import clean
from ui import transcript
from ui.services import Services
from ui.strings import STRINGS, Strings

_TITLE = 40
_MOST = 1_000_000
_LONGEST_ID = 1_000
# Stored replies take milliseconds; this many may be under way at once before one waits.
CONCURRENCY = 64
# The box when no turn is under way: it can send, and what is in it stays.
_SENDS: dict[str, Any] = {"submit_btn": True, "stop_btn": False}
_FREE = gr.update(**_SENDS)

Given = ParamSpec("Given")
Made = TypeVar("Made")


@dataclass
class Attempt:
    """What a turn has made so far, to be taken back if it cannot be kept. entry is that of the suggestion that was clicked."""

    conversation: str
    how: Literal["sent", "edited", "clicked"]
    entry: str | None = None
    begun: bool = False
    picture: str | None = None
    kept: bool = False


def explain(
    work: Callable[Concatenate[Handlers, Given], Awaitable[Made]],
) -> Callable[Concatenate[Handlers, Given], Coroutine[Any, Any, Made]]:
    """Make the event say in the page's language why the store did not do it."""

    @wraps(work)
    async def explained(self: Handlers, *given: Given.args, **named: Given.kwargs) -> Made:
        try:
            return await work(self, *given, **named)
        except (StoreError, OSError) as error:
            if (why := self.why(error)) is None:
                raise
            raise gr.Error(why, print_exception=False) from error

    return explained  # type: ignore[return-value]  # wraps names the first argument, which is positional here


@dataclass(frozen=True)
class Handlers:
    """What the events of one page do. Every input comes from a browser and is checked against its owner."""

    services: Services
    language: Language

    @property
    def words(self) -> Strings:
        """The page's words."""
        return STRINGS[self.language]

    def why(self, error: Exception) -> str | None:
        """The sentence for an error of the store or the disk; None for any other."""
        if is_full(error):
            return self.words.disk_full
        return self.words.store_failed if isinstance(error, StoreError) else None

    async def turns(self, owner: str, conversation: str) -> list[Turn]:
        """The turns as the store has them; none of a conversation that is not the owner's."""
        try:
            return await self.services.bot.engine.store.turns(owner, conversation)
        except ConversationError:
            return []

    async def shown(self, owner: str, conversation: str) -> Any:
        """The messages of a conversation."""
        return self._update(await self.turns(owner, conversation), conversation)

    def _update(self, turns: list[Turn], conversation: str, *more: transcript.Row) -> Any:
        """The chat component with the messages of the turns, the thumbs under them, and what is not yet a turn."""
        rows = transcript.rows(turns, conversation, self.words)
        return gr.update(value=[*rows, *more], feedback_value=transcript.list_feedback(turns))

    async def listed(self, owner: str, conversation: str, search: str) -> Any:
        """The list of conversations with this one marked."""
        found = await self.services.bot.engine.store.conversations(owner, clean(search[:200]))
        # The page shows the days in the visitor's own time zone, so each row carries when it was last used.
        rows = {one.id: f"{one.id}@{one.updated:.0f}" for one in found}
        choices = [(one.title or self.words.untitled, rows[one.id]) for one in found]
        return gr.update(choices=choices, value=rows.get(conversation))

    async def banner(self) -> Any:
        """The line that says that the store is degraded or keeps nothing, or nothing."""
        health = await self.services.bot.engine.store.health()
        said = self.words.degraded if health.writable else self.words.not_writable
        return gr.update(value=build_banner(said), visible=health.degraded)

    @explain
    async def load(self, request: gr.Request) -> tuple[Any, ...]:
        """The conversation named in the address, else the one used last, else an empty page."""
        owner = self.services.owner(request)
        wanted = str(request.query_params.get("c", ""))
        known = await self.services.bot.engine.store.conversations(owner)
        ids = [one.id for one in known]
        conversation = wanted if wanted in ids else (ids[0] if ids and not request.query_params.get("new") else "")
        if wanted and wanted not in ids:
            gr.Info(self.words.gone)
        admin = gr.update(visible=self.services.administers(request))
        return (
            await self.shown(owner, conversation),
            conversation,
            await self.listed(owner, conversation, ""),
            await self.banner(),
            admin,
            gr.update(visible=bool(conversation)),
            admin,
        )

    @explain
    async def open(self, chosen: str | None, request: gr.Request) -> tuple[Any, ...]:
        """Another conversation of the list."""
        owner = self.services.owner(request)
        conversation = str(chosen or "")
        if not await self.services.found(owner, conversation):
            conversation = ""
        return await self.shown(owner, conversation), conversation, gr.update(visible=bool(conversation))

    async def send(self, message: Any, conversation: str, request: gr.Request) -> AsyncIterator[tuple[Any, ...]]:
        """A message from the box: shown at once, answered as soon as there is an answer."""
        given = message if isinstance(message, dict) else {"text": message}
        files = [file for file in given.get("files") or [] if isinstance(file, str)]
        attempt = Attempt(conversation, "sent")
        async for step in self._turn(str(given.get("text") or ""), files[:1], attempt, None, request):
            yield step

    async def say(self, conversation: str, request: gr.Request, event: gr.SelectData) -> AsyncIterator[tuple[Any, ...]]:
        """A suggestion or an example that was clicked."""
        value = event.value if isinstance(event.value, dict) else {"text": event.value}
        text = str(value.get("text") or value.get("value") or "")
        entry = value.get("entry")
        attempt = Attempt(
            conversation, "clicked", entry if isinstance(entry, str) and 0 < len(entry) <= _LONGEST_ID else None
        )
        async for step in self._turn(text, [], attempt, None, request):
            yield step

    async def edit(self, conversation: str, request: gr.Request, event: gr.EditData) -> AsyncIterator[tuple[Any, ...]]:
        """A message that was changed: the conversation is cut there and goes on with it."""
        owner = self.services.owner(request)
        number = transcript.number_at(
            await self.turns(owner, conversation), conversation, self.words, _index(event.index)
        )
        text = transcript.typed(str(event.value or ""))
        async for step in self._turn(text, [], Attempt(conversation, "edited"), number, request):
            yield step

    async def _turn(
        self, text: str, files: list[str], attempt: Attempt, instead_of: int | None, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        try:
            async for step in self._answered(text, files, attempt, instead_of, request):
                yield step
        except Exception as error:
            why = self.why(error)
            if attempt.kept and why is not None:
                gr.Warning(why)
                yield _step(gr.skip(), _FREE, gr.skip())
                return
            if not attempt.kept:
                yield await self._taken_back(self.services.owner(request), attempt)
            if why is None:
                raise
            # The page puts what was typed back into the box.
            said = why if attempt.how == "clicked" else f"{why} {self.words.not_sent}"
            raise gr.Error(said, print_exception=False) from error

    async def _taken_back(self, owner: str, attempt: Attempt, box: Any = _FREE) -> tuple[Any, ...]:
        """The page as it was before a turn that could not be kept."""
        shown: Any = gr.skip()
        with suppress(StoreError, OSError, ConversationError):
            if attempt.begun:
                await self.services.bot.delete(owner, attempt.conversation)
                attempt.conversation = ""
            elif attempt.picture:
                await asyncio.to_thread(self.services.bot.pictures.remove, attempt.conversation, attempt.picture)
            shown = await self.shown(owner, attempt.conversation)
        return _step(shown, box, attempt.conversation)

    async def _answered(
        self, text: str, files: list[str], attempt: Attempt, instead_of: int | None, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        conversation = attempt.conversation
        owner = self.services.owner(request)
        engine = self.services.bot.engine
        if not text.strip() and not files:
            yield _step(await self.shown(owner, conversation), _FREE, conversation)
            return
        if len(text) > engine.rules.max_stored_chars:
            too_long = self.words.too_long.format(given=f"{len(text):,}", most=f"{engine.rules.max_answered_chars:,}")
            raise gr.Error(too_long, print_exception=False)
        if not await self.services.found(owner, conversation):
            conversation = (await engine.store.begin(owner, _title(text))).id
            attempt.conversation, attempt.begun = conversation, True
        picture = None
        if files:
            try:
                picture = attempt.picture = await self.services.keep_picture(owner, conversation, files[0])
            except (PictureError, OSError) as error:
                if is_full(error):
                    raise
                gr.Warning(self.words.picture_refused)
                yield await self._taken_back(owner, attempt, gr.update(value={"text": text, "files": []}, **_SENDS))
                return
        before = await self.turns(owner, conversation)
        if instead_of is not None:
            before = [turn for turn in before if turn.number < instead_of]
            picture = picture or next(
                (turn.message.picture for turn in await self.turns(owner, conversation) if turn.number == instead_of),
                None,
            )
        shown = self._update(before, conversation, *transcript.said(text, picture, conversation))
        # Gradio takes the rows out of an update that it was given.
        rows = list(shown["value"])
        # Only what was sent from the box leaves it.
        emptied: dict[str, Any] = {"value": {"text": "", "files": []}} if attempt.how == "sent" else {}
        yield _step(shown, gr.update(**emptied, submit_btn=False, stop_btn=True), conversation)
        message = Message(text, picture, attempt.entry)
        last = ""
        async for update in engine.stream(owner, conversation, message, self.language, instead_of):
            attempt.kept, last = update.turn is not None, update.text
            if not attempt.kept:
                row = transcript.build_text_row("assistant", update.text)
                # The id again: the step before may have been overtaken, and Stop needs it.
                yield _step(gr.update(value=[*rows, row]), gr.skip(), conversation)
        if attempt.kept and not before and not text.strip():
            # A picture alone says nothing that a list could show; what was seen in it does.
            await engine.store.rename(owner, conversation, _title(last.partition("\n")[0]))
        finished = await self.shown(owner, conversation)
        if not attempt.kept:
            gr.Warning(self.words.not_kept)
            turns = await self.turns(owner, conversation)
            finished = self._update(turns, conversation, transcript.build_text_row("assistant", last))
        yield (
            finished,
            # The text stays as it is: what was typed while the reply came is the next message.
            _FREE,
            conversation,
            await self.listed(owner, conversation, ""),
            await self.banner(),
            gr.update(visible=True),
        )

    async def stop(self, conversation: str, request: gr.Request) -> None:
        """The stop button: the running turn ends by itself and is shown by its own event."""
        try:
            await self.services.bot.engine.stop(self.services.owner(request), conversation)
        except ConversationError:
            return

    @explain
    async def retry(self, conversation: str, request: gr.Request) -> Any:
        """Another answer to the last message, beside the earlier ones."""
        owner = self.services.owner(request)
        try:
            await self.services.bot.engine.retry(owner, conversation)
        except ConversationError:
            gr.Info(self.words.gone)
        return await self.shown(owner, conversation)

    @explain
    async def show_version(self, conversation: str, request: gr.Request, event: gr.EventData) -> Any:
        """An earlier or later version of a reply."""
        owner = self.services.owner(request)
        turn, version = (_index(getattr(event, name, None)) for name in ("turn", "version"))
        try:
            await self.services.bot.engine.show_version(owner, conversation, turn, version)
        except ConversationError:
            gr.Info(self.words.gone)
        return await self.shown(owner, conversation)

    @explain
    async def like(self, conversation: str, request: gr.Request, event: gr.LikeData) -> tuple[Any, ...]:
        """A thumb up or down; a thumb down opens the question why."""
        owner = self.services.owner(request)
        turns = await self.turns(owner, conversation)
        number = transcript.number_at(turns, conversation, self.words, _index(event.index))
        liked = event.liked if isinstance(event.liked, bool) else {"Like": True, "Dislike": False}.get(str(event.liked))
        if number is None:
            return gr.update(visible=False), -1, None, "", gr.skip()
        await self.services.bot.engine.rate(owner, conversation, number, liked)
        if liked:
            gr.Info(self.words.thanks)
        # The chat component keeps a thumb by its place, also when other messages come to stand there, unless it is told.
        marked = gr.update(feedback_value=transcript.list_feedback(await self.turns(owner, conversation)))
        return gr.update(visible=liked is False), number, None, "", marked

    @explain
    async def reason(
        self, conversation: str, number: float | None, chosen: str | None, own: str, request: gr.Request
    ) -> tuple[Any, ...]:
        """Why a reply was disliked."""
        owner = self.services.owner(request)
        text = "; ".join(part for part in (chosen or "", (own or "").strip()) if part)
        try:
            await self.services.bot.engine.rate(owner, conversation, _index(number), False, text)
            gr.Info(self.words.thanks)
        except ConversationError:
            gr.Info(self.words.gone)
        return gr.update(visible=False), None, ""

    @explain
    async def new(self, request: gr.Request) -> tuple[Any, ...]:
        """An empty page; the conversation is begun with its first message."""
        owner = self.services.owner(request)
        return self._update([], ""), "", await self.listed(owner, "", ""), gr.update(visible=False), ""

    @explain
    async def rename(self, conversation: str, title: str, search: str, request: gr.Request) -> tuple[Any, ...]:
        """Another title for the open conversation."""
        owner = self.services.owner(request)
        if title.strip():
            try:
                await self.services.bot.engine.store.rename(owner, conversation, _title(title))
            except ConversationError:
                gr.Info(self.words.gone)
        return await self.listed(owner, conversation, search), ""

    @explain
    async def delete(self, conversation: str, search: str, request: gr.Request) -> tuple[Any, ...]:
        """The open conversation removed for good; nothing if the person did not confirm (then the id is empty)."""
        owner = self.services.owner(request)
        if not conversation:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        try:
            await self.services.bot.delete(owner, conversation)
        except ConversationError:
            gr.Info(self.words.gone)
        return self._update([], ""), "", await self.listed(owner, "", search), gr.update(visible=False)

    @explain
    async def search(self, text: str, conversation: str, request: gr.Request) -> Any:
        """The conversations that contain the text."""
        return await self.listed(self.services.owner(request), conversation, text)


def build_banner(said: str) -> str:
    """Build the line above the page that says how the store is."""
    return f"<div id='banner' role='status'>{said}</div>"


def _step(shown: Any, box: Any, conversation: Any) -> tuple[Any, ...]:
    """What a turn shows before it is finished; the list, the banner and what can be done with the conversation stay."""
    return shown, box, conversation, gr.skip(), gr.skip(), gr.skip()


def _title(text: str) -> str:
    line = " ".join(clean(text).split())
    return line if len(line) <= _TITLE else line[: _TITLE - 1] + "…"


def _index(index: Any) -> int:
    first = index[0] if isinstance(index, (list, tuple)) else index
    return int(first) if isinstance(first, (int, float)) and 0 <= first < _MOST else -1
