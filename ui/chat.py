"""The Chat tab and the list of conversations beside it. After every event the page shows what the store says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from bot.types import ConversationError, Message, Turn
from data.image import PictureError
from data.records import Language
from data.text.clean import clean
from ui import transcript
from ui.services import Services
from ui.strings import STRINGS, Strings

_TITLE = 40
_MOST = 1_000_000
# Stored replies take milliseconds; this many may be under way at once before one waits.
CONCURRENCY = 64


@dataclass(frozen=True)
class Handlers:
    """What the events of one page do. Every input comes from a browser and is checked against its owner."""

    services: Services
    language: Language

    @property
    def words(self) -> Strings:
        """The page's words."""
        return STRINGS[self.language]

    async def turns(self, owner: str, conversation: str) -> list[Turn]:
        """The turns as the store has them; none of a conversation that is not the owner's."""
        try:
            return await self.services.bot.engine.store.turns(owner, conversation)
        except ConversationError:
            return []

    async def shown(self, owner: str, conversation: str) -> list[transcript.Row]:
        """The messages of a conversation."""
        return transcript.rows(await self.turns(owner, conversation), conversation, self.words)

    async def listed(self, owner: str, conversation: str, search: str) -> Any:
        """The list of conversations with this one marked."""
        found = await self.services.bot.engine.store.conversations(owner, clean(search[:200]))
        choices = [(one.title or self.words.untitled, one.id) for one in found]
        return gr.update(choices=choices, value=conversation if conversation in {id for _, id in choices} else None)

    async def banner(self) -> Any:
        """The line that says that the store is degraded, or nothing."""
        health = await self.services.bot.engine.store.health()
        return gr.update(visible=health.degraded)

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
        )

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
        async for step in self._turn(str(given.get("text") or ""), files[:1], conversation, None, request):
            yield step

    async def say(self, conversation: str, request: gr.Request, event: gr.SelectData) -> AsyncIterator[tuple[Any, ...]]:
        """A suggestion or an example that was clicked."""
        value = event.value
        text = str(value.get("text") or value.get("value") or "") if isinstance(value, dict) else str(value or "")
        async for step in self._turn(transcript.typed(text), [], conversation, None, request):
            yield step

    async def edit(self, conversation: str, request: gr.Request, event: gr.EditData) -> AsyncIterator[tuple[Any, ...]]:
        """A message that was changed: the conversation is cut there and goes on with it."""
        owner = self.services.owner(request)
        number = transcript.number_at(
            await self.turns(owner, conversation), conversation, self.words, _index(event.index)
        )
        async for step in self._turn(transcript.typed(str(event.value or "")), [], conversation, number, request):
            yield step

    async def _turn(
        self, text: str, files: list[str], conversation: str, instead_of: int | None, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        owner = self.services.owner(request)
        engine = self.services.bot.engine
        if not text.strip() and not files:
            yield (
                await self.shown(owner, conversation),
                self._box(busy=False),
                conversation,
                gr.skip(),
                gr.skip(),
                gr.skip(),
            )
            return
        if not await self.services.found(owner, conversation):
            conversation = (await engine.store.begin(owner, _title(text))).id
        picture = None
        if files:
            try:
                picture = await self.services.keep_picture(owner, conversation, files[0])
            except (PictureError, OSError):
                gr.Warning(self.words.picture_refused)
                yield (
                    await self.shown(owner, conversation),
                    self._box(busy=False, text=text),
                    conversation,
                    gr.skip(),
                    gr.skip(),
                    gr.skip(),
                )
                return
        before = await self.turns(owner, conversation)
        if instead_of is not None:
            before = [turn for turn in before if turn.number < instead_of]
            picture = picture or next(
                (turn.message.picture for turn in await self.turns(owner, conversation) if turn.number == instead_of),
                None,
            )
        shown = transcript.rows(before, conversation, self.words) + transcript.said(text, picture, conversation)
        yield shown, self._box(busy=True), conversation, gr.skip(), gr.skip(), gr.skip()
        kept = False
        last = ""
        async for update in engine.stream(owner, conversation, Message(text, picture), self.language, instead_of):
            kept, last = update.turn is not None, update.text
            if not kept:
                row = {"role": "assistant", "content": transcript.harmless(update.text)}
                # The id again: the step before may have been overtaken, and Stop needs it.
                yield [*shown, row], gr.skip(), conversation, gr.skip(), gr.skip(), gr.skip()
        if kept and not before and not text.strip():
            # A picture alone says nothing that a list could show; what was seen in it does.
            await engine.store.rename(owner, conversation, _title(last.partition("\n")[0]))
        finished = await self.shown(owner, conversation)
        if not kept:
            gr.Warning(self.words.not_kept)
            finished = [*finished, {"role": "assistant", "content": transcript.harmless(last)}]
        yield (
            finished,
            # The text stays as it is: what was typed while the reply came is the next message.
            gr.update(submit_btn=True, stop_btn=False),
            conversation,
            await self.listed(owner, conversation, ""),
            await self.banner(),
            gr.update(visible=True),
        )

    def _box(self, busy: bool, text: str = "") -> Any:
        return gr.update(value={"text": text, "files": []}, submit_btn=not busy, stop_btn=busy)

    async def stop(self, conversation: str, request: gr.Request) -> None:
        """The stop button: the running turn ends by itself and is shown by its own event."""
        try:
            await self.services.bot.engine.stop(self.services.owner(request), conversation)
        except ConversationError:
            return

    async def retry(self, conversation: str, request: gr.Request) -> Any:
        """The next candidate in the place of the last reply."""
        owner = self.services.owner(request)
        try:
            await self.services.bot.engine.retry(owner, conversation)
        except ConversationError:
            gr.Info(self.words.gone)
        return await self.shown(owner, conversation)

    async def like(self, conversation: str, request: gr.Request, event: gr.LikeData) -> tuple[Any, ...]:
        """A thumb up or down; a thumb down opens the question why."""
        owner = self.services.owner(request)
        turns = await self.turns(owner, conversation)
        number = transcript.number_at(turns, conversation, self.words, _index(event.index))
        liked = event.liked if isinstance(event.liked, bool) else {"Like": True, "Dislike": False}.get(str(event.liked))
        if number is None:
            return gr.update(visible=False), -1, None, ""
        await self.services.bot.engine.mark(owner, conversation, number, liked)
        if liked:
            gr.Info(self.words.thanks)
        return gr.update(visible=liked is False), number, None, ""

    async def reason(
        self, conversation: str, number: float | None, chosen: str | None, own: str, request: gr.Request
    ) -> tuple[Any, ...]:
        """Why a reply was disliked."""
        owner = self.services.owner(request)
        text = "; ".join(part for part in (chosen or "", (own or "").strip()) if part)
        try:
            await self.services.bot.engine.mark(owner, conversation, _index(number), False, text)
            gr.Info(self.words.thanks)
        except ConversationError:
            gr.Info(self.words.gone)
        return gr.update(visible=False), None, ""

    async def new(self, request: gr.Request) -> tuple[Any, ...]:
        """An empty page; the conversation is begun with its first message."""
        owner = self.services.owner(request)
        return [], "", await self.listed(owner, "", ""), gr.update(visible=False), ""

    async def rename(self, conversation: str, title: str, search: str, request: gr.Request) -> tuple[Any, ...]:
        """Another title for the open conversation."""
        owner = self.services.owner(request)
        if title.strip():
            try:
                await self.services.bot.engine.store.rename(owner, conversation, _title(title))
            except ConversationError:
                gr.Info(self.words.gone)
        return await self.listed(owner, conversation, search), ""

    async def delete(self, conversation: str, search: str, request: gr.Request) -> tuple[Any, ...]:
        """The open conversation removed for good; nothing if the person did not confirm (then the id is empty)."""
        owner = self.services.owner(request)
        if not conversation:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        try:
            await self.services.bot.delete(owner, conversation)
        except ConversationError:
            gr.Info(self.words.gone)
        return [], "", await self.listed(owner, "", search), gr.update(visible=False)

    async def search(self, text: str, conversation: str, request: gr.Request) -> Any:
        """The conversations that contain the text."""
        return await self.listed(self.services.owner(request), conversation, text)


def _title(text: str) -> str:
    line = " ".join(clean(text).split())
    return line if len(line) <= _TITLE else line[: _TITLE - 1] + "…"


def _index(index: Any) -> int:
    first = index[0] if isinstance(index, (list, tuple)) else index
    return int(first) if isinstance(first, (int, float)) and 0 <= first < _MOST else -1
