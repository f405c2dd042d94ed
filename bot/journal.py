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
        stamp = {"time": round(time.time(), 3), "conversation": conversation}
        record = {**stamp, **event, **stamp}  # first in the line, and not for the event to say
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                size = os.fstat(descriptor).st_size
                if size and os.pread(descriptor, 1, size - 1) != b"\n":
                    line = b"\n" + line  # the line before was torn by a full disk; it shall not take this one along
                written = os.write(descriptor, line)
                if written < len(line) and os.fstat(descriptor).st_size == size + written:
                    os.ftruncate(descriptor, size)  # half a line says nothing
                return written == len(line)
            finally:
                os.close(descriptor)
        except OSError:
            return False

    def read(self) -> Iterator[dict[str, Any] | None]:
        """Every event, the file written longest ago first; None in the place of a torn or damaged line, to be counted."""
        for path in sorted(self._folder.glob("??/*.jsonl"), key=_modification_key):
            try:
                file = path.open("rb")
            except FileNotFoundError:
                continue  # deleted meanwhile
            with file:
                for line in file:
                    if line == b"\n":
                        continue  # two writers at once have parted themselves from the same torn line
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


def _modification_key(path: Path) -> tuple[float, str]:
    try:
        return path.stat().st_mtime, path.name
    except FileNotFoundError:
        return 0.0, path.name
