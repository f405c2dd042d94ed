"""Whether the disk below the store still takes what is written to it."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

# More than a turn needs: a page of the file, the journal's copy of it and the index.
PROBE_BYTES = 256 * 1024
KEPT_S = 5.0


class DiskProbe:
    """Writes a small file beside the store and removes it.

    The result is kept for KEPT_S seconds.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._clock = clock
        self._probed: float | None = None
        self._failure: str | None = None

    async def failure(self) -> str | None:
        """Return the sentence that says why nothing can be written, or None."""
        if self._probed is None or self._clock() - self._probed >= KEPT_S:
            self._failure = await asyncio.to_thread(self._write)
            self._probed = self._clock()
        return self._failure

    def _write(self) -> str | None:
        try:
            with tempfile.TemporaryFile(dir=self._folder) as file:
                file.write(b"\x01" * PROBE_BYTES)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            return f"Nothing can be written to {self._folder} ({error.strerror}): make room or check the permissions."
        return None
