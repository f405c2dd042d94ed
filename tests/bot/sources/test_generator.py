"""python -m pytest tests/bot/sources/test_generator.py"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from typing import cast

import pytest

from bot.ranker.train import build_context
from bot.sources.generator import GeneratorSource
from data.records import Language
from generation import infer
from generation.infer import Generator
from generation.search import DecodingConfig, ShouldStop


class Slow:
    """What a generator looks like to the source: as many steps as it is let, a hundredth of a second each."""

    name = "slow"

    def __init__(self, steps: int = 0, replies: Sequence[tuple[str, bool]] = (("好的。", True),)) -> None:
        self.steps = steps
        self.replies = replies
        self.drawn: Sequence[tuple[str, bool]] = ()
        self.made = 0
        self.heard: list[str] = []
        self.ended = threading.Event()

    def write(
        self, context: Sequence[str], language: Language, style: str, config: DecodingConfig, should_stop: ShouldStop
    ) -> list[infer.GeneratedReply]:
        assert config.no_repeat_ngram == 2
        self.heard = list(context)
        while self.made < self.steps and not should_stop():
            self.made += 1
            time.sleep(0.01)
        self.ended.set()
        return [infer.GeneratedReply(text, (5, 6), -0.5, finished) for text, finished in self.replies]

    def sample(
        self, context: Sequence[str], language: Language, style: str, config: DecodingConfig, should_stop: ShouldStop
    ) -> list[infer.GeneratedReply]:
        assert config.no_repeat_ngram == 2
        return [infer.GeneratedReply(text, (5, 6), -1.5, finished) for text, finished in self.drawn]

    def compute_features(
        self, message: str, reply: str, log_prob: float, language: Language, should_stop: ShouldStop
    ) -> dict[str, float]:
        return {"log_prob": log_prob} | ({} if should_stop() else {"asked": -1.25})


def source(generator: Slow, seconds: float = 1.0) -> GeneratorSource:
    return GeneratorSource(lambda: cast(Generator, generator), seconds)


def test_replies_come_with_what_speaks_for_them() -> None:
    found = asyncio.run(source(Slow()).propose(build_context(["你好"], "zh")))
    assert [one.text for one in found] == ["好的。"]
    assert found[0].score == pytest.approx(0.606531)
    assert found[0].source == "written"
    assert found[0].evidence.model == "slow"
    assert found[0].evidence.features == {"log_prob": -0.5, "asked": -1.25}


def test_half_a_sentence_is_not_proposed_and_what_is_drawn_comes_after_what_was_sought() -> None:
    generator = Slow(replies=[("and so", False), *((f"reply {number}.", True) for number in range(5))])
    generator.drawn = [
        ("reply 0.", True),
        ("drawn a.", True),
        ("so", False),
        *((f"drawn {one}.", True) for one in "bcd"),
    ]
    found = asyncio.run(source(generator).propose(build_context(["hi"], "en")))
    assert [one.text for one in found] == ["reply 0.", "reply 1.", "drawn a.", "drawn b.", "drawn c."]


def test_a_generator_is_opened_when_it_is_first_needed() -> None:
    opened: list[Slow] = []

    def opens() -> Generator:
        opened.append(Slow())
        return cast(Generator, opened[-1])

    written = GeneratorSource(opens)
    assert not opened
    asyncio.run(written.propose(build_context([" "], "zh")))
    assert not opened
    asyncio.run(written.propose(build_context(["hi"], "en")))
    assert len(opened) == 1


def test_what_was_said_before_goes_with_the_message() -> None:
    generator = Slow()
    asyncio.run(source(generator).propose(build_context(["我养了一只狗", "它叫什么？", "豆豆"], "zh")))
    assert generator.heard[-2:] == ["它叫什么？", "豆豆"]
    silent = Slow()
    assert asyncio.run(source(silent).propose(build_context([" "], "zh"))) == []
    assert silent.heard == []


def test_when_time_is_up_the_best_so_far_counts() -> None:
    generator = Slow(steps=1_000)
    found = asyncio.run(source(generator, seconds=0.05).propose(build_context(["hi"], "en")))
    assert generator.made < 100
    # There was no time left to ask what the reply says of the message.
    assert found[0].evidence.features == {"log_prob": -0.5}


def test_stopping_ends_the_search_itself() -> None:
    generator = Slow(steps=1_000)

    async def stop_early() -> None:
        work = asyncio.create_task(source(generator, seconds=60).propose(build_context(["hi"], "en")))
        await asyncio.sleep(0.1)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

    asyncio.run(stop_early())
    assert generator.ended.wait(5)
    assert generator.made < 1_000
