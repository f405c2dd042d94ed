"""The command line: `python -m evaluation`, and the same as `python -m bot evaluate`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from data.formats.logs import LOG_FORMATS
from evaluation.atomic_file import write_text_atomically
from evaluation.bot_interface import BotInterface
from evaluation.fail_if import Condition, parse_condition
from evaluation.options import EvaluationError, Options
from evaluation.pipeline import evaluate
from evaluation.progress_bar import ProgressBar
from evaluation.report import flatten_scores
from evaluation.review_sheet import DEFAULT_RUBRIC, SHEET, grade_sheet, read_rubric, render_review, write_sheet
from evaluation.task import Task
from evaluation.text_report import render_text

REPLAY_TURNS = 1_000
"""How many turns are replayed where no number is given."""

MAX_REFUSED_SHARE = 0.1
"""The share of lines that cannot be read, of these and the conversations, above which the command fails."""

HELP = "judge a log of conversations, of this bot or another: report.html, report.json, turns.jsonl"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of an evaluation to the parser."""
    parser.add_argument("logs", nargs="*", type=Path, metavar="LOG", help="a file, or a folder of files")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="the folder that the report is written into; may be left out with --cases",
    )
    parser.add_argument(
        "--cases",
        type=Path,
        metavar="CASES.yaml",
        help="instead of a log, questions with what you expect of the bot (YAML or JSON): a list, each with question and entry "
        "(an id or a stored question, or several), contains, not_contains, must_refuse: true, must_ask: true or offered; name, "
        "history and language may be added. Exit status: 1 if a case fails, 2 if the file is wrong",
    )
    parser.add_argument("--format", choices=LOG_FORMATS, help="the format of every LOG; detected if it is not given")
    parser.add_argument(
        "--user",
        action="append",
        default=[],
        metavar="NAME",
        help="a speaker of LOG who is the person, where words such as user or 访客 do not tell; all others are the bot",
    )
    parser.add_argument(
        "--bot",
        action="append",
        default=[],
        metavar="NAME",
        help="a speaker of LOG who is the bot, where words such as assistant or 客服 do not tell; all others are the person",
    )
    parser.add_argument(
        "--fail-if",
        action="append",
        default=[],
        metavar="CONDITION",
        help="exit with 1 if this holds: 'fallback_rate>0.2'",
    )
    parser.add_argument(
        "--fallback",
        action="append",
        default=[],
        metavar="TEXT",
        help="a reply by which this bot says it does not know",
    )
    parser.add_argument(
        "--no-mask", action="store_true", help="write telephone, e-mail, identity and card numbers as they are"
    )
    comparison = parser.add_mutually_exclusive_group()
    comparison.add_argument(
        "--against", type=Path, metavar="OLD", help="an older log of the same messages: is LOG better?"
    )
    comparison.add_argument(
        "--replay",
        type=int,
        nargs="?",
        const=REPLAY_TURNS,
        metavar="N",
        help=f"put N of the turns ({REPLAY_TURNS}) to this bot as it is now: is it better?",
    )
    parser.add_argument(
        "--human", action="store_true", help="the replies in LOG are by people: what --replay is measured against"
    )
    parser.add_argument(
        "--sample",
        type=int,
        metavar="N",
        help=f"also write {SHEET}: N turns for two people to grade, each in columns of their own",
    )
    parser.add_argument(
        "--rubric",
        type=Path,
        metavar="FILE",
        help="what --sample is graded by, one criterion a line: 'correct: right, partly, wrong' (if not given: this, and "
        "'helpful: yes, no')",
    )
    parser.add_argument(
        "--graded",
        type=Path,
        metavar="SHEET",
        help=f"instead of a log, a graded {SHEET}: how far do the two agree (Cohen's kappa)?",
    )
    parser.add_argument("--workers", metavar="N", help="count on N processes, or on a Dask cluster: tcp://HOST:PORT")


def find_usage_error(given: argparse.Namespace) -> str | None:
    """Return what is wrong with the arguments taken together, or None."""
    if given.cases is not None:
        log_options = (given.logs, given.replay, given.against, given.fail_if, given.human)
        return "--cases needs no LOG and none of a log's options" if any(log_options) else None
    if given.graded is not None:
        return "--graded needs no LOG and none of a log's options" if given.logs or given.sample else None
    if given.sample is not None and given.sample < 1:
        return f"--sample is {given.sample}; expected a number of turns, at least 1"
    if given.rubric is not None and given.sample is None:
        return "--rubric needs --sample N"
    if not given.logs:
        return "give a LOG, or --cases CASES.yaml"
    return "a LOG needs --out DIR" if given.out is None else None


def run_command(given: argparse.Namespace, bot: BotInterface | None) -> int:
    """Do what the arguments say, and print the main numbers.

    Args:
        given: the arguments of add_arguments, in which find_usage_error finds nothing wrong.
        bot: the bot of --replay and --cases, whose fallback texts are known as such; None to evaluate without one.

    Returns:
        The exit status: 1 if a condition of --fail-if holds, a case fails, or more than MAX_REFUSED_SHARE of the log
            cannot be read.

    Raises:
        EvaluationError: the logs, the conditions or the bot cannot be used.
        ArtifactError: a model that compares replies cannot be loaded.
        OSError: a log cannot be read, or the folder cannot be written.
    """
    if bot is None and (given.cases is not None or given.replay is not None):
        raise EvaluationError("--cases and --replay need a bot; name one: --interface MODULE:NAME")
    if bot is not None and given.cases is not None:
        return bot.run_cases(given.cases, given.out)
    if given.graded is not None:
        review = grade_sheet(given.graded)
        print(render_review(review))
        if given.out is not None:
            write_text_atomically(given.out / "review.json", json.dumps(review, ensure_ascii=False, indent=1) + "\n")
        return 0
    rubric = DEFAULT_RUBRIC if given.rubric is None else read_rubric(given.rubric)
    conditions = [parse_condition(text) for text in given.fail_if]
    task = Task(
        logs=tuple(given.logs),
        folder=given.out,
        options=Options(
            mask_personal_data=not given.no_mask,
            log_format=given.format,
            has_human_replies=given.human,
            users=tuple(given.user),
            bots=tuple(given.bot),
            fallback_texts=(*given.fallback, *(bot.fallback_texts if bot is not None else ())),
        ),
        workers=given.workers,
        old_logs=() if given.against is None else (given.against,),
        replay_turns=given.replay,
    )
    bar = ProgressBar()
    with bot.open_answer() if bot is not None and given.replay is not None else nullcontext() as answer:
        try:
            report = evaluate(task, bar.show, answer)
        except KeyboardInterrupt:
            bar.clear()
            print("Interrupted. The same command continues from here.", file=sys.stderr)
            raise
        finally:
            bar.clear()
    print(render_text(report))
    print(f"\n{given.out / 'report.html'}")
    if given.sample is not None:
        rows = write_sheet(given.out / "turns.jsonl", given.out / SHEET, given.sample, rubric)
        print(f"{given.out / SHEET}: {rows} turns to grade")
    return max(_check_conditions(conditions, flatten_scores(report)), _check_refused(report["counts"]))


def _check_refused(counts: Mapping[str, int]) -> int:
    """Return 1, with a sentence on standard error, if the report leaves out conversations that should be in it."""
    refused, undecided = counts["refused"], counts["undecided"]
    if undecided:
        print(
            f"{undecided:,} conversations are not in the report, because it cannot be told who is the "
            f"person and who the bot; name them: "
            "--user NAME --bot NAME.",
            file=sys.stderr,
        )
        return 1
    if refused > MAX_REFUSED_SHARE * (refused + counts["conversations"]):
        print(
            f"{refused:,} lines or rows could not be read, beside {counts['conversations']:,} "
            f"conversations: the report leaves out too much.",
            file=sys.stderr,
        )
        return 1
    return 0


def _check_conditions(conditions: Sequence[Condition], scores: Mapping[str, float]) -> int:
    status = 0
    for condition in conditions:
        holds = condition.holds(scores)
        if holds is None:
            print(f"FAIL-IF {condition}: the log holds nothing to compute it from, so it is ignored.", file=sys.stderr)
        elif holds:
            print(f"FAILED: {condition} (it is {scores[condition.name]:.6g})", file=sys.stderr)
            status = 1
    return status
