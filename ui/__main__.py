"""`python -m ui`: the page, served on this machine."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from bot.interrupt import leave, watch_interrupts
from bot.steps import Steps

if TYPE_CHECKING:
    from bot.settings import Settings

# Turns under way have this long to finish after Ctrl+C; then the process ends, whatever holds it up.
_TURNS_SECONDS = 0.4
_END_SECONDS = 0.8
_STOPPED = "Kanliao has stopped. What was said is kept; start it again with make chat."


class Ending:
    """How Ctrl+C ends the server: at once while it starts, and with half a second for turns under way while it serves."""

    def __init__(self) -> None:
        self.is_serving = threading.Event()

    def __call__(self, number: int) -> None:
        """End the process after the signal of that number; called in a thread that has nothing else to do."""
        if not self.is_serving.is_set():
            leave(128 + number, "\nStopped before the page was ready; nothing is lost.")
        # The server has seen the signal too and ends by itself, unless something holds it up.
        threading.Event().wait(_END_SECONDS)
        leave(0, _STOPPED)


def main(ending: Ending | None = None) -> int:
    """Serve until Ctrl+C; the status is 0, 1 with a sentence on standard error, or 130 if it was stopped while starting."""
    import argparse
    import gc
    import tempfile
    from dataclasses import replace

    from bot.home import open_home, open_uploads
    from bot.settings import Settings, SettingsError
    from data.memory import limit_malloc_arenas

    parser = argparse.ArgumentParser(prog="python -m ui", description="Serve the page.")
    parser.add_argument("--port", type=int, help="another port than KANLIAO_PORT or 7860")
    given = parser.parse_args()
    try:
        settings = Settings.from_env()
        if given.port is not None:
            settings = replace(settings, port=given.port)
        _refuse_busy(settings)
        settings = replace(settings, home=open_home(settings.home))
        uploads = open_uploads(settings.home)
    except (SettingsError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    # Before gradio is imported: it asks its home for news and loads fonts from elsewhere otherwise.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    # What is uploaded is private as well, and an upload under way on the same disk: it arrives as a whole or not at all.
    os.environ["GRADIO_TEMP_DIR"] = tempfile.tempdir = str(uploads)
    limit_malloc_arenas()
    # What is imported and built now stays to the end: it is not searched for garbage, now or later.
    gc.disable()
    with Steps(5) as steps:
        return _start(settings, ending or Ending(), steps)


def _start(settings: Settings, ending: Ending, steps: Steps) -> int:
    import asyncio
    import gc
    import logging

    from bot.knowledge import KnowledgeError
    from bot.settings import SettingsError
    from bot.state import StoreError
    from data.artifact import ArtifactError

    steps.begin("Loading the models' runtime")
    from bot.build import build

    steps.begin("Loading the page's framework")
    import uvicorn

    from ui.app import build_app

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        steps.begin("Opening the models")
        bot = build(settings)
        steps.begin("Building the pages")
        app = build_app(bot)
        gc.freeze()
        gc.enable()
        steps.begin("Reading the knowledge")
        bot.retrieved.progress = steps.advance
        # uvicorn would believe any program of this machine who it speaks for, and with that the wrong guesses would not count.
        config = uvicorn.Config(
            app, settings.host, settings.port, log_level="warning", access_log=False,
            proxy_headers=bool(settings.proxies), forwarded_allow_ips=list(settings.proxies),
        )  # fmt: skip
        # Every open tab holds a connection that never ends by itself. The type says int; wait_for takes parts of a second.
        config.timeout_graceful_shutdown = _TURNS_SECONDS  # type: ignore[assignment]
        server = uvicorn.Server(config)
        # It reports each connection that it cuts on its way out as an error, twenty lines long.
        logging.getLogger("uvicorn.error").addFilter(lambda record: not server.should_exit)
        asyncio.run(_serve(server, settings, ending, steps))
    except (SettingsError, KnowledgeError, StoreError, ArtifactError, OSError) as error:
        steps.end()
        print(error, file=sys.stderr)
        return 1
    return 0 if server.started else 1


async def _serve(server: Any, settings: Settings, ending: Ending, steps: Steps) -> None:
    import asyncio

    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.02)
    if server.started:
        ending.is_serving.set()
        steps.end()
        print(f"Conversations and knowledge are kept in {settings.home.absolute()}", flush=True)
        print(f"Kanliao is listening: open http://{settings.host}:{settings.port}   (Ctrl+C ends it)", flush=True)
    await serving
    if server.started:
        # Threads at work, such as an evaluation, would hold up the interpreter's own end; all that they write is written whole.
        leave(0, _STOPPED)


def _refuse_busy(settings: Settings) -> None:
    import socket

    from bot.settings import SettingsError

    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((settings.host, settings.port))
        except OSError as error:
            raise SettingsError(
                f"Port {settings.port} of {settings.host} cannot be used ({error.strerror}). Something else may run there; "
                f"start with another: make chat PORT={settings.port + 1 if settings.port < 65535 else 7861}"
            ) from error


if __name__ == "__main__":
    # Before everything that takes time.
    ended = Ending()
    watch_interrupts(ended)
    sys.exit(main(ended))
