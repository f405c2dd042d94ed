"""A progress bar on standard error."""

from __future__ import annotations

import sys
import time

_WIDTH = 30
_LINE_WIDTH = 70
_MIN_SECONDS = 0.1
_MIN_SHARE = 0.01


class ProgressBar:
    """A progress bar, drawn only where standard error is a terminal."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shown_at = 0.0
        self._is_drawn = False

    def show(self, step: str, share: float) -> None:
        """Draw the bar, at most ten times a second; share is from 0 to 1."""
        now = time.monotonic()
        if not sys.stderr.isatty() or (now - self._shown_at < _MIN_SECONDS and share < 1):
            return
        self._shown_at, self._is_drawn = now, True
        full = round(share * _WIDTH)
        elapsed = now - self._began
        left = f"{elapsed / share - elapsed:4.0f} s left" if share > _MIN_SHARE else ""
        bar = f"{'█' * full}{'░' * (_WIDTH - full)}"
        print(f"\r{step:9} {bar} {share:4.0%} {left:12}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Erase the bar."""
        if self._is_drawn:
            print("\r" + " " * _LINE_WIDTH + "\r", end="", file=sys.stderr, flush=True)
            self._is_drawn = False
