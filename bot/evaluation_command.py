"""This bot as evaluation takes it: opened for --replay and --cases."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.build import Bot, build
from bot.case_report import run_cases
from bot.evaluation_adapter import FALLBACK_TEXTS, adapt_answer
from bot.knowledge import KnowledgeError
from bot.settings import Settings, SettingsError
from bot.state import StoreError
from evaluation.bot_interface import Answer, BotInterface
from evaluation.options import EvaluationError


@contextmanager
def _open_bot() -> Iterator[Bot]:
    """Open the bot of the settings, with its knowledge read.

    Raises:
        EvaluationError, ArtifactError, OSError: The bot cannot be built or opened.
    """
    try:
        bot = build(Settings.from_env())
    except (SettingsError, KnowledgeError, StoreError) as error:
        raise EvaluationError(str(error)) from error
    try:
        asyncio.run(bot.prepare())
        yield bot
    except (KnowledgeError, StoreError) as error:
        raise EvaluationError(str(error)) from error
    finally:
        bot.knowledge.close()


@contextmanager
def _open_answer() -> Iterator[Answer]:
    with _open_bot() as bot:
        yield adapt_answer(bot.engine.answer)


def _run_cases(path: Path, out: Path | None) -> int:
    with _open_bot() as bot:
        return run_cases(path, out, bot.knowledge, bot.engine.answer)


INTERFACE = BotInterface(FALLBACK_TEXTS, _open_answer, _run_cases)
"""The bot of this application."""
