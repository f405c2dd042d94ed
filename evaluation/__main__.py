"""Evaluate logs of conversations: python -m evaluation LOG --out DIR. `python -m bot evaluate` is the same."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from data.artifact import ArtifactError
from evaluation.bot_interface import BotInterface
from evaluation.command_line import HELP, add_arguments, find_usage_error, run_command
from evaluation.options import EvaluationError

DEFAULT_BOT = "bot.evaluation_command:INTERFACE"
"""The bot of this application, by name: evaluation does not depend on it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. The exit status is that of run_command, or 1 with a sentence on standard error."""
    parser = argparse.ArgumentParser(prog="python -m evaluation", description=HELP)
    add_arguments(parser)
    parser.add_argument(
        "--interface",
        default=DEFAULT_BOT,
        metavar="MODULE:NAME",
        help="the evaluation.bot_interface.BotInterface of the bot of --replay and --cases (this application's); '' for none",
    )
    given = parser.parse_args(arguments)
    if usage_error := find_usage_error(given):
        parser.error(usage_error)
    try:
        return run_command(given, load_bot(given.interface) if given.interface else None)
    except (EvaluationError, ArtifactError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def load_bot(name: str) -> BotInterface:
    """Return the bot at MODULE:NAME. Raises EvaluationError if there is none."""
    module, _, attribute = name.partition(":")
    try:
        bot = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise EvaluationError(f"--interface {name} cannot be loaded ({error}); expected MODULE:NAME.") from error
    if not isinstance(bot, BotInterface):
        raise EvaluationError(
            f"--interface {name} is {type(bot).__name__}; expected an evaluation.bot_interface.BotInterface."
        )
    return bot


if __name__ == "__main__":
    sys.exit(main())
