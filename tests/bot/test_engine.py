"""python -m pytest tests/bot/test_engine.py"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot import messages
from bot.components import Source, Writer
from bot.engine import Engine
from bot.ranker.baselines import SourceScores
from bot.rules import Rules
from bot.state import SqliteStore
from bot.types import Candidate, Context, ConversationError, Evidence, Message, Suggestion, Turn
from data.records import Language

RULES = Rules(answer_threshold=0.5, ambiguity_margin=0.1, max_answered_chars=100, max_stored_chars=1000)


def candidate(text: str, score: float, question: str | None = None) -> Candidate:
    return Candidate(text, "fixed", score, Evidence(entry=text, question=question or f"{text}?"))


@dataclass
class Fixed:
    """Proposes the same candidates whatever is asked, and remembers what it was asked."""

    candidates: Sequence[Candidate]
    name: str = "fixed"
    deadline: float = 1.0
    asked: list[Context] = field(default_factory=list)

    async def propose(self, context: Context) -> Sequence[Candidate]:
        self.asked.append(context)
        return self.candidates


@dataclass
class Failing:
    name: str = "failing"
    deadline: float = 1.0

    async def propose(self, context: Context) -> Sequence[Candidate]:
        raise RuntimeError("坏了 broken")


@dataclass
class Late:
    name: str = "late"
    deadline: float = 0.05
    cancelled: bool = False

    async def propose(self, context: Context) -> Sequence[Candidate]:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return [candidate("太晚了", 1.0)]


@dataclass
class Slow:
    """Writes one piece after the other and says when it was closed."""

    name: str = "slow"
    pieces: tuple[str, ...] = ("慢", "慢", "来")
    pause: float = 0.0
    closed: bool = False

    async def write(self, context: Context) -> AsyncIterator[str]:
        try:
            for piece in self.pieces:
                yield piece
                await asyncio.sleep(self.pause)
        finally:
            self.closed = True


class Bot:
    """An engine on a real store, for one test."""

    def __init__(self, folder: Path, *sources: Source, writers: Sequence[Writer] = ()) -> None:
        self.events: list[Mapping[str, Any]] = []
        self.store = SqliteStore(folder / "conversations.db")
        self.engine = Engine(sources, SourceScores(), self.store, self.note, RULES, writers)
        self.conversation = ""

    def note(self, conversation: str, event: Mapping[str, Any]) -> bool:
        self.events.append(event)
        return True

    async def say(self, text: str, instead_of: int | None = None) -> Turn:
        message = Message(text)
        async for update in self.engine.stream("ada", self.conversation, message, "en", instead_of):
            turn = update.turn
        assert turn is not None
        return turn

    def run(self, scene: Callable[[], Awaitable[None]]) -> None:
        async def whole() -> None:
            await self.store.open()
            try:
                self.conversation = (await self.store.begin("ada", "")).id
                await scene()
            finally:
                await self.store.close()

        asyncio.run(whole())


def test_the_best_candidate_above_the_threshold_is_the_reply(tmp_path: Path) -> None:
    bot = Bot(tmp_path, Fixed([candidate("次好", 0.6)]), Fixed([candidate("最好", 0.9)], name="other"))

    async def scene() -> None:
        turn = await bot.say("你好吗")
        assert (turn.reply.text, turn.reply.kind, turn.reply.language, turn.number) == ("最好", "answer", "zh", 0)
        assert [one.text for one in turn.reply.candidates] == ["最好", "次好"]
        assert set(turn.reply.timings) == {"fixed", "other", "ranker", "total"}
        assert await bot.store.turns("ada", bot.conversation) == [turn]

    bot.run(scene)
    assert [(event["kind"], event["number"]) for event in bot.events] == [("turn", 0)]


@pytest.mark.parametrize(("text", "language"), [("这是什么", "zh"), ("what is this", "en")])
def test_below_the_threshold_it_offers_the_nearest(tmp_path: Path, text: str, language: str) -> None:
    bot = Bot(tmp_path, Fixed([candidate("a", 0.4, "问甲"), candidate("b", 0.3, "ask b"), candidate("c", 0.001)]))

    async def scene() -> None:
        reply = (await bot.say(text)).reply
        assert (reply.kind, reply.language, reply.chosen) == ("offer", language, None)
        assert reply.suggestions == (Suggestion("a", "问甲"), Suggestion("b", "ask b"))

    bot.run(scene)


def test_nothing_found_is_unknown_without_suggestions(tmp_path: Path) -> None:
    bot = Bot(tmp_path, Fixed([]))

    async def scene() -> None:
        reply = (await bot.say("what on earth")).reply
        assert (reply.kind, reply.suggestions, reply.candidates) == ("unknown", (), ())

    bot.run(scene)


@pytest.mark.parametrize(
    ("language", "own"), [("zh", "请致电前台 010-1234。"), ("en", "Please call the desk at 555-0101.")]
)
def test_the_owner_s_words_for_not_knowing_are_said(tmp_path: Path, language: Language, own: str) -> None:
    store = SqliteStore(tmp_path / "conversations.db")
    said: list[str] = []
    for given in (own, None):
        for near in ([], [candidate("甲 a", 0.001)]):
            engine = Engine(
                [Fixed(near)],
                SourceScores(),
                store,
                lambda conversation, event: True,
                RULES,
                unknown={language: given}.get,
            )
            said.append(asyncio.run(engine.answer(Message("?"), language)).text)
    assert said == [own, own, messages.UNKNOWN[language], messages.UNKNOWN[language]]


def test_two_that_are_too_close_are_asked_about(tmp_path: Path) -> None:
    bot = Bot(tmp_path, Fixed([candidate("甲", 0.80, "问甲"), candidate("乙", 0.75, "问乙")]))

    async def scene() -> None:
        reply = (await bot.say("哪一个呢")).reply
        assert (reply.kind, [one.entry for one in reply.suggestions]) == ("ask", ["甲", "乙"])

    bot.run(scene)


def test_two_close_entries_with_the_same_reply_need_no_question(tmp_path: Path) -> None:
    bot = Bot(tmp_path, Fixed([candidate("同一句", 0.80, "问甲"), candidate("同一句", 0.79, "问乙")]))

    async def scene() -> None:
        assert (await bot.say("哪一个呢")).reply.text == "同一句"

    bot.run(scene)


def test_a_failing_and_a_late_source_cost_a_journal_line_not_the_turn(tmp_path: Path) -> None:
    late = Late()
    bot = Bot(tmp_path, Failing(), late, Fixed([candidate("还在", 0.9)]))

    async def scene() -> None:
        assert (await bot.say("在吗")).reply.text == "还在"

    bot.run(scene)
    assert late.cancelled
    failures = {event["source"]: event["error"] for event in bot.events if event["kind"] == "failure"}
    assert failures == {"failing": "RuntimeError: 坏了 broken", "late": "gave nothing within its 0.05 s"}


@pytest.mark.parametrize("text", ["", "   ", "\u200b\x00", "字" * 101, "word " * 50])
def test_what_cannot_be_read_is_refused_kindly(tmp_path: Path, text: str) -> None:
    source = Fixed([candidate("答", 0.9)])
    bot = Bot(tmp_path, source)

    async def scene() -> None:
        async for update in bot.engine.stream("ada", bot.conversation, Message(text), "zh"):
            assert update.text
        kept = await bot.store.turns("ada", bot.conversation)
        assert [turn.message.text for turn in kept] == ([text] if text.strip() else [])

    bot.run(scene)
    assert source.asked == []


def test_a_text_too_long_to_keep_is_answered_and_not_stored(tmp_path: Path) -> None:
    bot = Bot(tmp_path, Fixed([]))

    async def scene() -> None:
        updates = [update async for update in bot.engine.stream("ada", bot.conversation, Message("长" * 1001), "zh")]
        assert updates[-1].turn is None
        assert "1001" in updates[-1].text
        assert await bot.store.turns("ada", bot.conversation) == []

    bot.run(scene)


def test_a_source_sees_the_turns_the_language_and_the_last_picture(tmp_path: Path) -> None:
    source = Fixed([candidate("好", 0.9)])
    bot = Bot(tmp_path, source)

    async def scene() -> None:
        async for _ in bot.engine.stream("ada", bot.conversation, Message("看这个", "a.png"), "en"):
            pass
        await bot.say("😂😂")
        context = source.asked[-1]
        assert (context.language, context.picture, context.message.picture) == ("zh", "a.png", None)
        assert [turn.message.text for turn in context.turns] == ["看这个"]

    bot.run(scene)


def test_edit_cuts_the_conversation_in_the_store_too(tmp_path: Path) -> None:
    source = Fixed([candidate("好", 0.9)])
    bot = Bot(tmp_path, source)

    async def scene() -> None:
        for text in ("一", "二", "三"):
            await bot.say(text)
        await bot.say("二改", instead_of=1)
        kept = await bot.store.turns("ada", bot.conversation)
        assert [(turn.number, turn.message.text) for turn in kept] == [(0, "一"), (1, "二改")]
        assert [turn.message.text for turn in source.asked[-1].turns] == ["一"]

    bot.run(scene)


def test_a_mark_is_stored_and_noted(tmp_path: Path) -> None:
    bot = Bot(tmp_path, Fixed([candidate("好", 0.9)]))

    async def scene() -> None:
        await bot.say("怎么样")
        marked = await bot.engine.rate("ada", bot.conversation, 0, liked=False, reason="答非所问\x00")
        assert (marked.liked, marked.reason) == (False, "答非所问")
        with pytest.raises(ConversationError):
            await bot.engine.rate("ada", bot.conversation, 5, liked=True)

    bot.run(scene)
    assert bot.events[-1] == {"kind": "mark", "number": 0, "liked": False, "reason": "答非所问"}


def test_nobody_reaches_another_persons_conversation(tmp_path: Path) -> None:
    bot = Bot(tmp_path, Fixed([candidate("好", 0.9)]))

    async def scene() -> None:
        await bot.say("秘密")
        for attempt in (
            bot.engine.retry("eve", bot.conversation),
            bot.engine.show_version("eve", bot.conversation, 0, 0),
            bot.engine.rate("eve", bot.conversation, 0, liked=True),
            bot.engine.stop("eve", bot.conversation),
            anext(bot.engine.stream("eve", bot.conversation, Message("hi"), "en")),
        ):
            with pytest.raises(ConversationError):
                await attempt

    bot.run(scene)


def test_a_writer_is_heard_piece_by_piece_when_nothing_is_stored(tmp_path: Path) -> None:
    bot = Bot(tmp_path, Fixed([candidate("低", 0.1)]), writers=[Slow()])

    async def scene() -> None:
        updates = [update async for update in bot.engine.stream("ada", bot.conversation, Message("写一句"), "zh")]
        assert [update.text for update in updates] == ["慢", "慢慢", "慢慢来", "慢慢来"]
        assert updates[-1].turn is not None
        assert not updates[-1].turn.reply.stopped

    bot.run(scene)


def test_stop_ends_the_work_and_keeps_what_was_written(tmp_path: Path) -> None:
    writer = Slow(pieces=("half ", "never"), pause=60)
    bot = Bot(tmp_path, Fixed([]), writers=[writer])

    async def scene() -> None:
        turn = None
        async for update in bot.engine.stream("ada", bot.conversation, Message("write"), "en"):
            turn = update.turn
            if turn is None:
                assert await bot.engine.stop("ada", bot.conversation)
        assert turn is not None
        assert (turn.reply.text, turn.reply.stopped) == ("half ", True)
        assert writer.closed
        assert await bot.store.turns("ada", bot.conversation) == [turn]
        assert not await bot.engine.stop("ada", bot.conversation)

    bot.run(scene)


def test_a_browser_that_goes_away_leaves_what_was_written(tmp_path: Path) -> None:
    writer = Slow(pieces=("半", "句"), pause=60)
    bot = Bot(tmp_path, Fixed([]), writers=[writer])

    async def scene() -> None:
        async with aclosing(bot.engine.stream("ada", bot.conversation, Message("写"), "zh")) as updates:
            await anext(updates)
        (kept,) = await bot.store.turns("ada", bot.conversation)
        assert (kept.reply.text, kept.reply.stopped) == ("半", True)
        assert writer.closed

    bot.run(scene)


def test_two_tabs_at_once_keep_their_order_and_lose_nothing(tmp_path: Path) -> None:
    bot = Bot(tmp_path, Fixed([candidate("好", 0.9)]))

    async def scene() -> None:
        async def tab(name: str) -> None:
            for count in range(10):
                await bot.say(f"{name} {count}")

        await asyncio.gather(tab("左"), tab("right"))
        texts = [turn.message.text for turn in await bot.store.turns("ada", bot.conversation)]
        assert len(texts) == 20
        for name in ("左", "right"):
            assert [text for text in texts if text.startswith(name)] == [f"{name} {count}" for count in range(10)]

    bot.run(scene)
