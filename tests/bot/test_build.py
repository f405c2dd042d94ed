"""The bot as it is really built: the shipped corpus, every odd message, and knowledge that changes under it."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.build import Bot, build
from bot.messages import EMPTY
from bot.settings import Settings
from bot.types import Context, Kind, Message, Reply, Turn
from data.records import Language, Pair, Place

ROOT = Path(__file__).parent.parent.parent
ME = "0" * 64


@asynccontextmanager
async def open_bot(home: Path) -> AsyncIterator[Bot]:
    bot = build(Settings(home=home))
    await bot.open()
    try:
        yield bot
    finally:
        await bot.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[asyncio.Runner, Bot]]:
    with asyncio.Runner() as runner:
        bot = build(Settings(home=tmp_path_factory.mktemp("home")))
        runner.run(bot.open())
        yield runner, bot
        runner.run(bot.close())


async def say(bot: Bot, conversation: str, text: str, page: Language = "en") -> Turn:
    turns = [step.turn async for step in bot.engine.stream(ME, conversation, Message(text), page)]
    last = turns[-1]
    assert last is not None
    return last


@pytest.mark.parametrize(
    ("text", "page", "kind", "language"),
    [
        ("什么是卷积" * 2000, "zh", "refused", "zh"),
        ("what is an LSTM " * 700, "en", "refused", "en"),
        ("\u200b\u200d\ufeff\u2060", "zh", "refused", "zh"),
        ("\x00\x01\x1b\x7f", "en", "refused", "en"),
        ("\x00\x01\x1b[31m\x7f", "en", "unknown", "en"),
        ("😀🎉👩‍👩‍👧", "zh", "unknown", "zh"),
        ("😀🎉", "en", "unknown", "en"),
        ("what \u200bis\x00 an LS\u200dTM", "en", "answer", "en"),
        ("什麼是卷積神經網絡", "zh", "answer", "zh"),
        ("什么是 LSTM", "en", "answer", "zh"),
        ("ＷＨＡＴ　ＩＳ　ＤＲＯＰＯＵＴ", "zh", "answer", "en"),
        ("<script>alert('dropout')</script> what is dropout?", "en", None, "en"),
        ("<b>什么是 Dropout</b>", "zh", None, "zh"),
        ("?!?!", "en", "unknown", "en"),
        ("' OR 1=1; DROP TABLE turns; --", "en", None, "en"),
        ("ʻО́ что это", "en", None, "en"),
        ("\ud800 lone surrogate", "en", None, "en"),
    ],
)
def test_every_odd_message_is_answered_and_kept(
    running: tuple[asyncio.Runner, Bot], text: str, page: Language, kind: Kind | None, language: Language
) -> None:
    runner, bot = running

    async def run() -> None:
        one = await bot.engine.store.begin(ME, "odd")
        turn = await say(bot, one.id, text, page)
        assert turn.reply.text.strip()
        assert turn.reply.language == language
        assert kind is None or turn.reply.kind == kind
        after = await say(bot, one.id, "what is dropout", page)
        assert after.reply.kind == "answer"
        kept = await bot.engine.store.turns(ME, one.id)
        assert [one.number for one in kept] == [0, 1]
        assert kept[0].message.text == text.encode("utf-8", "replace").decode()

    runner.run(run())


@pytest.mark.parametrize("text", ["", "   \n\t ", "\u3000"])
@pytest.mark.parametrize("page", ["zh", "en"])
def test_nothing_said_is_nothing_kept(running: tuple[asyncio.Runner, Bot], text: str, page: Language) -> None:
    runner, bot = running

    async def run() -> None:
        one = await bot.engine.store.begin(ME, "empty")
        steps = [step async for step in bot.engine.stream(ME, one.id, Message(text), page)]
        assert [step.turn for step in steps] == [None]
        assert steps[0].text == EMPTY[page]
        assert await bot.engine.store.turns(ME, one.id) == []

    runner.run(run())


def test_fifty_conversations_at_once_keep_their_turns_apart(running: tuple[asyncio.Runner, Bot]) -> None:
    runner, bot = running
    asked = ["什么是卷积神经网络", "what is an LSTM", "你好", "what is dropout"]

    async def talk(number: int) -> tuple[str, list[str]]:
        one = await bot.engine.store.begin(ME, str(number))
        said = [f"{asked[(number + step) % 4]}{'!' * (number % 3)}" for step in range(4)]
        for text in said:
            assert (await say(bot, one.id, text)).reply.kind == "answer"
        return one.id, said

    async def run() -> None:
        for id, said in await asyncio.gather(*(talk(number) for number in range(50))):
            assert [turn.message.text for turn in await bot.engine.store.turns(ME, id)] == said

    runner.run(run())


def test_what_another_process_learns_and_forgets_is_known_at_the_next_question(
    running: tuple[asyncio.Runner, Bot], tmp_path: Path
) -> None:
    runner, bot = running
    file = tmp_path / "校园.csv"
    file.write_text(
        "问题,回答\n三食堂几点关门,晚上八点半。\nwhen does canteen three close,At half past eight.\n", "utf-8"
    )

    async def answers() -> list[Reply]:
        asked = ("三食堂几点关门？", "When does canteen three close?")
        return [await bot.engine.answer(Message(text), "en") for text in asked]

    def command(*words: str) -> None:
        home = {"KANLIAO_HOME": str(bot.settings.home)}
        subprocess.run([sys.executable, "-m", "bot", *words], cwd=ROOT, env=home, check=True)

    async def run() -> None:
        assert "八点半" not in (await answers())[0].text
        await asyncio.to_thread(command, "learn", str(file))
        zh, en = await answers()
        assert (zh.text, en.text) == ("晚上八点半。", "At half past eight.")
        for reply, row in ((zh, 2), (en, 3)):
            assert reply.chosen is not None
            evidence = reply.candidates[reply.chosen].evidence
            assert (evidence.file, evidence.row) == ("校园.csv", row)
            assert evidence.entry is not None
            await asyncio.to_thread(command, "forget", evidence.entry)
        assert all("八点半" not in one.text and "half past" not in one.text for one in await answers())

    runner.run(run())


def test_no_answer_comes_from_half_of_a_change(tmp_path: Path) -> None:
    def version(number: int) -> list[Pair]:
        return [Pair(f"mixture part {row}", f"version {number} of {row}", Place("mix.csv", row)) for row in range(40)]

    async def run() -> set[str]:
        seen: set[str] = set()
        async with open_bot(tmp_path) as bot:
            bot.knowledge.learn(version(0), "mix.csv")
            await asyncio.to_thread(bot.knowledge_source.refresh)
            enough, last = threading.Event(), 0

            def rewrite() -> None:
                nonlocal last
                # On a busy machine an answer takes as long as several changes.
                while last < 11 or (last < 500 and not enough.is_set()):
                    last += 1
                    bot.knowledge.learn(version(last), "mix.csv")

            writer = threading.Thread(target=rewrite)
            writer.start()
            while writer.is_alive():
                found = await bot.knowledge_source.propose(Context(Message("mixture part"), "en"))
                versions = {match[1] for one in found if (match := re.match(r"version (\d+) of", one.text))}
                assert len(versions) == 1
                seen |= versions
                if len(seen) > 1:
                    enough.set()
            writer.join()
            found = await bot.knowledge_source.propose(Context(Message("mixture part 7"), "en"))
            assert found[0].text == f"version {last} of 7"
        return seen

    # Changes were seen while they happened, or this has tested nothing.
    assert len(asyncio.run(run())) > 1


def test_what_may_not_be_used_for_profit_is_left_out(tmp_path: Path) -> None:
    everywhere = {tool.name for tool in build(Settings(home=tmp_path / "one")).toolbox}
    assert everywhere >= {"similar_words", "caption", "answer", "written_reply"}
    for_profit = build(Settings(home=tmp_path / "other", commercial=True))
    assert {tool.name for tool in for_profit.toolbox} == {"arithmetic", "date_time", "similar_words", "units"}
    assert for_profit.sight is None
