"""python -m pytest tests/bot/test_state.py

One contract for both stores; Redis is a real redis-server with appendonly yes and appendfsync always. What only Redis can
do is in test_state_redis.py, what takes several processes in test_state_processes.py.
"""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.state import SqliteStore, StoreError, open_store
from bot.types import Candidate, ConversationError, Evidence, Message, Reply, Store, Suggestion, Turn, Version

ROOT = Path(__file__).parent.parent.parent
REPLY = Reply(
    "好的 👩‍💻",
    "answer",
    "zh",
    (Candidate("好的", "retrieved", 0.9, Evidence("e.zh", "faq.csv", 3, "行吗", {"words": 1.5})),),
    0,
    (Suggestion("e.zh", "还有吗"),),
    {"total": 1.5},
    shown_candidates=(0,),
)


@asynccontextmanager
async def open_at(address: str | None, folder: Path, ttl: float | None = None) -> AsyncIterator[Store]:
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
        async with open_at(address, folder, ttl) as store:
            await play(store)

    asyncio.run(whole())


def list_said(store: Store, owner: str, conversation: str) -> Awaitable[list[str]]:
    async def texts() -> list[str]:
        return [turn.message.text for turn in await store.turns(owner, conversation)]

    return texts()


def test_a_turn_comes_back_as_it_was_even_after_a_restart(address: str | None, tmp_path: Path) -> None:
    texts = [
        "你好，世界",
        "plain",
        "emoji 👨‍👩‍👧 🇨🇳",
        "tab\there\nline\r\x01\x1b[31m\x7f\x85\u2028\u200f end",
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
                store.append(owner, id, Message("x"), REPLY, 0),
                store.rename(owner, id, "stolen"),
                store.delete(owner, id),
            ):
                with pytest.raises(ConversationError, match="there is no conversation"):
                    await attempt
        assert await store.turns("ada", mine) == [turn]
        assert mine not in [one.id for one in await store.conversations("eve")]

    scene(address, tmp_path, play)


def test_edit_replace_rename_delete(address: str | None, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        id = (await store.begin("bo", "old")).id
        for text in ("零", "one", "二"):
            await store.append("bo", id, Message(text), REPLY)
        turn = await store.append("bo", id, Message("另一个"), REPLY, instead_of=1)
        assert turn.number == 1
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


def test_the_last_turns_and_those_before_a_number(address: str | None, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        id = (await store.begin("bea", "")).id
        assert await store.turns("bea", id) == []
        for text in ("零", "one", "二", "three"):
            await store.append("bea", id, Message(text), REPLY)
        for last, before, wanted in (
            (2, None, [2, 3]),
            (0, None, []),
            (9, None, [0, 1, 2, 3]),
            (2, 3, [1, 2]),
            (None, 2, [0, 1]),
            (1, 0, []),
        ):
            assert [turn.number for turn in await store.turns("bea", id, last, before)] == wanted

    scene(address, tmp_path, play)


def test_deleting_leaves_the_others_alone(address: str | None, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        gone, stays = (await store.begin("ben", "删除")).id, (await store.begin("ben", "stays")).id
        for id in (gone, stays):
            await store.append("ben", id, Message(f"私密 {id}"), REPLY)
        await store.delete("ben", gone)
        assert [one.id for one in await store.conversations("ben")] == [stays]
        assert await list_said(store, "ben", stays) == [f"私密 {stays}"]
        assert await store.conversations("ben", gone) == []

    scene(address, tmp_path, play)


def test_the_list_is_last_used_first_and_searched_as_typed(address: str | None, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        first = (await store.begin("cy", "Alpha 100%")).id
        second = (await store.begin("cy", "图书馆")).id
        third = (await store.begin("cy", "under_score")).id
        await store.append("cy", first, Message("Where is the LIBRARY"), REPLY)
        assert next(one.id for one in await store.conversations("cy")) == first

        async def find_titles(text: str) -> set[str]:
            return {one.id for one in await store.conversations("cy", text)}

        assert await find_titles("图书") == {second}
        assert await find_titles("library") == {first}
        assert await find_titles("好的") == {first}
        assert await find_titles("%") == {first}
        assert await find_titles("_") == {third}
        assert await find_titles("nowhere 没有") == set()
        assert await find_titles("  ") == {first, second, third}

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


def test_the_lock_is_fair_between_two_that_have_the_same_store_open(address: str | None, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()

    async def play() -> None:
        order: list[str] = []

        async def visitor(store: Store, name: str) -> None:
            async with store.turn_lock("厅"):
                order.append(name)

        elsewhere = tmp_path / "other" if address else tmp_path
        async with open_at(address, tmp_path) as one, open_at(address, elsewhere) as other:
            async with one.turn_lock("厅"):
                waiting = []
                for store, name in ((other, "other"), (one, "one")):
                    waiting.append(asyncio.create_task(visitor(store, name)))
                    await asyncio.sleep(0.1)
                assert order == []
            await asyncio.gather(*waiting)
        assert order == ["other", "one"]

    asyncio.run(play())


def test_one_that_stops_waiting_is_out_of_the_line(address: str | None, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        entered: list[str] = []

        async def visitor(name: str) -> None:
            async with store.turn_lock("hall"):
                entered.append(name)

        async with store.turn_lock("hall"):
            leaving = asyncio.create_task(visitor("leaving"))
            staying = asyncio.create_task(visitor("staying"))
            await asyncio.sleep(0.1)
            leaving.cancel()
        await staying
        async with store.turn_lock("hall"):
            assert entered == ["staying"]
        assert leaving.cancelled()

    scene(address, tmp_path, play)


def test_fifty_conversations_at_once(address: str | None, tmp_path: Path) -> None:
    async def play(store: Store) -> None:
        async def talk(owner: str) -> None:
            id = (await store.begin(owner, owner)).id
            for number in range(4):
                async with store.turn_lock(id):
                    await store.append(owner, id, Message(f"{owner} {number}"), REPLY)
            assert await list_said(store, owner, id) == [f"{owner} {number}" for number in range(4)]

        await asyncio.gather(*(talk(f"人{number}") for number in range(50)))

    scene(address, tmp_path, play)


def test_versions_survive_a_restart_and_are_all_searched(address: str | None, tmp_path: Path) -> None:
    versions = (
        Version("先前的回答 earlier answer", "answer", 0, liked=True),
        Version("好的 👩‍💻", "answer", 0, (Suggestion("e.zh", "还有吗"),)),
    )
    kept: list[Turn] = []

    async def write(store: Store) -> None:
        id = (await store.begin("lin", "")).id
        turn = await store.append("lin", id, Message("问 question"), REPLY)
        kept.append(replace(turn, versions=versions, version=1))
        await store.replace("lin", id, kept[0])

    async def read(store: Store) -> None:
        (found,) = await store.conversations("lin", "先前的回答 EARLIER")
        assert await store.turns("lin", found.id) == kept

    scene(address, tmp_path, write)
    scene(address, tmp_path, read)


def test_a_file_of_before_there_were_versions_opens(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    kept: list[Turn] = []

    async def write(store: Store) -> None:
        id = (await store.begin("lin", "旧 old")).id
        kept.extend([await store.append("lin", id, Message(text), REPLY) for text in ("一 one", "二 two")])

    async def read(store: Store) -> None:
        (found,) = await store.conversations("lin", "二 TWO")
        assert await store.turns("lin", found.id) == kept
        changed = replace(kept[0], liked=True)
        await store.replace("lin", found.id, changed)
        assert await store.turns("lin", found.id) == [changed, kept[1]]

    scene(None, tmp_path, write)
    db = sqlite3.connect(path)
    db.execute("UPDATE turns SET turn = json_remove(turn, '$.versions', '$.version')")
    db.execute("PRAGMA user_version = 1")
    db.commit()
    db.close()
    scene(None, tmp_path, read)
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (2,)
    db.close()


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
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


def test_the_file_is_for_this_user_only(tmp_path: Path) -> None:
    def modes() -> dict[str, int]:
        return {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}

    async def play(store: Store) -> None:
        await store.begin("lin", "")
        found = modes()
        assert {"conversations.db", "conversations.db-wal", "conversations.tickets"} <= set(found)
        assert set(found.values()) == {0o600}

    scene(None, tmp_path, play)


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be used"):
        asyncio.run(SqliteStore(tmp_path / "没有" / "conversations.db").open())


def test_a_store_without_redis_does_not_import_it() -> None:
    code = "import sys, bot.state; assert not [name for name in sys.modules if name.split('.')[0] == 'redis']"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
