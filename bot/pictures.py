"""The pictures of the conversations, one folder each.

So deleting a conversation's pictures deletes a folder.
"""

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
    """The folder of the pictures.

    Only the id of a conversation that the store has confirmed may be given: it becomes a path.
    """

    folder: Path

    def folder_of(self, conversation: str) -> Path:
        """Return the folder of a conversation's pictures."""
        return self.folder / conversation

    def store(self, conversation: str, data: bytes) -> str:
        """Re-encode the picture as JPEG, store it, and return its random name.

        It is stored whole or not at all.

        Raises:
            PictureError: The bytes are no picture that can be read.
            OSError: The disk does not take it.
        """
        made = reencode(data)
        name = f"{secrets.token_hex(16)}.jpg"
        folder = self.folder_of(conversation)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            write_atomic(folder / name, made)
        except BaseException:
            with suppress(OSError):
                folder.rmdir()  # stays if it holds other pictures
            raise
        return name

    def remove(self, conversation: str, name: str) -> None:
        """Remove a picture whose message could not be stored."""
        (self.folder_of(conversation) / name).unlink(missing_ok=True)
        with suppress(OSError):
            self.folder_of(conversation).rmdir()

    def read(self, conversation: str, name: str) -> bytes:
        """Return the bytes of a stored picture.

        Raises:
            OSError: There is none, or if a name has a path in it.
        """
        if any(Path(part).name != part or part in ("", ".", "..") for part in (conversation, name)):
            raise FileNotFoundError(f"there is no picture {name!r} of conversation {conversation!r}")
        return (self.folder_of(conversation) / name).read_bytes()

    def delete(self, conversation: str) -> None:
        """Remove the pictures of a conversation, if it has any."""
        shutil.rmtree(self.folder_of(conversation), ignore_errors=True)
