"""A log beside an older one of the same conversations."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.evaluate.comparison import Comparison
from bot.evaluate.fallback import fallback_of
from bot.evaluate.gathering import counted_all
from bot.evaluate.parts import Plan, plan
from bot.evaluate.quality import Judge, Pair
from bot.evaluate.tally import Tally
from bot.evaluate.task import Task
from data.formats.logs import FormatError, read_log
from data.metrics.resampling import derive_seed
from data.records import LoggedDialog, LoggedTurn
from data.text.mask import mask

_KEPT = ("message", "reply", "kind", "liked", "references")
_BATCH = 2_000


def compared(task: Task, planned: Plan, tally: Tally, progress: Callable[[float], object]) -> dict[str, Any]:
    """The comparison of the task's logs, planned and counted, with those of task.against. Raises EvaluationError, OSError.

    Turns belong together that have one message, in conversations of one id at one place; else those that are reached by the same
    messages, so logs with ids of their own are compared as well.
    """
    other = plan(task.against, task.options.form, task.part)
    folder = task.folder / ".parts-against"
    old = counted_all(replace(task, logs=task.against), other, folder, lambda share: progress(share / 2))
    comparison = Comparison(mask if task.options.masked else lambda text: text)
    judge = Judge(fallback_of(task.options.fallbacks), comparison.take)
    aligned = done = 0
    total = max(1, int(tally.totals[1]))
    with tempfile.TemporaryDirectory(prefix="kanliao-against-") as place, closing(_opened(Path(place), other)) as known:
        for seed, context, turn in _turns(planned):
            done += 1
            if done % 500 == 0:
                progress(0.5 + min(0.5, done / total / 2))
            if (earlier := _found(known, seed, context, turn)) is not None:
                aligned += 1
                judge.judge(Pair(seed, earlier, turn))
        judge.flush()
    shutil.rmtree(folder)
    names = ", ".join(path.name for path in task.against), ", ".join(path.name for path in task.logs)
    return comparison.result(tally, old, names, aligned)


def _turns(planned: Plan) -> Iterator[tuple[int, int, LoggedTurn]]:
    """Each turn with its conversation's seed and a hash of all messages up to it."""
    for part in planned.parts:
        for stretch in part.stretches:
            try:
                for one in read_log(stretch.span, stretch.form):
                    if isinstance(one, LoggedDialog):
                        said = ""
                        for turn in one.turns:
                            said = f"{derive_seed(said + turn.message.strip()):x} "
                            yield derive_seed(one.id), derive_seed(said), turn
            except FormatError:
                continue  # told when it was counted


def _opened(folder: Path, planned: Plan) -> sqlite3.Connection:
    database = sqlite3.connect(folder / "turns.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    database.execute("CREATE TABLE turns (seed INTEGER, number INTEGER, context INTEGER, turn TEXT)")
    batch: list[tuple[int, int, int, str]] = []
    database.execute("BEGIN")
    for seed, context, turn in _turns(planned):
        batch.append(
            (_signed(seed), turn.number, _signed(context), json.dumps([getattr(turn, name) for name in _KEPT]))
        )
        if len(batch) >= _BATCH:
            database.executemany("INSERT INTO turns VALUES (?, ?, ?, ?)", batch)
            batch.clear()
    database.executemany("INSERT INTO turns VALUES (?, ?, ?, ?)", batch)
    database.execute("CREATE INDEX by_place ON turns (seed, number)")
    database.execute("CREATE INDEX by_context ON turns (context)")
    database.execute("COMMIT")
    return database


def _found(known: sqlite3.Connection, seed: int, context: int, turn: LoggedTurn) -> LoggedTurn | None:
    for where, values in (
        ("seed = ? AND number = ?", (_signed(seed), turn.number)),
        ("context = ?", (_signed(context),)),
    ):
        for (text,) in known.execute(f"SELECT turn FROM turns WHERE {where} ORDER BY rowid LIMIT 3", values):
            message, reply, kind, liked, references = json.loads(text)
            if message.strip() == turn.message.strip():
                return LoggedTurn(turn.number, message, reply, 0, kind=kind, liked=liked, references=tuple(references))
    return None


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value
