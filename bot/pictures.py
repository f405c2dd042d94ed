"""The pictures of the conversations: one folder each, so that deleting a conversation's is deleting a folder."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from data.image import reencode


@dataclass(frozen=True)
class Pictures:
    """The folder of the pictures. Only the id of a conversation that the store has confirmed may be given: it becomes a path."""

    folder: Path

    def of(self, conversation: str) -> Path:
        """The folder of a conversation's pictures."""
        return self.folder / conversation

    def keep(self, conversation: str, data: bytes) -> str:
        """The random name under which the picture is kept, as a fresh JPEG. Raises PictureError, OSError."""
        made = reencode(data)
        name = f"{secrets.token_hex(16)}.jpg"
        folder = self.of(conversation)
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f".{name}"
        fresh.write_bytes(made)
        fresh.replace(folder / name)
        return name

    def read(self, conversation: str, name: str) -> bytes:
        """The bytes of a kept picture. Raises OSError if it is not there, or the names are no plain ones."""
        if any(Path(part).name != part or part in ("", ".", "..") for part in (conversation, name)):
            raise FileNotFoundError(f"there is no picture {name!r} of conversation {conversation!r}")
        return (self.of(conversation) / name).read_bytes()

    def delete(self, conversation: str) -> None:
        """Remove the pictures of a conversation, if it has any."""
        shutil.rmtree(self.of(conversation), ignore_errors=True)
