"""python -m pytest tests/bot/test_state_redis.py

The store in Redis while Redis is killed, restarted, emptied or wrongly set up, against a real redis-server.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from bot.state import StoreError
from bot.types import ConversationError, Message, Store
from tests.bot.server import RedisServer
from tests.bot.test_state import REPLY, list_said, open_at, scene

pytestmark = pytest.mark.redis


def test_redis_gone_in_the_middle_degrades_and_is_caught_up(frail: RedisServer, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        id = (await store.begin("hal", "旧")).id
        await store.append("hal", id, Message("之前"), REPLY)
        assert not (await store.health()).degraded
        await store.turns("hal", id)
        frail.kill()
        async with store.turn_lock(id):
            turn = await store.append("hal", id, Message("断开了"), REPLY)
        assert turn.number == 1
        health = await store.health()
        assert health.degraded
        assert health.warnings
        await store.append("hal", id, Message("still here"), REPLY)
        await store.replace("hal", id, replace(turn, liked=True))
        await store.rename("hal", id, "新")
        other = (await store.begin("hal", "断开时开始")).id
        await store.append("hal", other, Message("新的"), REPLY)
        with pytest.raises(ConversationError):
            await store.turns("eve", id)
        assert await list_said(store, "hal", id) == ["之前", "断开了", "still here"]
        frail.start()
        await asyncio.sleep(1.1)
        assert not (await store.health()).degraded
        await store.append("hal", id, Message("回来了"), REPLY)
        turns = await store.turns("hal", id)
        assert [turn.message.text for turn in turns] == ["之前", "断开了", "still here", "回来了"]
        assert [turn.liked for turn in turns] == [None, True, None, None]

    scene(frail.address, tmp_path, play)
    # What another machine sees, which has nothing but Redis.
    (tmp_path / "elsewhere").mkdir()

    async def elsewhere(store: Store) -> None:
        found = {one.title: one.id for one in await store.conversations("hal")}
        assert set(found) == {"新", "断开时开始"}
        assert await list_said(store, "hal", found["新"]) == ["之前", "断开了", "still here", "回来了"]
        assert await list_said(store, "hal", found["断开时开始"]) == ["新的"]

    scene(frail.address, tmp_path / "elsewhere", elsewhere)


def test_what_was_done_just_before_is_known_when_redis_goes(frail: RedisServer, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        id = (await store.begin("han", "旧")).id
        for text in ("零", "一", "二", "three"):
            await store.append("han", id, Message(text), REPLY)
        gone = (await store.begin("han", "gone")).id
        turn = await store.append("han", id, Message("one"), REPLY, instead_of=1)
        await store.replace("han", id, replace(turn, number=1, message=Message("改 one")))
        await store.rename("han", id, "new")
        await store.delete("han", gone)
        frail.kill()
        assert await list_said(store, "han", id) == ["零", "改 one"]
        assert [one.title for one in await store.conversations("han")] == ["new"]
        assert (await store.append("han", id, Message("接着"), REPLY)).number == 2
        for owner, unknown in (("eve", id), ("han", gone), ("han", "unknown")):
            with pytest.raises(ConversationError, match="there is no conversation"):
                await store.append(owner, unknown, Message("x"), REPLY)

    scene(frail.address, tmp_path, play)


class Wire:
    """A wire to a Redis that can be cut just as the answer to a transaction is on its way."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.cutting = False
        self.cuts = 0

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        try:
            yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
        finally:
            server.close()
            await server.wait_closed()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.cutting and self.cuts:
            writer.close()
            return
        upstream_reader, upstream = await asyncio.open_connection("127.0.0.1", self._port)

        async def back() -> None:
            while data := await upstream_reader.read(65536):
                if self.cutting and self.cuts:
                    break
                writer.write(data)
            writer.close()

        answers = asyncio.create_task(back())
        while data := await reader.read(65536):
            if self.cutting and b"EXEC" in data:
                self.cuts += 1
            upstream.write(data)
        upstream.close()
        await answers


def test_a_change_whose_answer_was_lost_is_made_once(frail: RedisServer, tmp_path: Path) -> None:
    wire = Wire(frail.port)

    async def play() -> None:
        async with wire.listen() as address, open_at(address, tmp_path) as store:
            id = (await store.begin("hua", "")).id
            await store.append("hua", id, Message("零"), REPLY)
            wire.cutting = True
            assert (await store.append("hua", id, Message("one"), REPLY)).number == 1
            assert wire.cuts
            with Redis.from_url(frail.address, decode_responses=True) as redis:
                assert redis.hlen(f"kanliao:{{{id}}}:turns") == 2, "Redis made it, and could not say so"
            assert (await store.health()).degraded
            assert (await store.append("hua", id, Message("二"), REPLY)).number == 2
            wire.cutting = False
            await asyncio.sleep(1.1)
            assert not (await store.health()).degraded
            turns = await store.turns("hua", id)
            assert [(turn.number, turn.message.text) for turn in turns] == [(0, "零"), (1, "one"), (2, "二")]

    asyncio.run(play())


def test_a_redis_that_returns_empty_is_given_the_conversation_that_went_on(frail: RedisServer, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        id = (await store.begin("hui", "标题")).id
        await store.append("hui", id, Message("之前"), REPLY)
        frail.kill()
        await store.append("hui", id, Message("meanwhile"), REPLY)
        shutil.rmtree(tmp_path / "redis")
        (tmp_path / "redis").mkdir()
        frail.start()
        await asyncio.sleep(1.1)
        assert not (await store.health()).degraded
        assert await list_said(store, "hui", id) == ["之前", "meanwhile"]
        assert [one.title for one in await store.conversations("hui")] == ["标题"]

    scene(frail.address, tmp_path, play)


def test_changes_from_all_sides_while_redis_returns_leave_none_behind(frail: RedisServer, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        ids = [(await store.begin("jin", f"第{number}")).id for number in range(5)]
        done = asyncio.Event()

        async def talk(id: str) -> list[str]:
            texts: list[str] = []
            while not done.is_set():
                texts.append(f"{id} {len(texts)}")
                await store.append("jin", id, Message(texts[-1]), REPLY)
                await asyncio.sleep(0.01)
            return texts

        talks = [asyncio.create_task(talk(id)) for id in ids]
        for _ in range(2):
            await asyncio.sleep(0.2)
            frail.kill()
            await asyncio.sleep(0.5)
            frail.start()
            await asyncio.sleep(1.5)
        done.set()
        texts = await asyncio.gather(*talks)
        assert not (await store.health()).degraded
        for id, wanted in zip(ids, texts, strict=True):
            assert await list_said(store, "jin", id) == wanted
            assert [turn.number for turn in await store.turns("jin", id)] == list(range(len(wanted)))

    scene(frail.address, tmp_path, play)


def test_a_start_without_redis_is_degraded_and_survives_a_restart(frail: RedisServer, tmp_path: Path) -> None:
    frail.kill()
    ids: list[str] = []

    async def alone(store: Store) -> None:
        assert (await store.health()).degraded
        ids.append((await store.begin("ida", "")).id)
        await store.append("ida", ids[0], Message("孤独的一轮"), REPLY)

    async def back(store: Store) -> None:
        assert not (await store.health()).degraded
        assert await list_said(store, "ida", ids[0]) == ["孤独的一轮"]

    scene(frail.address, tmp_path, alone)
    frail.start()
    scene(frail.address, tmp_path, back)
    scene(frail.address, tmp_path, back)


def test_turns_that_another_machine_added_meanwhile_are_kept(frail: RedisServer, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()

    async def play() -> None:
        async with open_at(frail.address, tmp_path / "one") as one:
            id = (await one.begin("jo", "")).id
            await one.append("jo", id, Message("0"), REPLY)
            await one.turns("jo", id)
            frail.kill()
            mine = await one.append("jo", id, Message("左边"), REPLY)
            frail.start()
            async with open_at(frail.address, tmp_path / "other") as other:
                await other.append("jo", id, Message("right"), REPLY)
            await asyncio.sleep(1.1)
            await one.health()
            texts = await list_said(one, "jo", id)
            assert texts == ["0", "right", "左边"]
            with pytest.raises(ConversationError):
                await one.replace("jo", id, replace(mine, number=9))

    asyncio.run(play())


def test_an_edit_made_meanwhile_takes_only_what_it_saw(frail: RedisServer, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()

    async def play() -> None:
        async with open_at(frail.address, tmp_path / "one") as one:
            id = (await one.begin("joy", "")).id
            for text in ("零", "one"):
                await one.append("joy", id, Message(text), REPLY)
            frail.kill()
            edited = await one.append("joy", id, Message("改"), REPLY, instead_of=1)
            await one.replace("joy", id, replace(edited, liked=True))
            frail.start()
            async with open_at(frail.address, tmp_path / "other") as other:
                await other.append("joy", id, Message("别处 elsewhere"), REPLY)
            await asyncio.sleep(1.1)
            turns = await one.turns("joy", id)
            assert [(turn.message.text, turn.liked) for turn in turns] == [
                ("零", None),
                ("别处 elsewhere", None),
                ("改", True),
            ]
            numbers = [turn.number for turn in turns]
            assert numbers == sorted(set(numbers))

    asyncio.run(play())


def test_what_another_machine_deleted_stays_deleted(frail: RedisServer, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()

    async def play() -> None:
        async with open_at(frail.address, tmp_path / "one") as one:
            id, quiet = (await one.begin("jun", "秘密")).id, (await one.begin("jun", "private")).id
            frail.kill()
            await one.append("jun", id, Message("还在"), REPLY)
            frail.start()
            async with open_at(frail.address, tmp_path / "other") as other:
                await other.delete("jun", id)
                await other.delete("jun", quiet)
            await asyncio.sleep(1.1)
            assert await one.conversations("jun") == []
            frail.kill()
            assert await one.conversations("jun") == [], "nor is there a copy of it here"
            assert (await one.health()).degraded

    asyncio.run(play())


def test_deleting_leaves_no_text_in_redis(server: RedisServer, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        id = (await store.begin("kai", "秘密 title")).id
        await store.append("kai", id, Message("私密 text"), REPLY)
        async with store.turn_lock(id):
            pass
        await store.delete("kai", id)
        with Redis.from_url(server.address, decode_responses=True) as redis:
            left = {str(key).rsplit(":", 1)[-1] for key in redis.scan_iter(f"kanliao:{{{id}}}:*")}
            assert left <= {"applied", "ticket"}
            assert all(int(str(redis.ttl(f"kanliao:{{{id}}}:{part}"))) > 0 for part in left)

    scene(server.address, tmp_path, play)


def test_a_conversation_that_rests_too_long_goes_away(server: RedisServer, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        id = (await store.begin("kim", "")).id
        other = (await store.begin("kim", "")).id
        await store.append("kim", id, Message("在"), REPLY)
        for _ in range(4):
            await asyncio.sleep(0.5)
            assert await list_said(store, "kim", id) == ["在"], "every use renews it"
        assert [one.id for one in await store.conversations("kim")] == [id]
        with pytest.raises(ConversationError):
            await store.turns("kim", other)

    scene(server.address, tmp_path, play, ttl=1)


def test_without_always_there_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    server = RedisServer(tmp_path / "redis", "--appendonly", "yes", "--appendfsync", "everysec")
    server.start()

    async def play(store: Store) -> None:
        health = await store.health()
        assert not health.degraded
        assert "appendfsync is everysec, set it to always" in health.warnings[0]

    try:
        scene(server.address, tmp_path, play)
    finally:
        server.kill()


def test_a_refused_login_is_an_error_not_a_degraded_start(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    server = RedisServer(tmp_path / "redis", "--requirepass", "芝麻开门")
    server.start()

    async def play(store: Store) -> None:
        raise AssertionError("it must not open")

    try:
        with pytest.raises(StoreError, match="refused the login"):
            scene(server.address, tmp_path, play)
        with pytest.raises(StoreError, match="refused the login"):
            scene(server.address.replace("redis://", "redis://:wrong@"), tmp_path, play)
    finally:
        server.kill()


@pytest.mark.parametrize(
    "address", ["redis://127.0.0.1:{port}/99", "redis://127.0.0.1:端口/0", "http://127.0.0.1:{port}"]
)
def test_an_address_that_cannot_be_right_is_an_error(server: RedisServer, tmp_path: Path, address: str) -> None:
    async def play(store: Store) -> None:
        raise AssertionError("it must not open")

    with pytest.raises(StoreError, match="KANLIAO_STORE"):
        scene(address.format(port=server.port), tmp_path, play)


def test_a_forbidden_config_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    server = RedisServer(tmp_path / "redis", "--rename-command", "CONFIG", "")
    server.start()

    async def play(store: Store) -> None:
        health = await store.health()
        assert not health.degraded
        assert "appendonly yes" in health.warnings[0]

    try:
        scene(server.address, tmp_path, play)
    finally:
        server.kill()


def test_redis_holds_json_and_nothing_else(server: RedisServer, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        id = (await store.begin("lee", "标题")).id
        await store.append("lee", id, Message("你好"), REPLY)
        with Redis.from_url(server.address, decode_responses=True) as redis:
            assert json.loads(str(redis.get(f"kanliao:{{{id}}}:meta")))["title"] == "标题"
            lines = redis.hgetall(f"kanliao:{{{id}}}:turns")
            assert isinstance(lines, dict)
            assert json.loads(lines["0"])["message"]["text"] == "你好"

    scene(server.address, tmp_path, play)
