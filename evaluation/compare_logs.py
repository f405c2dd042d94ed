"""Compare a log with an older one of the same messages."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from data.metrics.resampling import derive_seed
from data.records import LoggedTurn
from evaluation.accumulators import Accumulators
from evaluation.columns import AT
from evaluation.fallback_detector import build_fallback_detector
from evaluation.map_reduce import map_reduce
from evaluation.pairwise_comparison import PairwiseComparison
from evaluation.reply_quality import QualityScorer, TurnPair
from evaluation.shards import ShardPlan, plan_shards
from evaluation.task import Task

_SHARD_FOLDER = ".parts-against"
_FIELDS = ("message", "reply", "kind", "liked", "references")
_BATCH_ROWS = 2_000
_MAX_MATCHES = 3
_PROGRESS_TURNS = 500


def compare_logs(
    task: Task, plan: ShardPlan, counts: Accumulators, on_progress: Callable[[float], object]
) -> dict[str, Any]:
    """Return the comparison of the task's logs with task.old_logs, as report.json has it.

    Two turns belong together if they have the same message, in conversations of one id at one place. Else those belong
    together that are reached by the same messages, so logs with ids of their own can be compared as well.

    Args:
        task: what is evaluated.
        plan: the shards of task.logs.
        counts: what was counted of them.
        on_progress: told the share that is done, from 0 to 1.

    Raises:
        EvaluationError: the older logs are none.
        ArtifactError: there are no references, and the sentence encoder cannot be loaded.
        OSError: a log cannot be read.
    """
    old_plan = plan_shards(task.old_logs, task.options.log_format, task.shard_bytes, task.options.speakers)
    shard_folder = task.folder / _SHARD_FOLDER
    old_counts = map_reduce(old_plan, shard_folder, task.options, task.workers, lambda share: on_progress(share / 2))
    comparison = PairwiseComparison(task.options.mask)
    scorer = QualityScorer(build_fallback_detector(task.options.fallback_texts), comparison.add)
    aligned = 0
    total = max(1, int(counts.totals[AT["turns"]]))
    with (
        tempfile.TemporaryDirectory(prefix="kanliao-against-") as folder,
        closing(_index_turns(Path(folder), old_plan)) as index,
    ):
        for done, (seed, context, turn) in enumerate(_read_turns(plan), start=1):
            if done % _PROGRESS_TURNS == 0:
                on_progress(0.5 + min(0.5, done / total / 2))
            if (old_turn := _find_turn(index, seed, context, turn)) is not None:
                aligned += 1
                scorer.score(TurnPair(seed, old_turn, turn))
        scorer.flush()
    shutil.rmtree(shard_folder)
    names = ", ".join(path.name for path in task.old_logs), ", ".join(path.name for path in task.logs)
    return comparison.build_result(counts, old_counts, names, aligned)


def _read_turns(plan: ShardPlan) -> Iterator[tuple[int, int, LoggedTurn]]:
    """Yield each turn with its conversation's seed and a hash of all messages up to it."""
    for dialog in plan.read_dialogs():
        seed, context = derive_seed(dialog.id), ""
        for turn in dialog.turns:
            context = f"{derive_seed(context + turn.message.strip()):x} "
            yield seed, derive_seed(context), turn


def _index_turns(folder: Path, plan: ShardPlan) -> sqlite3.Connection:
    """Return a database of the turns, on disk because a log may be larger than memory."""
    database = sqlite3.connect(folder / "turns.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    database.execute("CREATE TABLE turns (seed INTEGER, number INTEGER, context INTEGER, turn TEXT)")
    rows: list[tuple[int, int, int, str]] = []
    database.execute("BEGIN")
    for seed, context, turn in _read_turns(plan):
        fields = json.dumps([getattr(turn, name) for name in _FIELDS])
        rows.append((_to_signed(seed), turn.number, _to_signed(context), fields))
        if len(rows) >= _BATCH_ROWS:
            database.executemany("INSERT INTO turns VALUES (?, ?, ?, ?)", rows)
            rows.clear()
    database.executemany("INSERT INTO turns VALUES (?, ?, ?, ?)", rows)
    database.execute("CREATE INDEX by_place ON turns (seed, number)")
    database.execute("CREATE INDEX by_context ON turns (context)")
    database.execute("COMMIT")
    return database


def _find_turn(index: sqlite3.Connection, seed: int, context: int, turn: LoggedTurn) -> LoggedTurn | None:
    for where, values in (
        ("seed = ? AND number = ?", (_to_signed(seed), turn.number)),
        ("context = ?", (_to_signed(context),)),
    ):
        query = f"SELECT turn FROM turns WHERE {where} ORDER BY rowid LIMIT {_MAX_MATCHES}"
        for (fields,) in index.execute(query, values):
            message, reply, kind, liked, references = json.loads(fields)
            if message.strip() == turn.message.strip():
                return LoggedTurn(turn.number, message, reply, 0, kind=kind, liked=liked, references=tuple(references))
    return None


def _to_signed(value: int) -> int:
    """Return an unsigned number of 64 bits as the signed one that SQLite stores."""
    return value - 2**64 if value >= 2**63 else value
