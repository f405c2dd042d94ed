"""python -m pytest tests/bot/safety/test_engine.py: what the engine does with a filter's verdicts."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot import messages
from bot.components import Filter, Source, Writer
from bot.engine import Engine
from bot.ranker.baselines import SourceScores
from bot.rules import Rules
from bot.state import SqliteStore
from bot.types import Candidate, Context, Evidence, Message, Turn, Verdict
from data.records import Language

RULES = Rules(answer_threshold=0.5, ambiguity_margin=0.1, max_buffered_tokens=4)


class Words:
    """A filter that knows three words."""

    def __init__(self) -> None:
        self.judged: list[str] = []

    def judge(self, text: str, language: Language) -> Verdict:
        self.judged.append(text)
        if "痛苦" in text or "sorrow" in text:
            return Verdict("harm", 1.0, ("痛苦",))
        if "挨打" in text:
            return Verdict("abuse", 1.0, ("挨打",))
        return Verdict("offensive", 0.9, ("坏",)) if "坏" in text or "nasty" in text else Verdict(None, 0.1)


@dataclass
class Fixed:
    candidates: Sequence[Candidate] = ()
    name: str = "retrieved"
    deadline: float = 1.0
    asked: int = 0

    async def propose(self, context: Context) -> Sequence[Candidate]:
        self.asked += 1
        return self.candidates


@dataclass
class Typed:
    """Writes piece by piece, and says how far it came."""

    pieces: Sequence[str]
    name: str = "written"
    pause: float = 0.0
    given: list[str] = field(default_factory=list)
    closed: bool = False

    async def write(self, context: Context) -> AsyncIterator[str]:
        try:
            for piece in self.pieces:
                self.given.append(piece)
                yield piece
                await asyncio.sleep(self.pause)
        finally:
            self.closed = True


class Bot:
    """An engine with a filter on a real store, for one test."""

    def __init__(
        self, folder: Path, *sources: Source, writers: Sequence[Writer] = (), filter: Filter | None = None
    ) -> None:
        self.events: list[Mapping[str, Any]] = []
        self.store = SqliteStore(folder / "conversations.db")
        stored = [source for source in sources if source.name != "written"]
        written = [source for source in sources if source.name == "written"]
        self.engine = Engine(stored, SourceScores(), self.store, self.note, RULES, writers, filter, written)
        self.conversation = ""

    def note(self, conversation: str, event: Mapping[str, Any]) -> bool:
        self.events.append(event)
        return True

    async def heard(self, text: str) -> tuple[list[str], Turn]:
        """The texts as they grew, and the turn that was kept."""
        updates = [update async for update in self.engine.stream("ada", self.conversation, Message(text), "zh")]
        assert updates[-1].turn is not None
        return [update.text for update in updates], updates[-1].turn

    def run(self, scene: Callable[[], Awaitable[None]]) -> None:
        async def whole() -> None:
            await self.store.open()
            try:
                self.conversation = (await self.store.begin("ada", "")).id
                await scene()
            finally:
                await self.store.close()

        asyncio.run(whole())


def propose_text(text: str, score: float = 0.9, source: str = "retrieved") -> Candidate:
    return Candidate(text, source, score, Evidence(question=f"{text}？"))


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [("我很痛苦", "zh", "harm"), ("such sorrow here", "en", "harm"), ("我挨打了", "zh", "abuse")],
)
def test_distress_is_met_with_care_and_nothing_else_is_asked(
    tmp_path: Path, text: str, language: Language, kind: str
) -> None:
    source = Fixed([propose_text("存着的回答")])
    writer = Typed(["写的"])
    bot = Bot(tmp_path, source, writers=[writer], filter=Words())

    async def scene() -> None:
        texts, turn = await bot.heard(text)
        assert texts == [messages.CARE[kind][language]]
        assert (turn.reply.kind, turn.reply.language) == ("care", language)
        assert turn.reply.verdict is not None
        assert turn.reply.verdict.kind == kind
        # What was kept is what was said, and another try says it again.
        assert await bot.store.turns("ada", bot.conversation) == [turn]
        assert (await bot.engine.retry("ada", bot.conversation)).reply == turn.reply

    bot.run(scene)
    assert (source.asked, writer.given) == (0, [])
    assert [(event["kind"], event["reply"]["verdict"]["kind"]) for event in bot.events] == [
        ("turn", kind),
        ("retry", kind),
    ]


@pytest.mark.parametrize(("text", "language"), [("你真坏", "zh"), ("what a nasty bot", "en")])
def test_offence_is_answered_calmly_in_turn_and_nothing_is_written_for_it(
    tmp_path: Path, text: str, language: Language
) -> None:
    source, generator, writer = (
        Fixed([propose_text("差得远", 0.2)]),
        Fixed([propose_text("编的", 0.9, "written")], "written"),
        Typed(["写的"]),
    )
    bot = Bot(tmp_path, source, generator, writers=[writer], filter=Words())

    async def scene() -> None:
        replies = [(await bot.heard(text))[1].reply for _ in range(4)]
        assert [reply.text for reply in replies[:3]] == list(messages.CALM[language])
        assert replies[3].text == replies[0].text
        assert {(reply.kind, reply.suggestions) for reply in replies} == {("calm", ())}
        assert all(reply.verdict and reply.verdict.fired == ("坏",) for reply in replies)
        assert "filter" in replies[0].timings

    bot.run(scene)
    assert (source.asked, generator.asked, writer.given) == (4, 0, [])


def test_what_the_owner_wrote_for_such_a_message_is_still_said(tmp_path: Path) -> None:
    bot = Bot(tmp_path, Fixed([propose_text("我会努力的。")]), filter=Words())

    async def scene() -> None:
        _, turn = await bot.heard("你真坏")
        assert (turn.reply.text, turn.reply.kind) == ("我会努力的。", "answer")
        assert turn.reply.verdict == Verdict("offensive", 0.9, ("坏",))

    bot.run(scene)


def test_stored_replies_are_not_filtered_and_generated_ones_are(tmp_path: Path) -> None:
    stored = Fixed([propose_text("坏天气也是天气", 0.2)])
    generator = Fixed(
        [
            propose_text("你坏", 0.9, "written"),
            propose_text("很痛苦", 0.8, "written"),
            propose_text("挺好", 0.7, "written"),
        ],
        "written",
    )
    bot = Bot(tmp_path, stored, generator, filter=Words())

    async def scene() -> None:
        _, turn = await bot.heard("今天怎么样")
        assert [one.text for one in turn.reply.candidates] == ["挺好", "坏天气也是天气"]
        assert turn.reply.verdict is None

    bot.run(scene)
    dropped = [event for event in bot.events if event["kind"] == "dropped"]
    assert [(event["source"], event["text"], event["verdict"]["kind"]) for event in dropped] == [
        ("written", "你坏", "offensive"), ("written", "很痛苦", "harm"),
    ]  # fmt: skip


def test_without_a_filter_nothing_is_read(tmp_path: Path) -> None:
    bot = Bot(tmp_path, Fixed([propose_text("你坏", 0.9, "written")], "written"))

    async def scene() -> None:
        _, turn = await bot.heard("我很痛苦，你真坏")
        assert (turn.reply.text, turn.reply.kind, turn.reply.verdict) == ("你坏", "answer", None)

    bot.run(scene)


def test_a_written_reply_comes_clause_by_clause(tmp_path: Path) -> None:
    filter = Words()
    bot = Bot(tmp_path, Fixed(), writers=[Typed(["今天", "很", "好。我", "们", "去", "散步"])], filter=filter)

    async def scene() -> None:
        texts, turn = await bot.heard("写一句")
        assert texts == ["今天很好。", "今天很好。我们去散步", "今天很好。我们去散步"]
        assert (turn.reply.kind, turn.reply.stopped) == ("answer", False)

    bot.run(scene)
    assert filter.judged == ["写一句", "今天很好。", "今天很好。我们去散步"]


def test_a_long_clause_comes_in_parts(tmp_path: Path) -> None:
    bot = Bot(tmp_path, Fixed(), writers=[Typed([f"word{n} " for n in range(10)])], filter=Words())

    async def scene() -> None:
        texts, _ = await bot.heard("write")
        assert [len(text.split()) for text in texts] == [4, 8, 10, 10]

    bot.run(scene)


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["好。", "你", "坏", "，再说。"], ["好。", "好。"]),
        (["Fine. ", "You na", "sty", " thing. ", "More."], ["Fine.", "Fine."]),
        # The word is complete only with its second half, which is judged together with what was shown before.
        (["na.", "st", "y", "坏。"], ["na.", "na."]),
    ],
)
def test_what_may_not_be_shown_ends_the_writing(tmp_path: Path, pieces: list[str], shown: list[str]) -> None:
    writer = Typed(pieces)
    bot = Bot(tmp_path, Fixed(), writers=[writer], filter=Words())

    async def scene() -> None:
        texts, turn = await bot.heard("写")
        assert texts == shown
        assert turn.reply.text == shown[-1]

    bot.run(scene)
    assert writer.closed
    (dropped,) = [event for event in bot.events if event["kind"] == "dropped"]
    assert dropped["text"].startswith(shown[-1])


def test_a_first_clause_that_may_not_be_shown_gives_the_next_writer_its_turn(tmp_path: Path) -> None:
    bad, good = Typed(["你坏。", "再写。"], "remote"), Typed(["你好。"])
    bot = Bot(tmp_path, Fixed(), writers=[bad, good], filter=Words())

    async def scene() -> None:
        texts, turn = await bot.heard("写")
        assert texts == ["你好。", "你好。"]
        assert turn.reply.kind == "answer"

    bot.run(scene)
    assert (bad.given, bad.closed) == (["你坏。"], True)


def test_only_bad_writing_leaves_the_honest_answer(tmp_path: Path) -> None:
    bot = Bot(tmp_path, Fixed(), writers=[Typed(["你坏"])], filter=Words())

    async def scene() -> None:
        texts, turn = await bot.heard("写")
        assert texts == [messages.UNKNOWN["zh"]]
        assert turn.reply.kind == "unknown"

    bot.run(scene)


def test_stop_keeps_what_was_shown_and_shows_no_more(tmp_path: Path) -> None:
    writer = Typed(["第一句。", "第二", "句"], pause=0.05)
    bot = Bot(tmp_path, Fixed(), writers=[writer], filter=Words())

    async def scene() -> None:
        texts = []
        async for update in bot.engine.stream("ada", bot.conversation, Message("写"), "zh"):
            texts.append(update.text)
            await bot.engine.stop("ada", bot.conversation)
        assert texts == ["第一句。", "第一句。"]
        (kept,) = await bot.store.turns("ada", bot.conversation)
        assert kept.reply.stopped

    bot.run(scene)
    assert writer.closed


def test_a_browser_that_goes_away_closes_the_writer(tmp_path: Path) -> None:
    writer = Typed(["半句。", "后面"], pause=60)
    bot = Bot(tmp_path, Fixed(), writers=[writer], filter=Words())

    async def scene() -> None:
        async with aclosing(bot.engine.stream("ada", bot.conversation, Message("写"), "zh")) as updates:
            assert (await anext(updates)).text == "半句。"
        (kept,) = await bot.store.turns("ada", bot.conversation)
        assert (kept.reply.text, kept.reply.stopped) == ("半句。", True)

    bot.run(scene)
    assert writer.closed


def test_every_word_of_care_is_in_both_languages_and_names_no_doubtful_number() -> None:
    for said_so in messages.CARE.values():
        assert set(said_so) == {"zh", "en"}
        digits = {run for text in said_so.values() for run in re.findall(r"\d+", text)}
        assert digits <= {"110", "120", "988"}
    assert {name: len(texts) for name, texts in messages.CALM.items()} == {"zh": 3, "en": 3}
