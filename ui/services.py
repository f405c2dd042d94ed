"""What the page stands on: given to every part of it by app.py, so that no part looks for anything itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from bot.build import Bot
from bot.types import Conversation, ConversationError
from ui.access import Access, owner_of


@dataclass(frozen=True)
class Services:
    """The bot and who may use it."""

    bot: Bot
    access: Access

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

        Raises PictureError for what is no picture, and ConversationError if the conversation is not the owner's.
        """
        await self.bot.engine.store.turns(owner, conversation)
        upload = Path(path)
        data = await asyncio.to_thread(upload.read_bytes)
        try:
            return await asyncio.to_thread(self.bot.pictures.keep, conversation, data)
        finally:
            await asyncio.to_thread(upload.unlink, True)

    async def picture(self, owner: str, conversation: str, name: str) -> Path:
        """The file of a kept picture. Raises ConversationError if the owner has no such picture."""
        turns = await self.bot.engine.store.turns(owner, conversation)
        if name not in {turn.message.picture for turn in turns}:
            raise ConversationError(f"there is no picture {name} in conversation {conversation}")
        return self.bot.pictures.of(conversation) / name
