"""The page served for a test: the real application on a free port of this machine, in a thread that ends with the test."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import uvicorn

from bot.build import VISUAL_INTENT, Bot, build, get_unknown_text
from bot.engine import Engine
from bot.ranker.baselines import SourceScores
from bot.settings import Settings
from bot.sources.tools import ToolSource
from bot.sources.vision import VisionSource
from bot.state import SqliteStore
from bot.types import Context, Health
from bot.visual_intent.infer import VisualIntentClassifier
from data import paths
from data.formats.starter import PARTS
from tests.vqa.fake_vision import build_vision
from ui.app import build_app

Result = TypeVar("Result")
SLOWLY = ("slowly", "慢慢")
WORDS = tuple(f"w{number} " for number in range(200))


class SlowWriter:
    """Writes w0 w1 w2 ... at ten words a second, for messages that ask for it; so a test can stop it, on a busy machine too."""

    name = "slow"

    async def write(self, context: Context) -> AsyncIterator[str]:
        """The words, if the message begins with "slowly" or "慢慢"; else nothing."""
        if context.message.text.startswith(SLOWLY):
            for word in WORDS:
                await asyncio.sleep(0.1)
                yield word


class AilingStore(SqliteStore):
    """Works as ever, and says that it is degraded when told to."""

    degraded = False

    async def health(self) -> Health:
        """What the test wants to be shown."""
        return Health("sqlite", self.degraded, ("told to be ill",) if self.degraded else ())


@dataclass(frozen=True)
class Served:
    """A running page."""

    address: str
    bot: Bot
    store: AilingStore
    loop: asyncio.AbstractEventLoop

    def do(self, work: Coroutine[Any, Any, Result]) -> Result:
        """What the coroutine gives, run where the page runs."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)


def build_test_bot(settings: Settings, starter: bool = True) -> tuple[Bot, AilingStore]:
    """A bot as the application builds it, with a writer and a store that the tests can steer, and eyes that know colours.

    starter switches all that the bot ships with on, whatever entries a test adds.
    """
    bot = build(settings)
    for part in PARTS if starter else ():
        bot.knowledge.choices.switch(part, True)
    store = AilingStore(settings.home / "conversations.db")
    eyes, reader = build_vision(), VisualIntentClassifier(paths.artifacts_dir() / VISUAL_INTENT)
    engine = Engine(
        [
            bot.knowledge_source,
            bot.document_source,
            ToolSource(bot.toolbox),
            VisionSource(lambda: eyes, bot.engine.rules.answer_threshold, reader),
        ],
        SourceScores(),
        store,
        bot.journal.write,
        bot.engine.rules,
        [SlowWriter()],
        pictures=bot.pictures.read,
        unknown=partial(get_unknown_text, bot.knowledge),
    )
    return replace(bot, engine=engine, sight=lambda: eyes), store


@contextmanager
def serve_page(
    home: Path,
    password: str | None = None,
    admin_password: str | None = None,
    port: int = 0,
    starter: bool = True,
) -> Iterator[Served]:
    """The page of the bot in that home, answering when the block begins and gone when it ends; port 0 is any free one."""
    settings = Settings(home=home, password=password, admin_password=admin_password)
    bot, store = build_test_bot(settings, starter)
    door = socket.create_server(("127.0.0.1", port))
    servers: list[uvicorn.Server] = []
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        # Made inside the loop it runs in: gradio would make loops of its own and leave them open.
        app = build_app(bot)
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1)
        servers.append(uvicorn.Server(config))
        loops.append(asyncio.get_running_loop())
        await servers[0].serve([door])

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        while not (servers and servers[0].started):
            if not thread.is_alive():
                raise RuntimeError("the page ended before it answered")
            thread.join(0.02)
        yield Served(f"http://127.0.0.1:{door.getsockname()[1]}", bot, store, loops[0])
    finally:
        for server in servers:
            server.should_exit = True
        thread.join(20)
        door.close()
