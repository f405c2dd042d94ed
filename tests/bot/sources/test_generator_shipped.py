"""The shipped generator at work in the chat. Run: python -m pytest tests/bot/sources/test_generator_shipped.py"""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest

from bot.build import WRITER, build
from bot.ranker.train import build_context
from bot.settings import Settings
from bot.sources.generator import GeneratorSource, generate_replies, load_generator
from bot.types import Candidate, Message, Reply
from data import paths
from data.records import Language
from data.text.language import detect
from generation.infer import Generator, State
from generation.search import Floats, Ids

FOLDER = paths.artifacts_dir() / WRITER


def propose(text: str, language: Language, seconds: float = 30.0) -> list[Candidate]:
    source = GeneratorSource(partial(load_generator, FOLDER), seconds)
    return list(asyncio.run(source.propose(build_context([text], language))))


@pytest.mark.parametrize(
    ("text", "language"),
    [("我今天升职了！", "zh"), ("周末一起去爬山吧", "zh"), ("I'm so tired today", "en"), ("let's have dinner", "en")],
)
def test_it_writes_in_the_language_of_the_conversation_and_always_the_same(text: str, language: Language) -> None:
    found = propose(text, language)
    assert 2 <= len(found) <= 5
    assert len({one.text for one in found}) == len(found)
    assert {detect(one.text) for one in found} <= {language, None}
    assert all({"log_prob", "asked", "fluency"} == set(one.evidence.features) for one in found)
    assert propose(text, language) == found


@pytest.mark.parametrize(
    "text", ["说" * 10_000, "word " * 10_000, "ⵣⴰⵢⵣⵓⵏ ⵜⴰⵎⴰⵣⵉⵖⵜ", "😀🎉👩‍👩‍👧", "\ud800", "\x00\x01"]
)
def test_odd_messages_are_answered_or_not_but_harm_nothing(text: str) -> None:
    for language in ("zh", "en"):
        assert all(one.text.strip() for one in propose(text, language))


def test_a_thousandth_of_a_second_ends_the_search_after_a_step_or_two(monkeypatch: pytest.MonkeyPatch) -> None:
    steps, step = 0, Generator.step

    def count_step(self: Generator, last: Ids, state: State) -> tuple[Floats, State]:
        nonlocal steps
        steps += 1
        return step(self, last, state)

    monkeypatch.setattr(Generator, "step", count_step)
    load_generator(FOLDER)
    steps = 0
    # With no time at all the search hears after its first step that it is late.
    found = propose("how was your day?", "en", seconds=0.0)
    assert steps == 1
    assert found == []
    assert all("asked" not in one.evidence.features for one in propose("how was your day?", "en", seconds=0.001))


def test_a_conversation_before_the_message_counts() -> None:
    generator = load_generator(FOLDER)
    alone = generate_replies(generator, ["三天，周五回来"], "zh")
    after = generate_replies(generator, ["我要去成都出差", "去多久？", "三天，周五回来"], "zh")
    assert [one.text for one in alone] != [one.text for one in after]


def answer(settings: Settings, text: str) -> Reply:
    async def run() -> Reply:
        bot = build(settings)
        await bot.open()
        try:
            return await bot.engine.answer(Message(text), "en")
        finally:
            await bot.close()

    return asyncio.run(run())


def test_in_the_chat_it_has_a_say_where_it_is_let_and_the_ranker_explains_itself(tmp_path: Path) -> None:
    text = "my neighbour's parrot sings opera at dawn"
    silent = answer(Settings(home=tmp_path / "home"), text)
    assert silent.kind != "answer"
    assert all(one.source != "written" for one in silent.candidates)
    let = answer(Settings(home=tmp_path / "home", writes=True), text)
    written = [one for one in let.candidates if one.source == "written"]
    assert written
    assert all({"written", "log_prob"} <= set(one.evidence.features) for one in written)
    # It knows that hardly any of them fits.
    assert let.kind != "answer"
    low = answer(
        Settings(home=tmp_path / "home", writes=True, answer_threshold=max(one.score for one in written)), text
    )
    assert low.kind == "answer"
