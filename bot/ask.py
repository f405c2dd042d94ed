"""`python -m bot ask`: one question, or a file of them."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from bot.build import Bot
from bot.questions import Question, QuestionError, build_record, build_turns, list_suggestions, read_questions
from bot.types import Message, Reply

Show = Callable[[Reply], None]
"""Prints a reply for people."""
Prepare = Callable[[Bot], Coroutine[Any, Any, None]]
"""Gets a bot ready to answer. Raises KnowledgeError."""


def ask_one(bot: Bot, question: str, as_json: bool, show: Show, prepare: Prepare = Bot.prepare) -> int:
    """Print the reply to the question.

    The exit status is 1 if it took too long. Raises KnowledgeError.
    """
    with asyncio.Runner() as runner:
        try:
            runner.run(prepare(bot))
            reply = runner.run(bot.engine.answer(Message(question), "en"))
        finally:
            runner.run(bot.close())
    if as_json:
        print(json.dumps(reply_record(reply), ensure_ascii=False, indent=2))
    else:
        show(reply)
    return int(reply.kind == "late")


def ask_file(make: Callable[[], Bot], file: Path, as_json: bool, show: Show, prepare: Prepare = Bot.prepare) -> int:
    """Print the reply to each question of a file as soon as there is one.

    Nothing is stored.

    Lines that are not a question are named on standard error and left out.

    Args:
        make: Builds the bot, when the first question is read.
        file: JSON lines; "-" reads standard input.
        as_json: Whether to print one line of JSON for each question.
        show: Prints a reply for people.
        prepare: Gets the bot ready to answer.

    Returns:
        The exit status: 1 if a line was not a question, if there was no question at all, or if a reply took too long.

    Raises:
        OSError: The file cannot be read.
        KnowledgeError: The knowledge cannot be used.
    """
    failed = asked = 0
    with asyncio.Runner() as runner, ExitStack() as stack:
        bot: Bot | None = None
        lines: BinaryIO = sys.stdin.buffer if str(file) == "-" else stack.enter_context(file.open("rb"))
        for number, question in read_questions(lines):
            if isinstance(question, QuestionError):
                print(f"{file}:{number}: {question}", file=sys.stderr)
                failed += 1
                continue
            if bot is None:
                bot = make()
                stack.callback(_close, runner, bot)
                runner.run(prepare(bot))
            asked += 1
            reply = runner.run(_answer(bot, question))
            failed += reply.kind == "late"
            try:
                _print(number, question, reply, as_json, show)
            except BrokenPipeError:
                # The reader has closed the pipe. What is still to be flushed at the end goes to /dev/null.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                return 1
    if not asked and not failed:
        print(f"{file} has no questions. Write one JSON object a line, such as {_EXAMPLE}", file=sys.stderr)
    return int(failed > 0 or not asked)


def _close(runner: asyncio.Runner, bot: Bot) -> None:
    runner.run(bot.close())


_EXAMPLE = '{"question": "周末几点开门？"}'


async def _answer(bot: Bot, question: Question) -> Reply:
    turns = await asyncio.to_thread(build_turns, bot.knowledge, question)
    return await bot.engine.answer(Message(question.text), question.language, turns)


def _print(number: int, question: Question, reply: Reply, as_json: bool, show: Show) -> None:
    if as_json:
        print(json.dumps({"line": number} | build_record(question.text, reply), ensure_ascii=False), flush=True)
    else:
        print(f"> {question.text}")
        show(reply)
        sys.stdout.flush()


def reply_record(reply: Reply) -> dict[str, object]:
    """Return the reply as `ask --json` prints it.

    Source, score and evidence are null where no candidate was chosen.
    """
    chosen = None if reply.chosen is None else reply.candidates[reply.chosen]
    return {
        "text": reply.text,
        "kind": reply.kind,
        "language": reply.language,
        "source": chosen and chosen.source,
        "score": chosen and chosen.score,
        "evidence": chosen and asdict(chosen.evidence),
        "suggestions": list_suggestions(reply),
        "candidates": [asdict(candidate) for candidate in reply.candidates],
        "timings": dict(reply.timings),
        "verdict": reply.verdict and asdict(reply.verdict),
    }
