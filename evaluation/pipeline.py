"""Evaluate logs: plan shards, count and merge them, compare, and write the report."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evaluation.atomic_file import write_text_atomically
from evaluation.bot_interface import Answer
from evaluation.columns import AT
from evaluation.compare_logs import compare_logs
from evaluation.html_report import render_html
from evaluation.map_reduce import map_reduce
from evaluation.options import EvaluationError
from evaluation.question_clusters import render_csv
from evaluation.replay import replay_log
from evaluation.report import build_report, cluster_unanswered, collect_examples
from evaluation.shards import plan_shards
from evaluation.task import Task

Progress = Callable[[str, float], object]
"""Told the step ("counting", "comparing", "replaying", "writing") and the share of it that is done, from 0 to 1."""

SHARD_FOLDER = ".parts"
"""The folder of the shards' counts, inside that of the report, until the report is complete."""


def evaluate(task: Task, on_progress: Progress = lambda _, __: None, answer: Answer | None = None) -> dict[str, Any]:
    """Write report.html, report.json, turns.jsonl and unanswered.csv into the task's folder.

    Shards that an interrupted run has counted are not counted again.

    Args:
        task: what to evaluate.
        on_progress: told how far it is.
        answer: the bot that task.replay_turns are put to.

    Returns:
        What report.json holds.

    Raises:
        EvaluationError: the logs hold no conversation.
        ArtifactError: replies are compared without references, and the sentence encoder cannot be loaded.
        OSError: a log cannot be read, or the folder cannot be written.
    """
    plan = plan_shards(task.logs, task.options.log_format, task.shard_bytes, task.options.speakers)
    shard_folder = task.folder / SHARD_FOLDER
    counts = map_reduce(plan, shard_folder, task.options, task.workers, lambda share: on_progress("counting", share))
    clusters = cluster_unanswered(counts)
    report = build_report(counts, clusters, task.options, [path.name for path in task.logs], plan)
    if not report["counts"]["turns"] or not counts.totals[AT["message_chars"]]:
        shutil.rmtree(shard_folder)
        raise EvaluationError(_explain_empty(report))
    if task.old_logs:
        report["comparison"] = compare_logs(task, plan, counts, lambda share: on_progress("comparing", share))
    elif task.replay_turns and answer is not None:
        report["comparison"] = replay_log(task, plan, answer, lambda share: on_progress("replaying", share))
    on_progress("writing", 0.0)
    question_csv = render_csv(clusters)
    write_text_atomically(task.folder / "report.json", json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    write_text_atomically(task.folder / "unanswered.csv", "\ufeff" + question_csv)
    write_text_atomically(task.folder / "report.html", render_html(report, collect_examples(counts), question_csv))
    _concatenate([shard_folder / f"{number}.jsonl" for number in range(len(plan.shards))], task.folder / "turns.jsonl")
    shutil.rmtree(shard_folder)
    on_progress("writing", 1.0)
    return report


def _concatenate(files: list[Path], path: Path) -> None:
    with tempfile.NamedTemporaryFile("wb", dir=path.parent, delete=False, suffix=".part") as whole:
        for file in files:
            with file.open("rb") as part:
                shutil.copyfileobj(part, whole)
    Path(whole.name).replace(path)


def _explain_empty(report: dict[str, Any]) -> str:
    rows = "\n".join(f"  {row['place']}: {row['why']}: {row['given']!r}" for row in report["refused"][:3])
    files = ", ".join(report["files"])
    if report["counts"]["turns"]:
        return (
            f"No person says anything in {files}: all of its {report['counts']['turns']} turns are replies. "
            f"Who is the person and who the "
            "bot may have been read wrongly; name them: --user NAME --bot NAME."
        )
    return (
        f"There is no conversation in {files}: {report['counts']['refused']} lines could not be read.\n{rows}".rstrip()
    )
