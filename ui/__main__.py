"""Serve the page on this machine: `python -m ui`."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from bot.interrupt import leave, watch_interrupts
from bot.steps import Steps

if TYPE_CHECKING:
    from bot.settings import Settings

# After Ctrl+C running turns have this long to finish; then the process ends, whatever is still running.
_TURNS_S = 0.4
_END_S = 0.8
_STOPPED = "Kanliao has stopped. What was said is kept; start it again with make chat."


class Shutdown:
    """End the server on Ctrl+C.

    It ends at once while it starts, and leaves running turns half a second while it serves.
    """

    def __init__(self) -> None:
        self.is_serving = threading.Event()

    def __call__(self, number: int) -> None:
        """End the process after a signal. Called in a thread of its own.

        Args:
            number: The number of the signal.
        """
        if not self.is_serving.is_set():
            leave(128 + number, "\nStopped before the page was ready; nothing is lost.")
        # The server has received the signal too and ends by itself, unless something blocks it.
        threading.Event().wait(_END_S)
        leave(0, _STOPPED)


def main(shutdown: Shutdown | None = None) -> int:
    """Serve until Ctrl+C. Return the exit status.

    It is 0, 1 with a sentence on standard error, or 130 if the server was stopped while starting.
    """
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
        _check_port_is_free(settings)
        settings = replace(settings, home=open_home(settings.home))
        uploads = open_uploads(settings.home)
    except (SettingsError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    # Before gradio is imported: otherwise it asks its makers for updates and loads fonts from other hosts.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    # Uploads are private, and on the same disk as the home: a file arrives as a whole or not at all.
    os.environ["GRADIO_TEMP_DIR"] = tempfile.tempdir = str(uploads)
    limit_malloc_arenas()
    # What is imported and built now lives until the end, so the garbage collector need not look at it.
    gc.disable()
    with Steps(5) as steps:
        return _start(settings, shutdown or Shutdown(), steps)


def _start(settings: Settings, shutdown: Shutdown, steps: Steps) -> int:
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
    if settings.vectors is None:
        # pandas, which Gradio imports, loads pyarrow where something else has brought it: 32 MB that only Milvus Lite needs.
        sys.modules.setdefault("pyarrow", None)  # type: ignore[arg-type] # None: importing it fails
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
        bot.knowledge_source.progress = steps.advance
        # Otherwise uvicorn would trust any local program about the address of the visitor, which would bypass the rate limit.
        config = uvicorn.Config(
            app, settings.host, settings.port, log_level="warning", access_log=False,
            proxy_headers=bool(settings.proxies), forwarded_allow_ips=list(settings.proxies),
        )  # fmt: skip
        # Every open tab holds a connection that never ends by itself. The type says int, but wait_for takes a fraction.
        config.timeout_graceful_shutdown = _TURNS_S  # type: ignore[assignment]
        server = uvicorn.Server(config)
        # On shutdown it logs each connection that it cuts as an error of twenty lines.
        logging.getLogger("uvicorn.error").addFilter(lambda record: not server.should_exit)
        asyncio.run(_serve(server, settings, shutdown, steps))
    except (SettingsError, KnowledgeError, StoreError, ArtifactError, OSError) as error:
        steps.end()
        print(error, file=sys.stderr)
        return 1
    return 0 if server.started else 1


async def _serve(server: Any, settings: Settings, shutdown: Shutdown, steps: Steps) -> None:
    import asyncio

    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.02)
    if server.started:
        shutdown.is_serving.set()
        steps.end()
        print(f"Conversations and knowledge are kept in {settings.home.absolute()}", flush=True)
        print(f"Kanliao is listening: open http://{settings.host}:{settings.port}   (Ctrl+C ends it)", flush=True)
    await serving
    if server.started:
        # Running threads, such as an evaluation, would delay the exit of the interpreter. All their writes are atomic.
        leave(0, _STOPPED)


def _check_port_is_free(settings: Settings) -> None:
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
    # Before everything that is slow.
    shutdown = Shutdown()
    watch_interrupts(shutdown)
    sys.exit(main(shutdown))
