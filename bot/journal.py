"""What happened in each conversation: one JSON line per event, one file per conversation, so that deleting is deleting a file."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


class Journal:
    """The folder of the journals. A conversation's id never becomes a path: its SHA-256 names the file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, conversation: str, event: Mapping[str, Any]) -> bool:
        """Add one line; "time" (seconds since 1970) and "conversation" are put in. False if the disk would not take it.

        A turn never fails for its journal. The line goes out in one write, so lines of two processes do not mix.
        """
        path = self._path(conversation)
        record = {"time": round(time.time(), 3), "conversation": conversation, **event}
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                return os.write(descriptor, line) == len(line)
            finally:
                os.close(descriptor)
        except OSError:
            return False

    def read(self) -> Iterator[dict[str, Any] | None]:
        """Every event, the oldest conversation first; None in the place of a torn or damaged line."""
        paths = sorted(self._folder.glob("??/*.jsonl"), key=lambda path: (path.stat().st_mtime, path.name))
        for path in paths:
            with path.open("rb") as file:
                for line in file:
                    try:
                        event = json.loads(line)
                    except ValueError:
                        event = None
                    yield event if isinstance(event, dict) else None

    def delete(self, conversation: str) -> None:
        """Remove every line of the conversation. Raises OSError if the file is there and cannot be removed."""
        self._path(conversation).unlink(missing_ok=True)

    def _path(self, conversation: str) -> Path:
        name = hashlib.sha256(conversation.encode("utf-8", "surrogatepass")).hexdigest()
        return self._folder / name[:2] / f"{name}.jsonl"
