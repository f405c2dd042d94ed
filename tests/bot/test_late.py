"""A source that did not finish in time is not ignorance: python -m pytest tests/bot/test_late.py"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot import messages
from bot.__main__ import main
from bot.components import Loading
from bot.messages import Translations
from bot.sources.knowledge import KnowledgeSource
from bot.sources.tools import ToolSource
from bot.tool import Request, Result, Run, Tool
from bot.toolbox import Toolbox
from bot.types import Candidate, Context, Message
from data.records import Language
from tests.bot.test_engine import Bot, Fixed, Late, candidate


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose index is made once."""
    return tmp_path_factory.mktemp("home")


@dataclass
class Once:
    """Misses its deadline the first time and answers the second time; remembers how many turns it was shown."""

    name: str = "once"
    deadline: float = 0.05
    shown: list[int] = field(default_factory=list)

    async def propose(self, context: Context) -> Sequence[Candidate]:
        self.shown.append(len(context.turns))
        if len(self.shown) == 1:
            await asyncio.Event().wait()
        return [candidate("现在查到了", 0.9)]


@dataclass
class Opening:
    """Needs longer to open its model than a reply may take."""

    name: str = "opening"
    deadline: float = 0.05
    is_open: bool = False

    async def load(self, context: Context) -> None:
        if not self.is_open:
            await asyncio.sleep(0.2)
            self.is_open = True

    async def propose(self, context: Context) -> Sequence[Candidate]:
        await self.load(context)
        return [candidate("打开了", 0.9)]


@pytest.mark.parametrize(("text", "language"), [("几点开门？", "zh"), ("When do you open?", "en")])
def test_what_was_not_finished_is_not_called_unknown(tmp_path: Path, text: str, language: Language) -> None:
    bot = Bot(tmp_path, Late(), Fixed([candidate("弱", 0.1)]))

    async def scene() -> None:
        reply = (await bot.say(text)).reply
        assert (reply.kind, reply.language, reply.text) == ("late", language, messages.LATE[language])

    bot.run(scene)
    assert [event["source"] for event in bot.events if event["kind"] == "failure"] == ["late"]
    assert [event["reply"]["kind"] for event in bot.events if event["kind"] == "turn"] == ["late"]


def test_nothing_late_and_nothing_known_is_still_unknown(tmp_path: Path) -> None:
    bot = Bot(tmp_path, Fixed([]))

    async def scene() -> None:
        assert (await bot.say("几点开门？")).reply.kind == "unknown"

    bot.run(scene)


def test_trying_again_after_a_late_reply_asks_again(tmp_path: Path) -> None:
    source = Once()
    bot = Bot(tmp_path, source)

    async def scene() -> None:
        assert (await bot.say("几点开门？")).reply.kind == "late"
        again = await bot.engine.retry("ada", bot.conversation)
        assert (again.number, again.reply.kind, again.reply.text) == (0, "answer", "现在查到了")
        assert await bot.store.turns("ada", bot.conversation) == [again]

    bot.run(scene)
    # The turn that is answered anew is not one of the turns before it.
    assert source.shown == [0, 0]


def test_opening_a_model_is_not_counted_against_the_deadline(tmp_path: Path) -> None:
    bot = Bot(tmp_path, Opening())

    async def scene() -> None:
        reply = (await bot.say("几点开门？")).reply
        assert (reply.kind, reply.text) == ("answer", "打开了")

    bot.run(scene)


def test_opening_a_tool_is_not_counted_against_the_deadline(tmp_path: Path) -> None:
    def open_tool() -> Run:
        time.sleep(0.2)
        return lambda request: Result(f"ran on {request.text}")

    names: Translations = {"zh": "工具", "en": "tool"}
    tool = Tool("tool", names, names, names, "text", (), open_tool, lambda message: 0.9)
    source = ToolSource(Toolbox([tool]))
    source.deadline = 0.1
    bot = Bot(tmp_path, source)

    async def scene() -> None:
        assert (await bot.say("river")).reply.text == "ran on river"

    bot.run(scene)
    assert Toolbox([tool]).run("tool", Request("x", "en")).text == "ran on x"


def test_the_sources_that_open_models_say_so() -> None:
    from bot.sources.generator import GeneratorSource
    from bot.sources.vision import VisionSource

    assert all(issubclass(source, Loading) for source in (KnowledgeSource, ToolSource, VisionSource, GeneratorSource))


@pytest.mark.parametrize(("question", "language"), [("什么是卷积神经网络？", "zh"), ("What is an LSTM?", "en")])
def test_asking_in_the_terminal_fails_when_it_took_too_long(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    question: str,
    language: Language,
) -> None:
    monkeypatch.setenv("KANLIAO_HOME", str(home))
    monkeypatch.setattr(KnowledgeSource, "deadline", 0.0)
    assert main(["ask", question]) == 1
    assert messages.LATE[language] in capsys.readouterr().out


def test_the_first_question_waits_for_the_models(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.build import build
    from bot.settings import Settings

    searched: list[bool] = []
    warm = KnowledgeSource.warm

    def slow_warm(self: KnowledgeSource) -> None:
        time.sleep(0.3)
        warm(self)
        searched.append(True)

    monkeypatch.setattr(KnowledgeSource, "warm", slow_warm)
    monkeypatch.setattr(KnowledgeSource, "deadline", 0.25)
    bot = build(Settings(home=home))

    async def ask() -> None:
        await bot.prepare()
        try:
            reply = await bot.engine.answer(Message("什么是卷积神经网络？"), "zh")
            assert (reply.kind, bool(searched)) == ("answer", True)
        finally:
            await bot.close()

    asyncio.run(ask())
