"""Adapt this bot to the evaluation of logs.

That takes a function that answers, and the texts by which the bot says that it did not know.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from bot import messages
from bot.types import Message, Reply, Turn
from data.records import Language, LoggedCandidate
from data.text.language import language_of
from evaluation.bot_interface import Answer, BotReply

FALLBACK_TEXTS = (
    *messages.UNKNOWN.values(),
    *messages.GONE.values(),
    # What the bot said before it offered the nearest questions.
    "这个我还不知道。你想问的是不是下面这些？",
    "I don't know that one. Is it one of these you had in mind?",
)
"""The replies by which this bot says, or once said, that it does not know."""

_MAX_CANDIDATES = 10

EngineAnswer = Callable[[Message, Language, Sequence[Turn]], Awaitable[Reply]]
"""Engine.answer, or a function that calls it elsewhere."""


def adapt_answer(answer: EngineAnswer) -> Answer:
    """Return a function that answers after a history of plain texts."""

    async def answer_text(text: str, history: Sequence[tuple[str, str]], language: Language) -> BotReply:
        turns = [
            Turn(number, Message(message), Reply(reply, "answer", language_of(message, language)), 0.0)
            for number, (message, reply) in enumerate(history)
        ]
        return _to_bot_reply(await answer(Message(text), language, turns))

    return answer_text


def _to_bot_reply(reply: Reply) -> BotReply:
    best = None if reply.chosen is None else reply.candidates[reply.chosen]
    return BotReply(
        text=reply.text,
        kind=reply.kind,
        latency=reply.timings.get("total"),
        source=None if best is None else best.source,
        candidates=tuple(
            LoggedCandidate(
                candidate.text, candidate.score, None, candidate.evidence.entry, candidate.evidence.question
            )
            for candidate in reply.candidates[:_MAX_CANDIDATES]
        ),
        chosen=reply.chosen if reply.chosen is not None and reply.chosen < _MAX_CANDIDATES else None,
        entry=None if best is None else best.evidence.entry,
    )
