"""The messages of a log, put once more to the bot of today."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from typing import Any

from bot.evaluate.comparison import Comparison
from bot.evaluate.fallback import fallback_of
from bot.evaluate.measure import Measure
from bot.evaluate.parts import Plan
from bot.evaluate.quality import Judge, Pair
from bot.evaluate.references import References
from bot.evaluate.tally import Tally
from bot.evaluate.task import Task
from bot.evaluate.vectors import vectors_of
from bot.types import Message, Reply, Turn
from data.formats.logs import FormatError, read_log
from data.metrics.resampling import derive_seed
from data.records import Language, LoggedCandidate, LoggedDialog, LoggedTurn
from data.text.language import language_of
from data.text.mask import mask

Answer = Callable[[Message, Language, Sequence[Turn]], Awaitable[Reply]]
"""What the bot replies to a message after some turns: Engine.answer."""

_CONTEXT = 12


def replayed(task: Task, planned: Plan, answer: Answer, progress: Callable[[float], object]) -> dict[str, Any]:
    """The comparison of what the log has with what the bot says today, on about task.replay turns of whole conversations.

    Every message is answered after the turns that the log has before it, not after what the bot would have said. Where the
    replies of the log are by people (options.human) they are the references, and there is no old bot to compare with.
    """
    options = task.options
    dialogs = chosen(planned, task.replay or 0)
    logged, today = Tally(), Tally()
    measures = [
        Measure(tally, options, lambda _: None, task.safety, References(vectors_of)) for tally in (logged, today)
    ]
    comparison = Comparison(mask if options.masked else lambda text: text)
    judge = Judge(fallback_of(options.fallbacks), comparison.take)
    total, done = max(1, sum(len(one.turns) for one in dialogs)), 0
    with asyncio.Runner() as runner:
        for dialog in dialogs:
            new = runner.run(_answered(dialog, answer, options.human))
            done += len(dialog.turns)
            progress(done / total)
            measures[1].dialog(new)
            if not options.human:
                measures[0].dialog(dialog)
                for before, after in zip(dialog.turns, new.turns, strict=True):
                    if before.message.strip():
                        judge.judge(Pair(derive_seed(dialog.id), before, after))
    judge.flush()
    for tally in (logged, today):
        tally.flush()
    names = ", ".join(path.name for path in task.logs), "today"
    return comparison.result(today, None if options.human else logged, names, done)


def chosen(planned: Plan, turns: int) -> list[LoggedDialog]:
    """Conversations with so many turns in all, or a few more: those whose ids have the lowest hashes, in that order."""
    kept: list[tuple[int, int, LoggedDialog]] = []
    total = 0
    for count, dialog in enumerate(_dialogs(planned)):
        heappush(kept, (-derive_seed(dialog.id), -count, dialog))
        total += len(dialog.turns)
        while total - len(kept[0][2].turns) >= turns:
            total -= len(heappop(kept)[2].turns)
    return [dialog for *_, dialog in sorted(kept, key=lambda one: (-one[0], -one[1]))]


def _dialogs(planned: Plan) -> Iterator[LoggedDialog]:
    for part in planned.parts:
        for stretch in part.stretches:
            try:
                yield from (one for one in read_log(stretch.span, stretch.form) if isinstance(one, LoggedDialog))
            except FormatError:
                continue  # told when it was counted


async def _answered(dialog: LoggedDialog, answer: Answer, human: bool) -> LoggedDialog:
    before: list[Turn] = []
    made: list[LoggedTurn] = []
    language: Language = language_of("\n".join(turn.message for turn in dialog.turns), "en")
    for turn in dialog.turns:
        references = turn.references or ((turn.reply,) if human and turn.reply else ())
        if turn.message.strip():
            reply = await answer(Message(turn.message), language, before[-_CONTEXT:])
            made.append(_logged(turn, reply, references))
        else:
            made.append(replace(turn, references=references))
        said = Reply(turn.reply or "", "answer", language_of(turn.message, language))
        before.append(Turn(turn.number, Message(turn.message), said, turn.time or 0.0))
    return replace(dialog, turns=tuple(made), disordered=0)


def _logged(turn: LoggedTurn, reply: Reply, references: tuple[str, ...]) -> LoggedTurn:
    """Today's reply as a log would have it."""
    best = None if reply.chosen is None else reply.candidates[reply.chosen]
    return LoggedTurn(
        number=turn.number,
        message=turn.message,
        reply=reply.text,
        row=turn.row,
        latency=reply.timings.get("total"),
        source=None if best is None else best.source,
        kind=reply.kind,
        references=references,
        candidates=tuple(
            LoggedCandidate(one.text, one.score, None, one.evidence.entry, one.evidence.question)
            for one in reply.candidates[:10]
        ),
        chosen=reply.chosen if reply.chosen is not None and reply.chosen < 10 else None,
        entry=None if best is None else best.evidence.entry,
        answers=turn.answers,
    )
