"""python -m pytest tests/bot/test_full_disk.py

What becomes of a turn, a picture, the journal and a deletion when the disk is full.
"""

import asyncio
import errno
import io
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from bot.journal import Journal
from bot.pictures import Pictures
from bot.state import SqliteStore, StoreError, StoreFullError, open_store
from bot.types import Conversation, Message, Reply, Store
from data.disk import is_full
from tests.bot.server import RedisServer
from tests.bot.test_state import list_said, open_at
from tests.full_disk import SmallDisk, small_disk

REPLY = Reply("好的 " * 300, "answer", "zh")
# Nothing listens there: the store in Redis lives from its spool.
AWAY = "redis://127.0.0.1:1/0"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", 24) as made:
        yield made


async def begin(store: Store, texts: tuple[str, ...]) -> Conversation:
    conversation = await store.begin("ada", texts[0])
    for text in texts:
        async with store.turn_lock(conversation.id):
            await store.append("ada", conversation.id, Message(text), REPLY)
    return conversation


@pytest.mark.parametrize("address", [None, AWAY], ids=["sqlite", "redis away"])
def test_a_full_disk_refuses_with_a_clean_error_loses_nothing_and_lets_delete(
    address: str | None, disk: SmallDisk
) -> None:
    async def play() -> None:
        async with open_at(address, disk.folder) as store:
            kept = (await begin(store, ("零", "one", "二"))).id
            long = (await begin(store, tuple(f"{number} 很长" for number in range(20)))).id
            disk.fill()
            # An edit cuts the conversation: it must not be cut if the new turn cannot be kept.
            for instead_of in (None, 0):
                with pytest.raises(StoreFullError, match=r"disk is full.*free some space"):
                    await store.append("ada", kept, Message("new 新" * 3000), REPLY, instead_of)
                assert await list_said(store, "ada", kept) == ["零", "one", "二"]
            for id in (long, kept):
                await store.delete("ada", id)
            assert await store.conversations("ada") == []
            disk.empty()
            assert len(await list_said(store, "ada", (await begin(store, ("again", "再来"))).id)) == 2

    asyncio.run(play())


def test_a_bot_starts_on_a_full_disk_and_can_delete(disk: SmallDisk) -> None:
    async def play() -> None:
        async with open_at(None, disk.folder) as store:
            id = (await begin(store, ("零", "one"))).id
        disk.fill()
        async with open_at(None, disk.folder) as store:
            assert await list_said(store, "ada", id) == ["零", "one"]
            await store.delete("ada", id)
            assert await store.conversations("ada") == []

    asyncio.run(play())


@pytest.mark.redis
def test_while_redis_is_there_a_full_disk_of_this_machine_refuses_nothing(server: RedisServer, disk: SmallDisk) -> None:
    async def play() -> None:
        async with open_at(server.address, disk.folder) as store:
            id = (await begin(store, ("零", "one"))).id
            disk.fill()
            for number in range(30):
                async with store.turn_lock(id):
                    await store.append("ada", id, Message(f"{number} 继续" * 500), REPLY)
            assert len(await list_said(store, "ada", id)) == 32
            assert id in [one.id for one in await store.conversations("ada")]
            assert not (await store.health()).degraded
            await store.delete("ada", id)
            assert id not in [one.id for one in await store.conversations("ada")]

    asyncio.run(play())


def test_where_sqlite_may_not_grow_the_error_is_the_same(tmp_path: Path) -> None:
    # Runs where no disk can be mounted, too.
    async def play() -> None:
        store = SqliteStore(tmp_path / "conversations.db")
        await store.open()
        try:
            id = (await store.begin("ada", "")).id
            await store._file.read(lambda db: db.execute("PRAGMA max_page_count = 1").fetchone())
            with pytest.raises(StoreFullError):
                await store.append("ada", id, Message("满" * 20_000), REPLY)
            assert await store.turns("ada", id) == []
        finally:
            await store.close()

    asyncio.run(play())


def picture() -> bytes:
    made = io.BytesIO()
    Image.effect_noise((400, 300), 90).save(made, "PNG")
    return made.getvalue()


def test_of_a_picture_that_finds_no_room_nothing_stays(disk: SmallDisk) -> None:
    pictures = Pictures(disk.folder / "pictures")
    first = pictures.store("对话", picture())
    disk.fill()
    for conversation in ("对话", "other"):
        with pytest.raises(OSError, match="No space left") as full:
            pictures.store(conversation, picture())
        assert is_full(full.value)
    left = [path.name for path in disk.folder.joinpath("pictures").rglob("*")]
    assert sorted(left) == sorted(["对话", first])


def test_of_a_picture_that_is_torn_nothing_stays_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def tear(_: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device", str(target))

    monkeypatch.setattr(Path, "replace", tear)
    with pytest.raises(OSError, match="No space left"):
        Pictures(tmp_path).store("conversation", picture())
    assert list(tmp_path.iterdir()) == []


def test_the_journal_keeps_no_half_line(disk: SmallDisk) -> None:
    journal = Journal(disk.folder / "journal")
    assert journal.write("对话", {"kind": "turn", "text": "第一"})
    disk.fill()
    written = [journal.write("对话", {"kind": "turn", "text": "长" * 3000}) for _ in range(3)]
    assert not all(written)
    disk.empty()
    assert journal.write("对话", {"kind": "turn", "text": "last"})
    events = list(journal.read())
    assert None not in events
    assert len(events) == 2 + sum(written)


def test_only_a_full_disk_is_called_full() -> None:
    assert is_full(OSError(errno.EDQUOT, "Disk quota exceeded"))
    assert not is_full(OSError(errno.EACCES, "Permission denied"))
    assert not is_full(sqlite3.OperationalError("locked"))
    assert not is_full(StoreError("磁盘坏了"))
    assert not is_full(None)
    wrapped = StoreError("cannot")
    wrapped.__cause__ = OSError(errno.ENOSPC, "No space left")
    assert is_full(wrapped)


def test_the_reserve_is_for_the_conversations_and_nobody_elses_to_read(tmp_path: Path) -> None:
    async def play() -> None:
        store = open_store(None, tmp_path, None)
        await store.open()
        await store.close()

    asyncio.run(play())
    (reserve,) = tmp_path.glob("*.reserve")
    assert reserve.name == "conversations.reserve"
    assert reserve.stat().st_mode & 0o077 == 0
