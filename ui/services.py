"""What the page stands on: given to every part of it by app.py, so that no part looks for anything itself."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import gradio as gr

from bot.build import Bot, Look
from bot.picture_replies import draw_overlay
from bot.types import Candidate, Conversation, ConversationError, Turn
from data.text.clean import clean
from ui.access import Access, owner_of
from ui.picture_threads import in_picture_thread


@dataclass(frozen=True)
class Services:
    """The bot and who may use it."""

    bot: Bot
    access: Access
    fresh: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=256))
    """Pictures that were just kept: the page asks for them before the turn that holds them is stored."""

    def owner(self, request: gr.Request) -> str:
        """The owner that the request's browser is. Raises PermissionError without a cookie."""
        return owner_of(request.cookies)

    def administers(self, request: gr.Request) -> bool:
        """Whether the request may see and change the knowledge."""
        return self.access.role(request.cookies) == "administrator"

    async def found(self, owner: str, conversation: str) -> Conversation | None:
        """The owner's conversation of that id; None if there is none such, or it is somebody else's."""
        if not conversation:
            return None
        return next((one for one in await self.bot.engine.store.conversations(owner) if one.id == conversation), None)

    async def keep_picture(self, owner: str, conversation: str, path: str) -> str:
        """The name under which the uploaded file is kept with the conversation, re-encoded.

        The upload stays: the same picture in another tab, or of another visitor, is the same file, for a day.
        Raises PictureError for what is no picture, and ConversationError if the conversation is not the owner's.
        """
        await self.bot.engine.store.turns(owner, conversation)
        data = await asyncio.to_thread(Path(path).read_bytes)
        name = await in_picture_thread(self.bot.pictures.store, conversation, data)
        self.fresh.append((conversation, name))
        return name

    async def overlay(self, owner: str, conversation: str, number: int) -> bytes | None:
        """The PNG of where was looked for the reply of a turn, drawn anew; None if that cannot be known any more.

        Raises ConversationError if the owner has no such turn, ArtifactError, PictureError, OSError.
        """
        turns = await self.bot.engine.store.turns(owner, conversation, last=1, before=number + 1)
        if not turns or turns[0].number != number or turns[0].reply.chosen is None or self.bot.sight is None:
            raise ConversationError(f"there is no turn {number} of conversation {conversation} that rests on a picture")
        turn = turns[0]
        chosen = turn.reply.candidates[turn.reply.chosen or 0]
        if chosen.evidence.picture is None:
            return None
        look = partial(self.bot.pictures.read, conversation, chosen.evidence.picture)
        return await asyncio.to_thread(_drawn, self.bot.sight, look, turn, chosen)

    async def picture(self, owner: str, conversation: str, name: str) -> Path:
        """The file of a kept picture. Raises ConversationError if the owner has no such picture."""
        turns = await self.bot.engine.store.turns(owner, conversation)
        if name not in {turn.message.picture for turn in turns} and (conversation, name) not in self.fresh:
            raise ConversationError(f"there is no picture {name} in conversation {conversation}")
        return self.bot.pictures.folder_of(conversation) / name


def _drawn(sight: Look, look: Callable[[], bytes], turn: Turn, chosen: Candidate) -> bytes | None:
    return draw_overlay(
        sight(), chosen.evidence.model, chosen.text, clean(turn.message.text), turn.reply.language, look()
    )
