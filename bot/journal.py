"""The journal: one JSON line per event, one file per conversation.

So deleting a conversation deletes a file.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


class Journal:
    """The folder of the journals.

    The SHA-256 of a conversation's id names its file, so that no id becomes a path.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, conversation: str, event: Mapping[str, Any]) -> bool:
        """Append one event.

        Return False if it could not be written, for a turn never fails because of its journal.

        "time" (seconds since 1970) and "conversation" are added. The line is one write, so lines of two processes do not mix.
        """
        path = self._path(conversation)
        stamp = {"time": round(time.time(), 3), "conversation": conversation}
        record = {**stamp, **event, **stamp}  # first in the line, and an event cannot override it
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                size = os.fstat(descriptor).st_size
                if size and os.pread(descriptor, 1, size - 1) != b"\n":
                    line = b"\n" + line  # the line before was cut by a full disk; keep this one apart from it
                written = os.write(descriptor, line)
                if written < len(line) and os.fstat(descriptor).st_size == size + written:
                    os.ftruncate(descriptor, size)  # half a line cannot be read
                return written == len(line)
            finally:
                os.close(descriptor)
        except OSError:
            return False

    def read(self) -> Iterator[dict[str, Any] | None]:
        """Yield every event, the file written longest ago first.

        A torn or damaged line gives None, so that it can be counted.
        """
        for path in sorted(self._folder.glob("??/*.jsonl"), key=_modification_key):
            try:
                file = path.open("rb")
            except FileNotFoundError:
                continue  # deleted meanwhile
            with file:
                for line in file:
                    if line == b"\n":
                        continue  # two writers at once have each added a line break after the same torn line
                    try:
                        event = json.loads(line)
                    except ValueError:
                        event = None
                    yield event if isinstance(event, dict) else None

    def delete(self, conversation: str) -> None:
        """Remove every line of the conversation.

        Raises:
            OSError: The file is there and cannot be removed.
        """
        self._path(conversation).unlink(missing_ok=True)

    def _path(self, conversation: str) -> Path:
        name = hashlib.sha256(conversation.encode("utf-8", "surrogatepass")).hexdigest()
        return self._folder / name[:2] / f"{name}.jsonl"


def _modification_key(path: Path) -> tuple[float, str]:
    try:
        return path.stat().st_mtime, path.name
    except FileNotFoundError:
        return 0.0, path.name
