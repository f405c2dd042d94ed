"""The Chat tab and the list of conversations beside it.

After every event the page shows what is in the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import gradio as gr

from bot.state import StoreError
from bot.types import ConversationError, Message, Turn
from data.disk import is_full
from data.image import PictureError
from data.text.clean import clean
from ui import transcript
from ui.attempt import Attempt
from ui.handlers import PageHandlers

_MAX_TITLE = 40
_MAX_INDEX = 1_000_000
_MAX_ID = 1_000
_MAX_PICTURES = 6
# Stored replies take milliseconds; so many turns run at once before one waits.
CONCURRENCY = 64
# The box when no turn is running: it can send, and its content stays.
_CAN_SEND: dict[str, Any] = {"submit_btn": True, "stop_btn": False}
_IDLE_BOX = gr.update(**_CAN_SEND)

Given = ParamSpec("Given")
Made = TypeVar("Made")


def explain_store_errors(
    work: Callable[Concatenate[ChatHandlers, Given], Awaitable[Made]],
) -> Callable[Concatenate[ChatHandlers, Given], Coroutine[Any, Any, Made]]:
    """Decorate an event handler to explain errors of the store or the disk.

    Such an error becomes a sentence in the language of the page.
    """

    @wraps(work)
    async def run(self: ChatHandlers, *given: Given.args, **named: Given.kwargs) -> Made:
        try:
            return await work(self, *given, **named)
        except (StoreError, OSError) as error:
            if (why := self.explain_error(error)) is None:
                raise
            raise gr.Error(why, print_exception=False) from error

    return run  # type: ignore[return-value]  # wraps names the first argument, which is positional here


@dataclass(frozen=True)
class ChatHandlers(PageHandlers):
    """The event handlers of the tab.

    Every input comes from a browser and is checked against its owner.
    """

    def explain_error(self, error: Exception) -> str | None:
        """Return the sentence for an error of the store or the disk.

        It is None for any other error.
        """
        if is_full(error):
            return self.words.disk_full
        return self.words.store_failed if isinstance(error, StoreError) else None

    async def load_turns(self, owner: str, conversation: str) -> list[Turn]:
        """Load the turns of a conversation from the store; none if it is not the owner's."""
        try:
            return await self.dependencies.bot.engine.store.turns(owner, conversation)
        except ConversationError:
            return []

    async def show_conversation(self, owner: str, conversation: str) -> Any:
        """Show the messages of a conversation."""
        return self._show_turns(await self.load_turns(owner, conversation), conversation)

    def _show_turns(self, turns: list[Turn], conversation: str, *more: transcript.Row) -> Any:
        """Show the messages and ratings of turns, and messages that are no turn yet."""
        rows = transcript.build_rows(turns, conversation, self.words)
        return gr.update(value=[*rows, *more], feedback_value=transcript.list_feedback(turns))

    async def list_conversations(self, owner: str, conversation: str, search: str) -> Any:
        """Show the list of conversations with this one selected."""
        found = await self.dependencies.bot.engine.store.conversations(owner, clean(search[:200]))
        # The page groups by days of the visitor's time zone, so the value of each row holds when it was last used.
        rows = {each.id: f"{each.id}@{each.updated:.0f}" for each in found}
        choices = [(each.title or self.words.untitled, rows[each.id]) for each in found]
        return gr.update(choices=choices, value=rows.get(conversation))

    async def show_banner(self) -> Any:
        """Show the banner if the store is degraded or cannot store; hide it otherwise."""
        health = await self.dependencies.bot.engine.store.health()
        said = self.words.degraded if health.writable else self.words.not_writable
        return gr.update(value=build_banner(said), visible=health.degraded)

    @explain_store_errors
    async def load(self, request: gr.Request) -> tuple[Any, ...]:
        """Show the conversation of the address, the one used last, or an empty page."""
        owner = self.dependencies.get_owner(request)
        wanted = str(request.query_params.get("c", ""))
        known = await self.dependencies.bot.engine.store.conversations(owner)
        ids = [each.id for each in known]
        conversation = wanted if wanted in ids else (ids[0] if ids and not request.query_params.get("new") else "")
        if wanted and wanted not in ids:
            gr.Info(self.words.gone)
        admin = gr.update(visible=self.dependencies.is_admin(request))
        return (
            await self.show_conversation(owner, conversation),
            conversation,
            await self.list_conversations(owner, conversation, ""),
            await self.show_banner(),
            admin,
            gr.update(visible=bool(conversation)),
            admin,
        )

    @explain_store_errors
    async def open(self, chosen: str | None, request: gr.Request) -> tuple[Any, ...]:
        """Open the conversation that was chosen in the list."""
        owner = self.dependencies.get_owner(request)
        conversation = str(chosen or "")
        if not await self.dependencies.find_conversation(owner, conversation):
            conversation = ""
        return await self.show_conversation(owner, conversation), conversation, gr.update(visible=bool(conversation))

    async def send(self, message: Any, conversation: str, request: gr.Request) -> AsyncIterator[tuple[Any, ...]]:
        """Show a message from the box at once, and its answer when there is one."""
        given = message if isinstance(message, dict) else {"text": message}
        files = [file for file in given.get("files") or [] if isinstance(file, str)]
        # Several pictures are as many messages: each is described, and the text goes with the last.
        for file in files[: _MAX_PICTURES - 1][: len(files) - 1]:
            part = Attempt(conversation, "part")
            async for step in self._run_turn("", [file], part, None, request):
                yield step
            conversation = part.conversation
        if len(files) > _MAX_PICTURES:
            gr.Warning(self.words.pictures_left_out.format(most=_MAX_PICTURES, given=len(files)))
        attempt = Attempt(conversation, "sent")
        last = files[:_MAX_PICTURES][-1:]
        async for step in self._run_turn(str(given.get("text") or ""), last, attempt, None, request):
            yield step

    async def send_suggestion(
        self, conversation: str, request: gr.Request, event: gr.SelectData
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Send the suggestion or example that was clicked."""
        value = event.value if isinstance(event.value, dict) else {"text": event.value}
        text = str(value.get("text") or value.get("value") or "")
        entry = value.get("entry")
        attempt = Attempt(
            conversation, "clicked", entry if isinstance(entry, str) and 0 < len(entry) <= _MAX_ID else None
        )
        async for step in self._run_turn(text, [], attempt, None, request):
            yield step

    async def edit(self, conversation: str, request: gr.Request, event: gr.EditData) -> AsyncIterator[tuple[Any, ...]]:
        """Send a message that was edited.

        The conversation is cut there and goes on with it.
        """
        owner = self.dependencies.get_owner(request)
        number = transcript.find_turn_number(
            await self.load_turns(owner, conversation), conversation, self.words, _parse_index(event.index)
        )
        text = transcript.unescape(str(event.value or ""))
        async for step in self._run_turn(text, [], Attempt(conversation, "edited"), number, request):
            yield step

    async def _run_turn(
        self, text: str, files: list[str], attempt: Attempt, instead_of: int | None, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        try:
            async for step in self._stream_turn(text, files, attempt, instead_of, request):
                yield step
        except Exception as error:
            why = self.explain_error(error)
            if attempt.is_stored and why is not None:
                gr.Warning(why)
                yield _build_step(gr.skip(), _IDLE_BOX, gr.skip())
                return
            if not attempt.is_stored:
                yield await self._undo(self.dependencies.get_owner(request), attempt)
            if why is None:
                raise
            # The page puts the text back into the box.
            said = why if attempt.origin == "clicked" else f"{why} {self.words.not_sent}"
            raise gr.Error(said, print_exception=False) from error

    async def _undo(self, owner: str, attempt: Attempt, box: Any = _IDLE_BOX) -> tuple[Any, ...]:
        """Undo a turn that could not be stored, and show the page as it was before."""
        shown: Any = gr.skip()
        with suppress(StoreError, OSError, ConversationError):
            if attempt.is_new_conversation:
                await self.dependencies.bot.delete(owner, attempt.conversation)
                attempt.conversation = ""
            elif attempt.picture:
                await asyncio.to_thread(self.dependencies.bot.pictures.remove, attempt.conversation, attempt.picture)
            shown = await self.show_conversation(owner, attempt.conversation)
        return _build_step(shown, box, attempt.conversation)

    async def _stream_turn(
        self, text: str, files: list[str], attempt: Attempt, instead_of: int | None, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        conversation = attempt.conversation
        owner = self.dependencies.get_owner(request)
        engine = self.dependencies.bot.engine
        if not text.strip() and not files:
            yield _build_step(await self.show_conversation(owner, conversation), _IDLE_BOX, conversation)
            return
        if len(text) > engine.rules.max_stored_chars:
            too_long = self.words.too_long.format(given=f"{len(text):,}", most=f"{engine.rules.max_answered_chars:,}")
            raise gr.Error(too_long, print_exception=False)
        if not await self.dependencies.find_conversation(owner, conversation):
            conversation = (await engine.store.begin(owner, _shorten_title(text))).id
            attempt.conversation, attempt.is_new_conversation = conversation, True
        picture = None
        if files:
            try:
                picture = attempt.picture = await self.dependencies.store_picture(owner, conversation, files[0])
            except (PictureError, OSError) as error:
                if is_full(error):
                    raise
                gr.Warning(self.explain_picture(error))
                # The message of a part has no text of its own, and the next part is sent all the same.
                box = (
                    gr.skip() if attempt.origin == "part" else gr.update(value={"text": text, "files": []}, **_CAN_SEND)
                )
                yield await self._undo(owner, attempt, box)
                return
        before = await self.load_turns(owner, conversation)
        if instead_of is not None:
            before = [turn for turn in before if turn.number < instead_of]
            picture = picture or next(
                (
                    turn.message.picture
                    for turn in await self.load_turns(owner, conversation)
                    if turn.number == instead_of
                ),
                None,
            )
        shown = self._show_turns(before, conversation, *transcript.build_message_rows(text, picture, conversation))
        # Gradio removes the rows from an update that it was given.
        rows = list(shown["value"])
        # The box is emptied only if the message came from it.
        emptied: dict[str, Any] = {"value": {"text": "", "files": []}} if attempt.origin in ("sent", "part") else {}
        yield _build_step(shown, gr.update(**emptied, submit_btn=False, stop_btn=True), conversation)
        message = Message(text, picture, attempt.entry)
        last = ""
        async for update in engine.stream(owner, conversation, message, self.language, instead_of):
            attempt.is_stored, last = update.turn is not None, update.text
            if not attempt.is_stored:
                row = transcript.build_text_row("assistant", update.text)
                # The id again, which Stop needs: the step before may have been overtaken.
                yield _build_step(gr.update(value=[*rows, row]), gr.skip(), conversation)
        if attempt.is_stored and not before and not text.strip():
            # A picture without words gives no title; its caption does.
            await engine.store.rename(owner, conversation, _shorten_title(last.partition("\n")[0]))
        finished = await self.show_conversation(owner, conversation)
        if not attempt.is_stored:
            gr.Warning(self.words.not_kept)
            turns = await self.load_turns(owner, conversation)
            finished = self._show_turns(turns, conversation, transcript.build_text_row("assistant", last))
        yield (
            finished,
            # The text stays: what was typed meanwhile is the next message.
            _IDLE_BOX,
            conversation,
            await self.list_conversations(owner, conversation, ""),
            await self.show_banner(),
            gr.update(visible=True),
        )

    async def stop(self, conversation: str, request: gr.Request) -> None:
        """Stop the running turn; its own event shows what it has made."""
        try:
            await self.dependencies.bot.engine.stop(self.dependencies.get_owner(request), conversation)
        except ConversationError:
            return

    @explain_store_errors
    async def retry(self, conversation: str, request: gr.Request) -> Any:
        """Give another answer to the last message; the earlier ones stay."""
        owner = self.dependencies.get_owner(request)
        try:
            await self.dependencies.bot.engine.retry(owner, conversation)
        except ConversationError:
            gr.Info(self.words.gone)
        return await self.show_conversation(owner, conversation)

    @explain_store_errors
    async def show_version(self, conversation: str, request: gr.Request, event: gr.EventData) -> Any:
        """Show an earlier or later version of a reply."""
        owner = self.dependencies.get_owner(request)
        turn, version = (_parse_index(getattr(event, name, None)) for name in ("turn", "version"))
        try:
            await self.dependencies.bot.engine.show_version(owner, conversation, turn, version)
        except ConversationError:
            gr.Info(self.words.gone)
        return await self.show_conversation(owner, conversation)

    @explain_store_errors
    async def like(self, conversation: str, request: gr.Request, event: gr.LikeData) -> tuple[Any, ...]:
        """Store a thumb up or down; a thumb down opens the question why."""
        owner = self.dependencies.get_owner(request)
        turns = await self.load_turns(owner, conversation)
        number = transcript.find_turn_number(turns, conversation, self.words, _parse_index(event.index))
        liked = event.liked if isinstance(event.liked, bool) else {"Like": True, "Dislike": False}.get(str(event.liked))
        if number is None:
            return gr.update(visible=False), -1, None, "", gr.skip()
        await self.dependencies.bot.engine.rate(owner, conversation, number, liked)
        if liked:
            gr.Info(self.words.thanks)
        # The chat component remembers a thumb by the index of its message, even when another message is there, unless it is told.
        marked = gr.update(feedback_value=transcript.list_feedback(await self.load_turns(owner, conversation)))
        return gr.update(visible=liked is False), number, None, "", marked

    @explain_store_errors
    async def send_reason(
        self, conversation: str, number: float | None, chosen: str | None, own: str, request: gr.Request
    ) -> tuple[Any, ...]:
        """Store why a reply was disliked."""
        owner = self.dependencies.get_owner(request)
        text = "; ".join(part for part in (chosen or "", (own or "").strip()) if part)
        try:
            await self.dependencies.bot.engine.rate(owner, conversation, _parse_index(number), False, text)
            gr.Info(self.words.thanks)
        except ConversationError:
            gr.Info(self.words.gone)
        return gr.update(visible=False), None, ""

    @explain_store_errors
    async def start_new(self, request: gr.Request) -> tuple[Any, ...]:
        """Show an empty page; its conversation begins with the first message."""
        owner = self.dependencies.get_owner(request)
        return self._show_turns([], ""), "", await self.list_conversations(owner, "", ""), gr.update(visible=False), ""

    @explain_store_errors
    async def rename(self, conversation: str, title: str, search: str, request: gr.Request) -> tuple[Any, ...]:
        """Give the open conversation another title."""
        owner = self.dependencies.get_owner(request)
        if title.strip():
            try:
                await self.dependencies.bot.engine.store.rename(owner, conversation, _shorten_title(title))
            except ConversationError:
                gr.Info(self.words.gone)
        return await self.list_conversations(owner, conversation, search), ""

    @explain_store_errors
    async def delete(self, conversation: str, search: str, request: gr.Request) -> tuple[Any, ...]:
        """Delete the open conversation for good.

        The id is empty if the person did not confirm.
        """
        owner = self.dependencies.get_owner(request)
        if not conversation:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        try:
            await self.dependencies.bot.delete(owner, conversation)
        except ConversationError:
            gr.Info(self.words.gone)
        return self._show_turns([], ""), "", await self.list_conversations(owner, "", search), gr.update(visible=False)

    @explain_store_errors
    async def search(self, text: str, conversation: str, request: gr.Request) -> Any:
        """List the conversations that contain the text."""
        return await self.list_conversations(self.dependencies.get_owner(request), conversation, text)


def build_banner(said: str) -> str:
    """Build the line above the page that says that the store has a problem."""
    return f"<div id='banner' role='status'>{said}</div>"


def _build_step(shown: Any, box: Any, conversation: Any) -> tuple[Any, ...]:
    """Build what a turn shows before it is finished.

    The list, the banner and the menu of the conversation stay.
    """
    return shown, box, conversation, gr.skip(), gr.skip(), gr.skip()


def _shorten_title(text: str) -> str:
    line = " ".join(clean(text).split())
    return line if len(line) <= _MAX_TITLE else line[: _MAX_TITLE - 1] + "…"


def _parse_index(index: Any) -> int:
    first = index[0] if isinstance(index, (list, tuple)) else index
    return int(first) if isinstance(first, (int, float)) and 0 <= first < _MAX_INDEX else -1
