"""Handles SIGINT and SIGTERM within a second, whatever the process is doing."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable

SIGNALS = (signal.SIGINT, signal.SIGTERM)
_leaving = threading.Lock()


def watch_interrupts(end: Callable[[int], None]) -> None:
    """Call end with the number of the signal, as soon as one of SIGNALS arrives.

    It runs in a thread of its own.

    Python runs a handler between two steps of the main thread, which may be seconds away: in the import of a library, or in the
    building of an index. The thread only needs the interpreter for a moment. What is written to disk is written whole, so that
    a process may end anywhere. Call it from the main thread.
    """
    told, tells = socket.socketpair()
    tells.setblocking(False)
    for each in SIGNALS:
        signal.signal(each, lambda *_: None)
    signal.set_wakeup_fd(tells.fileno(), warn_on_full_buffer=False)

    def watch() -> None:
        # Kept open for as long as the thread lives.
        with told, tells:
            while number := told.recv(1):
                if number[0] in SIGNALS:
                    end(number[0])

    threading.Thread(target=watch, name="interrupts", daemon=True).start()


def raise_interrupts() -> None:
    """Let Ctrl+C raise KeyboardInterrupt too, beside `watch_interrupts`.

    It is raised in the main thread.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


def leave(status: int, farewell: str) -> None:
    """End the process now, after a last line on standard error.

    Only the first call counts; others wait for the end.
    """
    _leaving.acquire()
    try:
        sys.stdout.flush()
        print(farewell, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        # Nobody reads standard error any more.
        pass
    finally:
        os._exit(status)
