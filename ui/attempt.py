"""The record of a turn under way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass
class Attempt:
    """What a turn has made so far, which is undone if the turn cannot be stored.

    Attributes:
        conversation: The id of the conversation.
        origin: How the message was given; "part" is a picture that others follow in the same message.
        entry: The id of the entry of the suggestion that was clicked.
        is_new_conversation: Whether the conversation began with this turn.
        picture: The file name of the picture stored for it.
        is_stored: Whether the turn is in the store.
    """

    conversation: str
    origin: Literal["sent", "part", "edited", "clicked"]
    entry: str | None = None
    is_new_conversation: bool = False
    picture: str | None = None
    is_stored: bool = False
