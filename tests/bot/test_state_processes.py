"""python -m pytest tests/bot/test_state_processes.py

Both stores with other processes beside this one, some of which are killed.
"""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from bot.types import Store
from tests.bot.test_state import ROOT, scene

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


def begin_conversation(address: str | None, folder: Path, owner: str) -> str:
    ids: list[str] = []

    async def play(store: Store) -> None:
        ids.append((await store.begin(owner, "")).id)

    scene(address, folder, play)
    return ids[0]


def test_two_processes_in_one_conversation_lose_and_repeat_nothing(address: str | None, tmp_path: Path) -> None:
    id = begin_conversation(address, tmp_path, "eli")
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
    id = begin_conversation(address, tmp_path, "fay")
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
    id = begin_conversation(address, tmp_path, "gus")
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
