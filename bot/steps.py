"""The progress of a start: a bar on a terminal, a line for each step elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TextIO

_WIDTH = 24
_REFRESH = 0.5


class Steps:
    """The steps of a start, shown on standard error until the block ends.

    On a terminal one line is drawn over and over, with the seconds so far, and is wiped at the end. Where nobody looks, such as
    in a log, each step is a line of its own; lines=False leaves those out.
    """

    def __init__(self, total: int, out: TextIO | None = None, lines: bool = True) -> None:
        """total is the number of steps that will be begun."""
        self._out = out or sys.stderr
        self._total = total
        self._lines = lines
        self._drawn = self._out.isatty()
        self._number = 0
        self._name = ""
        self._share = 0.0
        self._began = time.monotonic()
        self._ended = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self) -> Steps:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def begin(self, name: str) -> None:
        """Show that the next step has begun.

        name says what it does, such as "Opening the models".
        """
        with self._lock:
            self._number, self._name, self._share = self._number + 1, name, 0.0
        if self._drawn:
            if self._number == 1:
                threading.Thread(target=self._refresh, name="steps", daemon=True).start()
            self._draw()
        elif self._lines:
            self._write(f"{name} ...\n")

    def advance(self, share: float) -> None:
        """Show which share of the present step is done, from 0 to 1.

        It is drawn with the next refresh.
        """
        with self._lock:
            self._share = min(1.0, max(0.0, share))

    def end(self) -> None:
        """Wipe the line; nothing is shown from now on."""
        with self._lock:
            if self._ended.is_set():
                return
            self._ended.set()
            if self._drawn:
                self._write("\r\x1b[K")

    def _refresh(self) -> None:
        while not self._ended.wait(_REFRESH):
            self._draw()

    def _draw(self) -> None:
        with self._lock:
            if self._ended.is_set() or not self._number:
                return
            done = (self._number - 1 + self._share) / max(self._total, self._number)
            bar = "#" * round(done * _WIDTH)
            seconds = time.monotonic() - self._began
            self._write(f"\r\x1b[K[{bar:-<{_WIDTH}}] {self._name} ... {seconds:.0f} s")

    def _write(self, text: str) -> None:
        try:
            self._out.write(text)
            self._out.flush()
        except (OSError, ValueError):
            # The terminal is gone; the start continues.
            self._drawn = self._lines = False
