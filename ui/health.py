"""The health check of /healthz.

It tells whether a message that is sent now would be answered and stored.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.build import Bot
from bot.types import Context, Message
from ui.event_queue import EventQueue
from ui.translations import TRANSLATIONS

DEADLINE_S = 3.0
# /healthz needs no password: however often it is called, a check runs no more often than this.
CACHE_S = 2.0


class HealthCheck:
    """Try the steps of a turn without a conversation.

    They are the queue, the lock, the sources and the store.
    """

    def __init__(self, bot: Bot, queues: Mapping[str, EventQueue], clock: Callable[[], float] = time.monotonic) -> None:
        self._bot = bot
        self._queues = queues
        self._clock = clock
        self._checked: float | None = None
        self._last: tuple[int, dict[str, Any]] = (503, {})
        self._lock = asyncio.Lock()

    async def check(self) -> tuple[int, dict[str, Any]]:
        """Return the HTTP status, 200 or 503, and the JSON of the answer."""
        async with self._lock:
            if self._checked is None or self._clock() - self._checked >= CACHE_S:
                self._last = await self._check()
                self._checked = self._clock()
        return self._last

    async def _check(self) -> tuple[int, dict[str, Any]]:
        store = self._bot.engine.store
        # The store is checked last, because taking the lock writes to it too.
        steps = {f"queue of /{language}": queue.check() for language, queue in self._queues.items()}
        steps |= {"conversation lock": self._take_lock(), "stored replies": self._find_reply()}
        failures = [failure for failure in await asyncio.gather(*map(_try, steps, steps.values())) if failure]
        try:
            health = await asyncio.wait_for(store.health(), DEADLINE_S)
        except Exception as error:
            return 503, {
                "status": "failing",
                "store": "unknown",
                "warnings": [*failures, _describe_failure("store", error)],
            }
        warnings = [*failures, *health.warnings]
        if failures or not health.writable:
            return 503, {"status": "failing", "store": health.store, "warnings": warnings}
        return 200, {"status": "degraded" if health.degraded else "ok", "store": health.store, "warnings": warnings}

    async def _take_lock(self) -> None:
        async with self._bot.engine.store.turn_lock("health"):
            pass

    async def _find_reply(self) -> None:
        await self._bot.knowledge_source.propose(Context(Message(TRANSLATIONS["zh"].examples[0]), "zh"))


async def _try(name: str, step: Awaitable[None]) -> str | None:
    try:
        await asyncio.wait_for(step, DEADLINE_S)
    except Exception as error:
        return _describe_failure(name, error)
    return None


def _describe_failure(name: str, error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"{name}: no answer within {DEADLINE_S:g} s"
    return f"{name}: {type(error).__name__}: {error}"
