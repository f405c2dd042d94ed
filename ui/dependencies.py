"""The dependencies of the page, which app.py hands to each of its parts."""

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
from ui.auth import Authenticator, derive_owner
from ui.picture_threads import run_in_picture_thread


@dataclass(frozen=True)
class Dependencies:
    """The bot, and the authentication of its users."""

    bot: Bot
    auth: Authenticator
    recent_pictures: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=256))
    """The conversations and names of pictures just stored: the page requests them before their turn is stored."""

    def get_owner(self, request: gr.Request) -> str:
        """Return the owner id of the browser of a request.

        Raises:
            PermissionError: The browser sent no cookie.
        """
        return derive_owner(request.cookies)

    def is_admin(self, request: gr.Request) -> bool:
        """Return whether the request may see and change the knowledge."""
        return self.auth.find_role(request.cookies) == "administrator"

    async def find_conversation(self, owner: str, conversation: str) -> Conversation | None:
        """Return a conversation.

        It is None if there is none with that id, or if it belongs to somebody else.
        """
        if not conversation:
            return None
        known = await self.bot.engine.store.conversations(owner)
        return next((each for each in known if each.id == conversation), None)

    async def store_picture(self, owner: str, conversation: str, path: str) -> str:
        """Re-encode an uploaded picture, store it, and return its file name.

        The upload is not removed: the same picture in another tab, or of another visitor, is the same file, for a day.

        Raises:
            PictureError: The file is not a picture.
            ConversationError: The conversation is not the owner's.
        """
        await self.bot.engine.store.turns(owner, conversation)
        data = await asyncio.to_thread(Path(path).read_bytes)
        name = await run_in_picture_thread(self.bot.pictures.store, conversation, data)
        self.recent_pictures.append((conversation, name))
        return name

    async def draw_overlay(self, owner: str, conversation: str, number: int) -> bytes | None:
        """Return the PNG that shows where the model looked for the reply of a turn.

        It is None if another model gave the reply.

        Raises:
            ConversationError: The owner has no such turn, or it is not about a picture.
            ArtifactError: A file of the model is missing or damaged.
            PictureError: The stored picture is damaged.
            OSError: The stored picture cannot be read.
        """
        turns = await self.bot.engine.store.turns(owner, conversation, last=1, before=number + 1)
        if not turns or turns[0].number != number or turns[0].reply.chosen is None or self.bot.sight is None:
            raise ConversationError(f"there is no turn {number} of conversation {conversation} that rests on a picture")
        turn = turns[0]
        chosen = turn.reply.candidates[turn.reply.chosen or 0]
        if chosen.evidence.picture is None:
            return None
        look = partial(self.bot.pictures.read, conversation, chosen.evidence.picture)
        return await asyncio.to_thread(_draw_overlay, self.bot.sight, look, turn, chosen)

    async def find_picture(self, owner: str, conversation: str, name: str) -> Path:
        """Return the file of a stored picture.

        Raises:
            ConversationError: The owner has no such picture.
        """
        turns = await self.bot.engine.store.turns(owner, conversation)
        if name not in {turn.message.picture for turn in turns} and (conversation, name) not in self.recent_pictures:
            raise ConversationError(f"there is no picture {name} in conversation {conversation}")
        return self.bot.pictures.folder_of(conversation) / name


def _draw_overlay(sight: Look, look: Callable[[], bytes], turn: Turn, chosen: Candidate) -> bytes | None:
    return draw_overlay(
        sight(), chosen.evidence.model, chosen.text, clean(turn.message.text), turn.reply.language, look()
    )
