"""python -m pytest tests/bot/test_trips.py: how often one message goes to the store, to the disk and over the network."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio.connection import AbstractConnection

from bot.state.database import Database
from bot.state.redis import RedisConversations
from bot.types import Message
from tests.bot.server import RedisServer
from tests.bot.test_engine import Bot, Fixed, candidate
from tests.bot.test_state import REPLY, open_at

MOST_STORE_CALLS = 3


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts the write transactions by the suffix of their file."""
    counted: Counter[str] = Counter()
    write = Database.write

    async def count(self: Database, work: Callable[[sqlite3.Connection], Any], deletes: bool = False) -> Any:
        counted[self._path.suffix] += 1
        return await write(self, work, deletes)

    monkeypatch.setattr(Database, "write", count)
    return counted


@pytest.fixture
def round_trips(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts what is sent to Redis; a pipeline is sent as one."""
    counted: Counter[str] = Counter()
    send = AbstractConnection.send_packed_command

    async def count(self: AbstractConnection, *arguments: Any, **options: Any) -> None:
        counted["sent"] += 1
        await send(self, *arguments, **options)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", count)
    return counted


@pytest.mark.parametrize("instead_of", [None, 0], ids=["new", "edited"])
def test_a_message_takes_three_store_calls_and_one_transaction(
    instead_of: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: Counter[str]
) -> None:
    bot = Bot(tmp_path, Fixed([candidate("九点开门 nine", 0.9)]))
    calls: list[str] = []

    async def scene() -> None:
        await bot.say("几点开门 when?")
        for name in ("turn_lock", "turns", "append", "replace", "begin", "conversations", "rename", "health"):
            _record(bot.store, name, calls, monkeypatch)
        writes.clear()
        assert (await bot.say("再问一次 again", instead_of)).number == (1 if instead_of is None else 0)
        # The conversation's file is written once; that of the lock when it is taken and when it is released.
        assert writes == {".db": 1, ".tickets": 2}

    bot.run(scene)
    assert calls == ["turn_lock", "turns", "append"]
    assert len(calls) <= MOST_STORE_CALLS


def _record(store: Any, name: str, calls: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    method = getattr(store, name)

    def call(*arguments: Any, **options: Any) -> Any:
        calls.append(name)
        return method(*arguments, **options)

    monkeypatch.setattr(store, name, call)


@pytest.mark.redis
@pytest.mark.parametrize("ttl", [None, 60.0])
def test_the_list_in_redis_takes_as_many_round_trips_for_one_conversation_as_for_twenty(
    ttl: float | None, server: RedisServer, tmp_path: Path, round_trips: Counter[str]
) -> None:
    owner = f"trips {ttl}"

    async def scene() -> None:
        async with open_at(server.address, tmp_path, ttl) as store:
            ids = [(await store.begin(owner, f"标题 {number}")).id for number in range(20)]
            await store.append(owner, ids[7], Message("图书馆 library"), REPLY)
        redis = RedisConversations(server.address, ttl)
        try:
            await redis.ping()
            for search, most, wanted in (("", 2, set(ids)), ("LIBRARY", 3, {ids[7]}), ("标题 3", 3, {ids[3]})):
                round_trips.clear()
                found, there = await redis.list_conversations(owner, search)
                assert ({one.id for one in found}, there) == (wanted, set(ids))
                assert round_trips["sent"] <= most
            round_trips.clear()
            assert (await redis.get_state(owner, ids[7])).numbers == (0,)
            assert round_trips["sent"] == (1 if ttl is None else 2)
        finally:
            await redis.close()

    asyncio.run(scene())
