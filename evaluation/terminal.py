"""`python -m bot evaluate`: its arguments, its progress bar and the table it prints."""

from __future__ import annotations

import argparse
import sys
import time
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from data.formats.logs import LOG_FORMATS
from evaluation.bot_reply import Answer
from evaluation.gate import condition
from evaluation.options import Options
from evaluation.result import scores_of
from evaluation.run import evaluate
from evaluation.task import Task

_SCALE = {"share": (100.0, "%"), "ms": (1.0, " ms"), "score": (1.0, ""), "number": (1.0, "")}
_BAR = 30

REPLAYED = 1_000
"""How many turns are replayed where no number is given."""


def arguments(commands: Any) -> None:
    """Add the command and what it takes to a parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "evaluate", help="judge a log of conversations, of this bot or another: report.html, report.json, turns.jsonl"
    )
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
    parser.add_argument(
        "--format", choices=LOG_FORMATS, help="the format of every LOG; guessed by looking if it is not given"
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
    beside = parser.add_mutually_exclusive_group()
    beside.add_argument("--against", type=Path, metavar="OLD", help="an older log of the same messages: is LOG better?")
    beside.add_argument(
        "--replay",
        type=int,
        nargs="?",
        const=REPLAYED,
        metavar="N",
        help=f"put N of the turns ({REPLAYED}) to this bot as it is now: is it better?",
    )
    parser.add_argument(
        "--human", action="store_true", help="the replies in LOG are by people: what --replay is measured against"
    )
    parser.add_argument("--workers", metavar="N", help="count on N processes, or on a Dask cluster: tcp://HOST:PORT")


def fault(given: argparse.Namespace) -> str | None:
    """Return what is wrong with the arguments of the command taken together, or None."""
    if given.cases is not None:
        others = (given.logs, given.replay, given.against, given.fail_if, given.human)
        return "--cases needs no LOG and none of a log's options" if any(others) else None
    if not given.logs:
        return "give a LOG, or --cases CASES.yaml"
    return "a LOG needs --out DIR" if given.out is None else None


def run(given: argparse.Namespace, answer: Answer | None, fallbacks: Sequence[str] = ()) -> int:
    """Do what the command line asks for; 1 if a condition of --fail-if holds. answer is the bot that --replay wants,
    fallbacks are the texts by which it says that it does not know.

    Raises EvaluationError, OSError, ArtifactError.
    """
    conditions = [condition(text) for text in given.fail_if]
    options = Options(not given.no_mask, given.format, given.human, (*given.fallback, *fallbacks))
    against = () if given.against is None else (given.against,)
    task = Task(tuple(given.logs), given.out, options, given.workers, against=against, replay=given.replay)
    bar = Bar()
    try:
        result = evaluate(task, bar.show, answer)
    except KeyboardInterrupt:
        bar.end()
        print("Interrupted. The same command goes on from here.", file=sys.stderr)
        raise
    finally:
        bar.end()
    print(table(result))
    print(f"\n{given.out / 'report.html'}")
    return _failed(conditions, scores_of(result))


def _failed(conditions: Sequence[Any], scores: Mapping[str, float]) -> int:
    failed = 0
    for one in conditions:
        holds = one.holds(scores)
        if holds is None:
            print(f"FAIL-IF {one}: the log has nothing to say of that, so it does not fail for it.", file=sys.stderr)
        elif holds:
            print(f"FAILED: {one} (it is {scores[one.name]:.6g})", file=sys.stderr)
            failed = 1
    return failed


class Bar:
    """A progress bar on standard error, where somebody can see it."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shown = 0.0
        self._drawn = False

    def show(self, doing: str, share: float) -> None:
        """Draw the bar, ten times a second at most."""
        now = time.monotonic()
        if not sys.stderr.isatty() or (now - self._shown < 0.1 and share < 1):
            return
        self._shown, self._drawn = now, True
        full = round(share * _BAR)
        spent = now - self._began
        left = f"{spent / share - spent:4.0f} s left" if share > 0.01 else ""
        print(
            f"\r{doing:9} {'█' * full}{'░' * (_BAR - full)} {share:4.0%} {left:12}", end="", file=sys.stderr, flush=True
        )

    def end(self) -> None:
        """Leave the line."""
        if self._drawn:
            print("\r" + " " * 70 + "\r", end="", file=sys.stderr, flush=True)
            self._drawn = False


def table(result: Mapping[str, Any]) -> str:
    """The main numbers as lines of text, with their 95 % intervals and what they are of."""
    counts = result["counts"]
    head = [f"{counts['turns']:,} turns in {counts['conversations']:,} conversations"]
    if counts["refused"]:
        head.append(f"{counts['refused']:,} lines refused")
    if counts["disordered"]:
        head.append(f"{counts['disordered']:,} times out of order")
    if counts["repeated_ids"]:
        head.append(f"{counts['repeated_ids']:,} conversations with another's id")
    lines = [", ".join(head), ""]
    for name, one in result["metrics"].items():
        shown = ""
        if one["low"] is not None:
            shown = f"[{number(one['low'], one['unit'])} .. {number(one['high'], one['unit'])}]"
        lines.append(f"  {name:24}{number(one['value'], one['unit']):>10}  {shown:24} of {one['count']:,}")
    if result["comparison"]:
        lines += _comparison(result["comparison"])
    for one in result["refused"]:
        lines.append(f"  refused {one['place']}: {one['why']}: {one['given']!r}")
    for one in result["refused_files"]:
        lines.append(f"  not read: {one['file']}: {one['why']}")
    if result["unanswered"]:
        lines += ["", "Most asked without an answer:"]
        lines += [f"  {one['count']:>6} × {_cut(one['questions'][0]['text'], 60)}" for one in result["unanswered"][:5]]
    return "\n".join(lines)


def _comparison(one: Mapping[str, Any]) -> list[str]:
    lines = ["", f"{one['new']} beside {one['old']}: {one['aligned']:,} turns alike, "]
    lines[-1] += f"{one['wins']:,} better, {one['losses']:,} worse, {one['ties']:,} the same"
    for name, change in one["metrics"].items():
        unit = change["unit"]
        shown = f"[{number(change['low'], unit)} .. {number(change['high'], unit)}]"
        verdict = {1: "better", -1: "worse", 0: "" if change["low"] <= 0 <= change["high"] else "different"}[
            change["verdict"]
        ]
        lines.append(f"  {name:24}{number(change['value'], unit):>10}  {shown:24} {verdict}".rstrip())
    if not one["metrics"]:
        for name, value in one["replayed"].items():
            lines.append(f"  {name:24}{number(value['value'], value['unit']):>10}")
    return [*lines, ""]


def number(value: float, unit: str) -> str:
    """A number with its unit.

    >>> number(0.1234, "share"), number(12.5, "ms"), number(3.14159, "number")
    ('12.34%', '12.5 ms', '3.14')
    """
    scale, sign = _SCALE[unit]
    return f"{value * scale:.{1 if unit == 'ms' else 2}f}{sign}"


def _cut(text: str, width: int) -> str:
    """The beginning of the text that fits so many columns of a terminal; a Chinese character takes two."""
    taken = 0
    for place, character in enumerate(text):
        taken += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if taken > width:
            return text[:place] + "…"
    return text
