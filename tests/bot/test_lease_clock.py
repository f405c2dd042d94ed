"""python -m pytest tests/bot/test_lease_clock.py

Leases under clocks that step: the time of day set back or forward, and a machine that was started anew.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from bot.state.lock import FairLock
from bot.state.redis import RedisConversations
from tests.bot.server import RedisServer

HOUR = 3600.0


class Clock:
    """A clock that a test can step, and that tells when it was looked at often enough."""

    def __init__(self, now: float) -> None:
        self.now = now
        self._looks = 0
        self._wanted = 0
        self._seen = asyncio.Event()

    def __call__(self) -> float:
        self._looks += 1
        if self._looks >= self._wanted:
            self._seen.set()
        return self.now

    async def looked_at(self, times: int) -> None:
        """Return when it was looked at so many times more."""
        self._seen.clear()
        self._wanted = self._looks + times
        await asyncio.wait_for(self._seen.wait(), 20)


@asynccontextmanager
async def line(path: Path, clock: Clock) -> AsyncIterator[FairLock]:
    tickets = FairLock(path, clock)
    await tickets.open()
    try:
        yield tickets
    finally:
        await tickets.close()


async def enter(tickets: FairLock, conversation: str) -> None:
    async with tickets.turn_lock(conversation):
        return


def leave_behind(path: Path, conversation: str, until: float) -> None:
    """A lease as a process that died has left it."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("INSERT INTO line(conversation, holder, until) VALUES (?, 'dead', ?)", (conversation, until))


@pytest.mark.parametrize("ahead", [65.0, HOUR, 1e9], ids=["clock set back", "an hour", "another start of the machine"])
def test_a_lease_of_a_dead_process_that_ends_in_the_far_future_is_over(tmp_path: Path, ahead: float) -> None:
    async def play() -> None:
        clock = Clock(100.0)
        async with line(tmp_path / "t.tickets", clock) as tickets:
            leave_behind(tmp_path / "t.tickets", "房间", clock.now + ahead)
            await asyncio.wait_for(enter(tickets, "房间"), 5)

    asyncio.run(play())


def test_a_lease_that_may_still_be_alive_is_waited_for_until_its_time_is_over(tmp_path: Path) -> None:
    async def play() -> None:
        clock = Clock(100.0)
        async with line(tmp_path / "t.tickets", clock) as tickets:
            leave_behind(tmp_path / "t.tickets", "room", clock.now + 4.0)
            waiting = asyncio.create_task(enter(tickets, "room"))
            await clock.looked_at(3)
            assert not waiting.done()
            clock.now += 4.5
            await asyncio.wait_for(waiting, 5)

    asyncio.run(play())


@pytest.mark.parametrize("step", [HOUR, -HOUR], ids=["forward", "back"])
def test_setting_the_time_of_day_lets_nobody_past_a_living_holder(
    tmp_path: Path, step: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two stores on one file are two processes. Their clock does not know the time of day, whatever becomes of it.
    async def play() -> None:
        day = time.time()
        entered = asyncio.Event()
        release = asyncio.Event()

        async def hold(tickets: FairLock) -> None:
            async with tickets.turn_lock("room"):
                entered.set()
                await release.wait()

        async with (
            line(tmp_path / "t.tickets", Clock(100.0)) as one,
            line(tmp_path / "t.tickets", clock := Clock(100.0)) as other,
        ):
            holding = asyncio.create_task(hold(one))
            await entered.wait()
            monkeypatch.setattr(time, "time", lambda: day + step)
            waiting = asyncio.create_task(enter(other, "room"))
            await clock.looked_at(3)
            assert not waiting.done()
            release.set()
            await asyncio.wait_for(waiting, 5)
            await holding

    asyncio.run(play())


def test_the_clock_of_the_leases_is_not_the_time_of_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        tickets = FairLock(tmp_path / "t.tickets")
        await tickets.open()
        try:
            async with tickets.turn_lock("房间"):
                with closing(sqlite3.connect(tmp_path / "t.tickets")) as db:
                    (before,) = db.execute("SELECT until FROM line").fetchone()
            day = time.time()
            monkeypatch.setattr(time, "time", lambda: day - HOUR)
            async with tickets.turn_lock("房间"):
                with closing(sqlite3.connect(tmp_path / "t.tickets")) as db:
                    (after,) = db.execute("SELECT until FROM line").fetchone()
            assert after >= before
        finally:
            await tickets.close()

    asyncio.run(play())


async def queue(redis: RedisConversations, conversation: str) -> str:
    """A ticket at the end of the line, with its holder's sign of life."""
    ticket = await redis.draw_ticket(conversation)
    await redis.renew_lease(conversation, ticket)
    return ticket


@pytest.mark.redis
def test_in_redis_a_dead_holder_is_passed_over_however_long_its_key_would_live(server: RedisServer) -> None:
    # A clock set back on the machine of Redis makes every key live longer by as much.
    async def play() -> None:
        clock = Clock(100.0)
        redis = RedisConversations(server.address, None, clock)
        try:
            dead = await queue(redis, "rc-a")
            await redis.wait_for_turn("rc-a", dead)
            raw = redis._redis
            (key,) = [one async for one in raw.scan_iter("kanliao:{rc-a}:alive:*")]
            await raw.pexpire(key, 65_000)
            ticket = await queue(redis, "rc-a")
            waiting = asyncio.create_task(redis.wait_for_turn("rc-a", ticket))
            await clock.looked_at(3)
            assert not waiting.done()
            clock.now += 5.5
            await asyncio.wait_for(waiting, 5)
        finally:
            await redis.close()

    asyncio.run(play())


@pytest.mark.redis
def test_in_redis_a_living_holder_stays_first_when_all_keys_run_out_at_once(server: RedisServer) -> None:
    # A clock set forward on the machine of Redis does that.
    async def play() -> None:
        clock = Clock(100.0)
        redis = RedisConversations(server.address, None, clock)
        try:
            holder = await queue(redis, "rc-b")
            await redis.wait_for_turn("rc-b", holder)
            ticket = await queue(redis, "rc-b")
            waiting = asyncio.create_task(redis.wait_for_turn("rc-b", ticket))
            await clock.looked_at(3)
            for _ in range(6):
                keys = [one async for one in redis._redis.scan_iter("kanliao:{rc-b}:alive:*")]
                await redis._redis.delete(*keys)
                clock.now += 1.0
                await redis.renew_lease("rc-b", holder)
                await redis.renew_lease("rc-b", ticket)
                await clock.looked_at(2)
                assert not waiting.done()
            await redis.release("rc-b", holder)
            await asyncio.wait_for(waiting, 5)
        finally:
            await redis.close()

    asyncio.run(play())
