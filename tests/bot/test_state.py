"""python -m pytest tests/bot/test_state.py

One contract for both stores; Redis is a real redis-server with appendonly yes and appendfsync always.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.state import SqliteStore, StoreError, open_store
from bot.types import Candidate, ConversationError, Evidence, Message, Reply, Store
from tests.bot.server import RedisServer

ROOT = Path(__file__).parent.parent.parent
REPLY = Reply(
    "好的 👩‍💻",
    "answer",
    "zh",
    (Candidate("好的", "retrieved", 0.9, Evidence("e.zh", "faq.csv", 3, "行吗", {"words": 1.5})),),
    0,
    ("还有吗",),
    {"total": 1.5},
    offered=(0,),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.redis)])
def address(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == "sqlite" else request.getfixturevalue("server").address


@asynccontextmanager
async def opened(address: str | None, folder: Path, ttl: float | None = None) -> AsyncIterator[Store]:
    store = open_store(address, folder, ttl)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def scene(
    address: str | None, folder: Path, play: Callable[[Store], Awaitable[None]], ttl: float | None = None
) -> None:
    async def whole() -> None:
        async with opened(address, folder, ttl) as store:
            await play(store)

    asyncio.run(whole())


def said(store: Store, owner: str, conversation: str) -> Awaitable[list[str]]:
    async def texts() -> list[str]:
        return [turn.message.text for turn in await store.turns(owner, conversation)]

    return texts()


def test_a_turn_comes_back_as_it_was_even_after_a_restart(address: str | None, tmp_path: Path) -> None:
    texts = [
        "你好，世界",
        "plain",
        "emoji 👨‍👩‍👧 🇨🇳",
        "tab\there\nline",
        "繁體字",
        "<script>alert(1)</script>",
        "quote ' \" ; --",
    ]
    kept = []

    async def first(store: Store) -> None:
        conversation = await store.begin("ada", "第一次 first")
        for text in texts:
            kept.append(await store.append("ada", conversation.id, Message(text, "a.png"), REPLY))

    async def second(store: Store) -> None:
        (conversation,) = await store.conversations("ada", "第一次")
        assert await store.turns("ada", conversation.id) == kept
        assert [turn.number for turn in kept] == list(range(len(texts)))

    scene(address, tmp_path, first)
    scene(address, tmp_path, second)


def test_another_owner_and_an_unknown_id_look_the_same(address: str | None, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        mine = (await store.begin("ada", "秘密")).id
        turn = await store.append("ada", mine, Message("hi"), REPLY)
        for owner, id in (("eve", mine), ("ada", "unknown"), ("ada", mine + "'"), ("eve", "../" + mine)):
            for attempt in (
                store.turns(owner, id),
                store.append(owner, id, Message("x"), REPLY),
                store.replace(owner, id, turn),
                store.cut(owner, id, 0),
                store.rename(owner, id, "stolen"),
                store.delete(owner, id),
            ):
                with pytest.raises(ConversationError, match="there is no conversation"):
                    await attempt
        assert await store.turns("ada", mine) == [turn]
        assert mine not in [one.id for one in await store.conversations("eve")]

    scene(address, tmp_path, play)


def test_cut_replace_rename_delete(address: str | None, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        id = (await store.begin("bo", "old")).id
        for text in ("零", "one", "二"):
            await store.append("bo", id, Message(text), REPLY)
        await store.cut("bo", id, 1)
        turn = await store.append("bo", id, Message("另一个"), REPLY)
        assert turn.number == 1
        from dataclasses import replace

        await store.replace("bo", id, replace(turn, liked=False, reason="不对"))
        assert [(one.liked, one.reason) for one in await store.turns("bo", id)] == [(None, ""), (False, "不对")]
        with pytest.raises(ConversationError, match="no turn 7"):
            await store.replace("bo", id, replace(turn, number=7))
        await store.rename("bo", id, "新名字 new")
        assert [one.title for one in await store.conversations("bo")] == ["新名字 new"]
        await store.delete("bo", id)
        assert await store.conversations("bo") == []
        with pytest.raises(ConversationError):
            await store.turns("bo", id)

    scene(address, tmp_path, play)


def test_the_list_is_last_used_first_and_searched_as_typed(address: str | None, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        first = (await store.begin("cy", "Alpha 100%")).id
        second = (await store.begin("cy", "图书馆")).id
        third = (await store.begin("cy", "under_score")).id
        await store.append("cy", first, Message("Where is the LIBRARY"), REPLY)
        assert next(one.id for one in await store.conversations("cy")) == first

        async def found(text: str) -> set[str]:
            return {one.id for one in await store.conversations("cy", text)}

        assert await found("图书") == {second}
        assert await found("library") == {first}
        assert await found("好的") == {first}
        assert await found("%") == {first}
        assert await found("_") == {third}
        assert await found("nowhere 没有") == set()
        assert await found("  ") == {first, second, third}

    scene(address, tmp_path, play)


def test_ids_cannot_be_guessed(address: str | None, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        ids = {(await store.begin("dee", "")).id for _ in range(50)}
        assert len(ids) == 50
        assert all(len(id) == 22 for id in ids)

    scene(address, tmp_path, play)


def test_the_lock_serves_first_come_first(address: str | None, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        order: list[int] = []

        async def visitor(name: int) -> None:
            async with store.turn_lock("room"):
                order.append(name)
                await asyncio.sleep(0.001)

        async with store.turn_lock("room"):
            waiting = []
            for name in range(8):
                waiting.append(asyncio.create_task(visitor(name)))
                await asyncio.sleep(0.01)
            assert order == []
        await asyncio.gather(*waiting)
        assert order == list(range(8))

    scene(address, tmp_path, play)


def test_fifty_conversations_at_once(address: str | None, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        async def talk(owner: str) -> None:
            id = (await store.begin(owner, owner)).id
            for number in range(4):
                async with store.turn_lock(id):
                    await store.append(owner, id, Message(f"{owner} {number}"), REPLY)
            assert await said(store, owner, id) == [f"{owner} {number}" for number in range(4)]

        await asyncio.gather(*(talk(f"人{number}") for number in range(50)))

    scene(address, tmp_path, play)


CHILD = """
import asyncio, sys
from pathlib import Path
from bot.state import open_store
from bot.types import Message, Reply

async def main():
    address, folder, owner, conversation, name, count = sys.argv[1:]
    store = open_store(address or None, Path(folder), None)
    await store.open()
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(count)):
        async with store.turn_lock(conversation):
            turn = await store.append(owner, conversation, Message(f"{name} {number}"), Reply("好", "answer", "zh"))
        print(turn.number, flush=True)
    if name == "holder":
        async with store.turn_lock(conversation):
            print("holding", flush=True)
            sys.stdin.readline()
    await store.close()

asyncio.run(main())
"""


def child(address: str | None, folder: Path, owner: str, id: str, name: str, count: int) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, address or "", str(folder), owner, id, name, str(count)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def end(process: "subprocess.Popen[str]") -> None:
    process.communicate(timeout=60)


def begun(address: str | None, folder: Path, owner: str) -> str:
    ids: list[str] = []

    async def play(store: Store) -> None:
        ids.append((await store.begin(owner, "")).id)

    scene(address, folder, play)
    return ids[0]


def test_two_processes_in_one_conversation_lose_and_repeat_nothing(address: str | None, tmp_path: Path) -> None:
    id = begun(address, tmp_path, "eli")
    processes = [child(address, tmp_path, "eli", id, name, 50) for name in ("左", "right")]
    for process in processes:
        go(process)
    for process in processes:
        end(process)

    async def play(store: Store) -> None:
        turns = await store.turns("eli", id)
        assert [turn.number for turn in turns] == list(range(100))
        texts = [turn.message.text for turn in turns]
        for name in ("左", "right"):
            assert [text for text in texts if text.startswith(name)] == [f"{name} {number}" for number in range(50)]

    scene(address, tmp_path, play)


def test_a_turn_that_was_acknowledged_survives_kill_9(address: str | None, tmp_path: Path) -> None:
    id = begun(address, tmp_path, "fay")
    process = child(address, tmp_path, "fay", id, "写", 1000)
    go(process)
    assert process.stdout is not None
    acknowledged = [int(process.stdout.readline()) for _ in range(5)]
    os.kill(process.pid, signal.SIGKILL)
    end(process)

    async def play(store: Store) -> None:
        kept = [turn.number for turn in await store.turns("fay", id)]
        assert kept[:5] == acknowledged
        assert kept == list(range(len(kept)))

    scene(address, tmp_path, play)


def test_when_the_holder_of_a_lock_is_killed_the_next_one_gets_in(address: str | None, tmp_path: Path) -> None:
    id = begun(address, tmp_path, "gus")
    process = child(address, tmp_path, "gus", id, "holder", 0)
    go(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "holding\n"

    async def play(store: Store) -> None:
        async def enter() -> None:
            async with store.turn_lock(id):
                return

        waiting = asyncio.create_task(enter())
        await asyncio.sleep(0.5)
        assert not waiting.done()
        os.kill(process.pid, signal.SIGKILL)
        await asyncio.wait_for(waiting, 20)

    scene(address, tmp_path, play)
    end(process)


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(tmp_path / "conversations.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="newer version"):
        asyncio.run(SqliteStore(tmp_path / "conversations.db").open())


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "conversations.db").write_bytes("这不是数据库 not a database".encode() * 100)

    async def attempt() -> None:
        store = SqliteStore(tmp_path / "conversations.db")
        try:
            await store.open()
        finally:
            await store.close()

    with pytest.raises(StoreError, match="cannot be used"):
        asyncio.run(attempt())


@pytest.fixture
def frail(tmp_path: Path) -> Iterator[RedisServer]:
    """A server that this test may kill."""
    (tmp_path / "redis").mkdir()
    server = RedisServer(tmp_path / "redis")
    server.start()
    yield server
    server.kill()


@pytest.mark.redis
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
        from dataclasses import replace

        await store.replace("hal", id, replace(turn, liked=True))
        await store.rename("hal", id, "新")
        other = (await store.begin("hal", "断开时开始")).id
        await store.append("hal", other, Message("新的"), REPLY)
        with pytest.raises(ConversationError):
            await store.turns("eve", id)
        assert await said(store, "hal", id) == ["之前", "断开了", "still here"]
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
        assert await said(store, "hal", found["新"]) == ["之前", "断开了", "still here", "回来了"]
        assert await said(store, "hal", found["断开时开始"]) == ["新的"]

    scene(frail.address, tmp_path / "elsewhere", elsewhere)


@pytest.mark.redis
def test_a_start_without_redis_is_degraded_and_survives_a_restart(frail: RedisServer, tmp_path: Path) -> None:
    frail.kill()
    ids: list[str] = []

    async def alone(store: Store) -> None:
        assert (await store.health()).degraded
        ids.append((await store.begin("ida", "")).id)
        await store.append("ida", ids[0], Message("孤独的一轮"), REPLY)

    async def back(store: Store) -> None:
        assert not (await store.health()).degraded
        assert await said(store, "ida", ids[0]) == ["孤独的一轮"]

    scene(frail.address, tmp_path, alone)
    frail.start()
    scene(frail.address, tmp_path, back)
    scene(frail.address, tmp_path, back)


@pytest.mark.redis
def test_turns_that_another_machine_added_meanwhile_are_kept(frail: RedisServer, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()

    async def play() -> None:
        async with opened(frail.address, tmp_path / "one") as one:
            id = (await one.begin("jo", "")).id
            await one.append("jo", id, Message("0"), REPLY)
            await one.turns("jo", id)
            frail.kill()
            mine = await one.append("jo", id, Message("左边"), REPLY)
            frail.start()
            async with opened(frail.address, tmp_path / "other") as other:
                await other.append("jo", id, Message("right"), REPLY)
            from dataclasses import replace

            await asyncio.sleep(1.1)
            await one.health()
            texts = await said(one, "jo", id)
            assert texts == ["0", "right", "左边"]
            with pytest.raises(ConversationError):
                await one.replace("jo", id, replace(mine, number=9))

    asyncio.run(play())


@pytest.mark.redis
def test_a_conversation_that_rests_too_long_goes_away(server: RedisServer, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        id = (await store.begin("kim", "")).id
        other = (await store.begin("kim", "")).id
        await store.append("kim", id, Message("在"), REPLY)
        for _ in range(4):
            await asyncio.sleep(0.5)
            assert await said(store, "kim", id) == ["在"], "every use renews it"
        assert [one.id for one in await store.conversations("kim")] == [id]
        with pytest.raises(ConversationError):
            await store.turns("kim", other)

    scene(server.address, tmp_path, play, ttl=1)


@pytest.mark.redis
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


@pytest.mark.redis
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


@pytest.mark.redis
def test_redis_holds_json_and_nothing_else(server: RedisServer, tmp_path: Path) -> None:
    from redis import Redis

    async def play(store: Store) -> None:
        id = (await store.begin("lee", "标题")).id
        await store.append("lee", id, Message("你好"), REPLY)
        with Redis.from_url(server.address, decode_responses=True) as redis:
            assert json.loads(str(redis.get(f"kanliao:{{{id}}}:meta")))["title"] == "标题"
            lines = redis.hgetall(f"kanliao:{{{id}}}:turns")
            assert isinstance(lines, dict)
            assert json.loads(lines["0"])["message"]["text"] == "你好"

    scene(server.address, tmp_path, play)
