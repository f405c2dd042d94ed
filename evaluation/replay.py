"""Put the messages of a log to the bot of today, and compare its replies with those of the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from heapq import heappop, heappush
from typing import Any

from data.metrics.resampling import derive_seed
from data.records import LoggedDialog, LoggedTurn
from data.text.language import language_of
from evaluation.accumulators import Accumulators
from evaluation.bot_interface import Answer, BotReply
from evaluation.dialog_counter import DialogCounter
from evaluation.fallback_detector import build_fallback_detector
from evaluation.pairwise_comparison import PairwiseComparison
from evaluation.reference_scorer import ReferenceScorer
from evaluation.reply_quality import QualityScorer, TurnPair
from evaluation.shards import ShardPlan
from evaluation.task import Task
from evaluation.word_vectors import get_word_vectors

_MAX_HISTORY = 12


def replay_log(task: Task, plan: ShardPlan, answer: Answer, on_progress: Callable[[float], object]) -> dict[str, Any]:
    """Return the comparison of the log with what the bot replies today, as report.json has it.

    About task.replay_turns turns of whole conversations are replayed. Every message is answered after the turns that the log has
    before it, not after what the bot would have said. Where the replies of the log are by people (has_human_replies) they are the
    references, and there is no old bot to compare with.

    Args:
        task: what is evaluated.
        plan: the shards of task.logs.
        answer: the bot.
        on_progress: told the share that is done, from 0 to 1.

    Raises:
        ArtifactError: there are no references, and the sentence encoder cannot be loaded.
        OSError: a log cannot be read.
    """
    options = task.options
    dialogs = sample_dialogs(plan, task.replay_turns or 0)
    old_counts, new_counts = Accumulators(), Accumulators()
    old_counter, new_counter = (
        DialogCounter(counts, options, lambda _: None, ReferenceScorer(get_word_vectors))
        for counts in (old_counts, new_counts)
    )
    comparison = PairwiseComparison(options.mask)
    scorer = QualityScorer(build_fallback_detector(options.fallback_texts), comparison.add)
    total, done = max(1, sum(len(dialog.turns) for dialog in dialogs)), 0
    with asyncio.Runner() as runner:
        for dialog in dialogs:
            new_dialog = runner.run(_answer_dialog(dialog, answer, options.has_human_replies))
            done += len(dialog.turns)
            on_progress(done / total)
            new_counter.count(new_dialog)
            if not options.has_human_replies:
                old_counter.count(dialog)
                for old_turn, new_turn in zip(dialog.turns, new_dialog.turns, strict=True):
                    if old_turn.message.strip():
                        scorer.score(TurnPair(derive_seed(dialog.id), old_turn, new_turn))
    scorer.flush()
    old_counter.flush()
    new_counter.flush()
    old_counts.flush()
    new_counts.flush()
    names = ", ".join(path.name for path in task.logs), "today"
    return comparison.build_result(new_counts, None if options.has_human_replies else old_counts, names, done)


def sample_dialogs(plan: ShardPlan, turns: int) -> list[LoggedDialog]:
    """Return conversations with so many turns in all, or a few more.

    They are those whose ids have the lowest hashes, in that order, so they do not depend on the order of the log.
    """
    heap: list[tuple[int, int, LoggedDialog]] = []
    total = 0
    for index, dialog in enumerate(plan.read_dialogs()):
        heappush(heap, (-derive_seed(dialog.id), -index, dialog))
        total += len(dialog.turns)
        while total - len(heap[0][2].turns) >= turns:
            total -= len(heappop(heap)[2].turns)
    return [dialog for *_, dialog in sorted(heap, key=lambda item: (-item[0], -item[1]))]


async def _answer_dialog(dialog: LoggedDialog, answer: Answer, has_human_replies: bool) -> LoggedDialog:
    """Return the conversation with the replies of today's bot."""
    history: list[tuple[str, str]] = []
    turns: list[LoggedTurn] = []
    language = language_of("\n".join(turn.message for turn in dialog.turns), "en")
    for turn in dialog.turns:
        references = turn.references or ((turn.reply,) if has_human_replies and turn.reply else ())
        if turn.message.strip():
            reply = await answer(turn.message, history[-_MAX_HISTORY:], language)
            turns.append(_replace_reply(turn, reply, references))
        else:
            turns.append(replace(turn, references=references))
        history.append((turn.message, turn.reply or ""))
    return replace(dialog, turns=tuple(turns), disordered=0)


def _replace_reply(turn: LoggedTurn, reply: BotReply, references: tuple[str, ...]) -> LoggedTurn:
    """Return the turn as a log would have it if the bot had replied so; the time and the marks of the old reply are gone."""
    return LoggedTurn(
        number=turn.number,
        message=turn.message,
        reply=reply.text,
        row=turn.row,
        latency=reply.latency,
        source=reply.source,
        kind=reply.kind,
        references=references,
        candidates=reply.candidates,
        chosen=reply.chosen,
        entry=reply.entry,
        answers=turn.answers,
    )
