"""`python -m ui`: the page, served on this machine."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import socket
import sys
import tempfile
from dataclasses import replace
from typing import Any

from bot.home import open_home, open_uploads
from bot.settings import Settings, SettingsError


def main() -> int:
    """Serve until Ctrl+C; the exit status is 0, or 1 with a sentence on standard error."""
    parser = argparse.ArgumentParser(prog="python -m ui", description="Serve the page.")
    parser.add_argument("--port", type=int, help="another port than KANLIAO_PORT or 7860")
    given = parser.parse_args()
    try:
        settings = Settings.from_env()
        if given.port is not None:
            settings = replace(settings, port=given.port)
        _refuse_busy(settings)
        open_home(settings.home)
        uploads = open_uploads(settings.home)
    except (SettingsError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    # Before gradio is imported: it asks its home for news and loads fonts from elsewhere otherwise.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    # What is uploaded is private as well, and an upload under way on the same disk: it arrives as a whole or not at all.
    os.environ["GRADIO_TEMP_DIR"] = tempfile.tempdir = str(uploads)
    print("Starting ...", flush=True)
    # What is imported and built now stays to the end: it is not searched for garbage, now or later.
    gc.disable()
    import uvicorn

    from bot.build import build
    from bot.knowledge import KnowledgeError
    from bot.state import StoreError
    from data.artifact import ArtifactError
    from ui.app import build_app

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app = build_app(build(settings))
        gc.freeze()
        gc.enable()
        # Every open tab holds a connection that never ends by itself; one second is enough for turns under way.
        # uvicorn would believe any program of this machine who it speaks for, and with that the wrong guesses would not count.
        config = uvicorn.Config(
            app, settings.host, settings.port, log_level="warning", access_log=False, timeout_graceful_shutdown=1,
            proxy_headers=bool(settings.proxies), forwarded_allow_ips=list(settings.proxies),
        )  # fmt: skip
        server = uvicorn.Server(config)
        # It reports each connection that it cuts on its way out as an error, twenty lines long.
        logging.getLogger("uvicorn.error").addFilter(lambda record: not server.should_exit)
        asyncio.run(_serve(server, f"http://{settings.host}:{settings.port}"))
    except (SettingsError, KnowledgeError, StoreError, ArtifactError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
    return 0 if server.started else 1


async def _serve(server: Any, address: str) -> None:
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.02)
    if server.started:
        print(f"Kanliao is listening: open {address}   (Ctrl+C ends it)", flush=True)
    await serving


def _refuse_busy(settings: Settings) -> None:
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
    sys.exit(main())
