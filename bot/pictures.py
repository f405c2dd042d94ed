"""The pictures of the conversations: one folder each, so that deleting a conversation's is deleting a folder."""

from __future__ import annotations

import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from data.atomic_file import write_atomic
from data.image import reencode


@dataclass(frozen=True)
class Pictures:
    """The folder of the pictures. Only the id of a conversation that the store has confirmed may be given: it becomes a path."""

    folder: Path

    def of(self, conversation: str) -> Path:
        """The folder of a conversation's pictures."""
        return self.folder / conversation

    def keep(self, conversation: str, data: bytes) -> str:
        """The random name under which the picture is kept, as a fresh JPEG, whole or not at all. Raises PictureError, OSError."""
        made = reencode(data)
        name = f"{secrets.token_hex(16)}.jpg"
        folder = self.of(conversation)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            write_atomic(folder / name, made)
        except BaseException:
            with suppress(OSError):
                folder.rmdir()  # stays if it holds other pictures
            raise
        return name

    def drop(self, conversation: str, name: str) -> None:
        """Remove a picture whose message could not be kept."""
        (self.of(conversation) / name).unlink(missing_ok=True)
        with suppress(OSError):
            self.of(conversation).rmdir()

    def read(self, conversation: str, name: str) -> bytes:
        """The bytes of a kept picture. Raises OSError if it is not there, or the names are no plain ones."""
        if any(Path(part).name != part or part in ("", ".", "..") for part in (conversation, name)):
            raise FileNotFoundError(f"there is no picture {name!r} of conversation {conversation!r}")
        return (self.of(conversation) / name).read_bytes()

    def delete(self, conversation: str) -> None:
        """Remove the pictures of a conversation, if it has any."""
        shutil.rmtree(self.of(conversation), ignore_errors=True)
