"""python -m pytest tests/bot/test_evaluation_adapter.py"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot.evaluation_adapter import adapt_answer
from bot.types import Candidate, Evidence, Message, Reply, Turn
from data.records import Language, LoggedCandidate
from evaluation.bot_interface import BotReply


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_engine_gets_turns_and_evaluation_gets_the_chosen_candidate(language: Language) -> None:
    received: list[tuple[Message, Language, Sequence[Turn]]] = []
    candidates = tuple(
        Candidate(f"答 {place}", "retrieved", 0.9, Evidence(entry=f"e{place}", question=f"问 {place}"))
        for place in range(12)
    )

    async def answer(message: Message, language: Language, turns: Sequence[Turn]) -> Reply:
        received.append((message, language, turns))
        return Reply("答 1", "answer", language, candidates, 1, timings={"total": 2.5})

    history = [("几点开门", "八点"), ("and on Sundays?", "At ten.")]
    reply = asyncio.run(adapt_answer(answer)("运费 fee", history, language))
    ((message, given, turns),) = received
    assert (message.text, given) == ("运费 fee", language)
    assert [(turn.message.text, turn.reply.text, turn.reply.language) for turn in turns] == [
        ("几点开门", "八点", "zh"),
        ("and on Sundays?", "At ten.", "en"),
    ]
    assert (reply.text, reply.kind, reply.latency, reply.source, reply.entry) == (
        "答 1",
        "answer",
        2.5,
        "retrieved",
        "e1",
    )
    assert reply.candidates[reply.chosen or 0] == LoggedCandidate("答 1", 0.9, None, "e1", "问 1")
    assert len(reply.candidates) == 10


def test_a_choice_beyond_the_candidates_that_are_handed_on_is_none() -> None:
    candidates = tuple(Candidate(str(place), "tooled", 0.5) for place in range(12))

    async def answer(message: Message, language: Language, turns: Sequence[Turn]) -> Reply:
        return Reply("x", "unknown", language) if turns else Reply("11", "answer", language, candidates, 11)

    ask = adapt_answer(answer)
    assert asyncio.run(ask("?", [("a", "b")], "en")) == BotReply("x", "unknown")
    last = asyncio.run(ask("?", [], "en"))
    assert (last.chosen, last.source, last.entry) == (None, "tooled", None)
