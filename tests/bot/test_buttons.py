"""Suggestions that are pressed, and what the next message goes on from. Run: pytest tests/bot/test_buttons.py"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot import __main__ as terminal
from bot import messages
from bot.engine import Engine
from bot.knowledge import Knowledge
from bot.ranker.baselines import SourceScores
from bot.rules import Rules
from bot.sources.knowledge import KnowledgeSource, find_previous
from bot.state import SqliteStore
from bot.types import Candidate, Evidence, Kind, Message, Reply, Suggestion, Turn
from data.records import LANGUAGES, Entry, Language
from retrieval.hit import Hit
from tests.bot.test_engine import Slow

RULES = Rules(answer_threshold=0.8, ambiguity_margin=0.1)
CHILD: dict[Language, tuple[str, str]] = {
    "zh": ("儿童洗牙多少钱？", "儿童洗牙 80 元。"),
    "en": ("How much is a cleaning for children?", "80 yuan for children."),
}
ADULT: dict[Language, tuple[str, str]] = {
    "zh": ("成人洗牙多少钱？", "成人洗牙 120 元。"),
    "en": ("How much is a cleaning for adults?", "120 yuan for adults."),
}
VAGUE: dict[Language, str] = {"zh": "洗牙多少钱", "en": "how much is a cleaning"}

each_language = pytest.mark.parametrize("language", LANGUAGES)


@dataclass
class Doubtful:
    """The search of a knowledge in which every question fits two entries equally well."""

    entries: Sequence[Entry]
    searched: list[tuple[str, str]] = field(default_factory=list)
    meaning: None = None

    def search(
        self, text: str, language: Language, count: int, previous: str = "", silent: Collection[str] = ()
    ) -> list[Hit]:
        self.searched.append((text, previous))
        return [Hit(entry, entry.questions[0], {}, 0.9 - place / 100) for place, entry in enumerate(self.entries)]


class Explained:
    def explain(self, features: Sequence[object], groups: object) -> list[dict[str, float]]:
        return [{} for _ in features]


class Talk:
    """A conversation with a bot that searches a knowledge of two entries and is never sure which is meant."""

    def __init__(self, folder: Path, language: Language, **more: Any) -> None:
        self.language = language
        self.knowledge = Knowledge(folder / "knowledge.db")
        entries = [
            self.knowledge.add([question], reply, language) for question, reply in (ADULT[language], CHILD[language])
        ]
        self.adult, self.child = entries
        self.source = KnowledgeSource(self.knowledge, Explained(), lambda: None, folder / "index", "v1")  # type: ignore[arg-type, return-value]
        self.search = Doubtful(entries)
        self.events: list[Any] = []
        self.store = SqliteStore(folder / "conversations.db")
        self.engine = Engine([self.source], SourceScores(), self.store, self._note, RULES, **more)

    def _note(self, conversation: str, event: Any) -> bool:
        self.events.append(event)
        return True

    def say(self, *messages: Message) -> list[Turn]:
        async def whole() -> list[Turn]:
            await self.store.open()
            try:
                id = (await self.store.begin("ada", "")).id
                for message in messages:
                    async for _ in self.engine.stream("ada", id, message, self.language):
                        pass
                return await self.store.turns("ada", id)
            finally:
                await self.store.close()

        return asyncio.run(whole())


@pytest.fixture
def talk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Talk:
    made = Talk(tmp_path, request.param)
    _search_with(made, monkeypatch)
    return made


def _search_with(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def follow() -> None:
        return None

    monkeypatch.setattr(talk.source, "_index", talk.search)
    monkeypatch.setattr(talk.source, "_follow", follow)
    monkeypatch.setattr(talk.source, "_is_warm", True)


each_talk = pytest.mark.parametrize("talk", LANGUAGES, indirect=True)


@each_talk
def test_a_button_is_answered_with_its_entry_and_asking_back_never_loops(talk: Talk) -> None:
    language = talk.language
    asked, pressed = talk.say(Message(VAGUE[language]), Message(CHILD[language][0], entry=talk.child.id))
    assert asked.reply.kind == "ask"
    assert asked.reply.suggestions == (
        Suggestion(talk.adult.id, ADULT[language][0]),
        Suggestion(talk.child.id, CHILD[language][0]),
    )
    # Typed, the same words are as doubtful as before.
    (typed,) = talk.say(Message(CHILD[language][0]))
    assert typed.reply.kind == "ask"
    reply = pressed.reply
    assert (reply.text, reply.kind, reply.language, reply.suggestions) == (CHILD[language][1], "answer", language, ())
    (only,) = reply.candidates
    assert (only.score, only.evidence.entry, only.evidence.question) == (1.0, talk.child.id, CHILD[language][0])
    assert (only.evidence.file, only.evidence.row) == (talk.child.place.file, talk.child.place.row)
    assert pressed.message.entry == talk.child.id
    assert [event["entry"] for event in talk.events if event["kind"] == "turn"][1] == talk.child.id


@each_talk
def test_a_button_whose_entry_is_gone_says_so_and_asks_nothing(talk: Talk) -> None:
    talk.knowledge.forget(talk.child.id)
    (turn,) = talk.say(Message(CHILD[talk.language][0], entry=talk.child.id))
    assert (turn.reply.kind, turn.reply.text) == ("unknown", messages.GONE[talk.language])
    assert (turn.reply.candidates, turn.reply.suggestions) == ((), ())


@each_talk
def test_a_button_whose_entry_cannot_be_read_can_be_pressed_again(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(id: str) -> None:
        raise OSError("disk 盘")

    monkeypatch.setattr(talk.knowledge, "find", fail)
    (turn,) = talk.say(Message(CHILD[talk.language][0], entry=talk.child.id))
    assert (turn.reply.kind, turn.reply.text) == ("unknown", messages.NOT_READ[talk.language])
    assert {"kind": "failure", "source": "retrieved", "error": "OSError: disk 盘"} in talk.events


@each_language
def test_nothing_is_written_in_the_place_of_an_entry_that_was_asked_for(
    language: Language, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = Talk(tmp_path, language, writers=[Slow()])
    _search_with(talk, monkeypatch)
    gone, pressed = talk.say(Message("?", entry="no such"), Message(ADULT[language][0], entry=talk.adult.id))
    assert (gone.reply.text, pressed.reply.text) == (messages.GONE[language], ADULT[language][1])


@each_language
def test_a_conversation_goes_on_in_its_language_after_a_button_in_the_other(
    language: Language, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other: Language = "en" if language == "zh" else "zh"
    talk = Talk(tmp_path, other)
    _search_with(talk, monkeypatch)
    _, pressed = talk.say(Message(VAGUE[language]), Message(CHILD[other][0], entry=talk.child.id))
    assert (pressed.reply.text, pressed.reply.language) == (CHILD[other][1], language)


@each_talk
def test_a_message_goes_on_from_the_question_whose_button_was_pressed(talk: Talk) -> None:
    language = talk.language
    later = {"zh": "那周末呢？", "en": "and at weekends?"}[language]
    talk.say(Message(VAGUE[language]), Message(CHILD[language][0], entry=talk.child.id), Message(later))
    assert talk.search.searched == [(VAGUE[language], ""), (later, CHILD[language][0])]


@each_talk
def test_in_the_terminal_the_number_of_a_suggestion_chooses_it(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    language = talk.language
    typed = iter([VAGUE[language], "2", "2"])

    def read_line(prompt: str) -> str:
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    bot = SimpleNamespace(
        engine=talk.engine,
        knowledge_source=talk.source,
        document_source=SimpleNamespace(),
        prepare=talk.store.open,
        close=talk.store.close,
    )
    monkeypatch.setattr("builtins.input", read_line)
    assert asyncio.run(terminal._talk(bot, new=True)) == 0  # type: ignore[arg-type]
    asked, answered = capsys.readouterr().out.split("\n", 1)[1].split("  [")
    assert f"  1  {ADULT[language][0]}\n  2  {CHILD[language][0]}\n{CHILD[language][1]}\n" in asked
    assert answered.startswith(f"{talk.child.id} ")
    # There is nothing to choose from any more: it is what was said.
    assert [text for text, _ in talk.search.searched] == [VAGUE[language], "2"]


def _turn(kind: Kind, evidence: Evidence | None = None, *suggestions: str) -> Turn:
    candidates = () if evidence is None else (Candidate("A", "source", 0.9, evidence),)
    chosen = None if evidence is None else 0
    offered = tuple(Suggestion(f"id of {question}", question) for question in suggestions)
    return Turn(0, Message("?"), Reply("A", kind, "zh", candidates, chosen, offered), 0.0)


STORED = Evidence("id", "faq.csv", 2, "几点开门？ when?")


@pytest.mark.parametrize(
    ("turn", "previous"),
    [
        (_turn("answer", STORED), STORED.question),
        (_turn("offer", STORED, "另一个 another"), STORED.question),
        (_turn("offer", None, "怎么退款？ refund?"), "怎么退款？ refund?"),
        (_turn("offer", None, "怎么退款？", "几点开门？"), ""),
        (_turn("ask", None, "怎么退款？", "几点开门？"), ""),
        (_turn("unknown"), ""),
        (_turn("care"), ""),
        (_turn("calm", STORED), ""),
        (_turn("answer", Evidence(tool="arithmetic", question="6*7")), ""),
        (_turn("answer", Evidence(model="caption 1", picture="a.jpg")), ""),
        (_turn("answer"), ""),
    ],
)
def test_what_a_message_goes_on_from(turn: Turn, previous: str) -> None:
    assert find_previous([_turn("answer", Evidence("x", question="before 之前")), turn]) == previous


def test_thanks_in_between_change_no_subject() -> None:
    thanks = _turn("answer", Evidence("thanks.zh", "starter/courtesy/basics.toml", 1, "谢谢 thanks"))
    assert find_previous([_turn("answer", STORED), thanks]) == STORED.question
    assert find_previous([_turn("unknown"), thanks]) == ""
    assert find_previous([thanks]) == ""


def test_the_first_message_goes_on_from_nothing() -> None:
    assert find_previous([]) == ""
