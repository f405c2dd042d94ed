"""The whole of an evaluation: logs in, a folder with the report out."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evaluation import page
from evaluation.against import compared
from evaluation.bot_reply import Answer
from evaluation.counting import write_whole
from evaluation.gathering import counted_all
from evaluation.options import EvaluationError
from evaluation.parts import plan
from evaluation.replay import replayed
from evaluation.result import examples_of, result_of, unanswered_of
from evaluation.tally import Tally
from evaluation.task import Task
from evaluation.unanswered import sheet

Progress = Callable[[str, float], object]
"""Told what is being done ("counting", "comparing", "replaying", "writing") and which share of it is done, from 0 to 1."""

PARTS = ".parts"


def evaluate(task: Task, progress: Progress = lambda _, __: None, answer: Answer | None = None) -> dict[str, Any]:
    """Write report.html, report.json, turns.jsonl and unanswered.csv into the task's folder; what report.json holds is returned.

    Parts that an interrupted run has counted are not counted again. answer is the bot that task.replay wants.
    Raises EvaluationError for logs that are none, OSError, and ArtifactError where replies are compared without references.
    """
    planned = plan(task.logs, task.options.form, task.part)
    parts = task.folder / PARTS
    tally = counted_all(task, planned, parts, lambda share: progress("counting", share))
    result = result_of(tally, task.options, [path.name for path in task.logs], planned.refused)
    if not result["counts"]["turns"]:
        shutil.rmtree(parts)
        raise EvaluationError(_nothing(result))
    if task.against:
        result["comparison"] = compared(task, planned, tally, lambda share: progress("comparing", share))
    elif task.replay and answer is not None:
        result["comparison"] = replayed(task, planned, answer, lambda share: progress("replaying", share))
    progress("writing", 0.0)
    write(task.folder, result, tally)
    _join(parts, len(planned.parts), task.folder / "turns.jsonl")
    shutil.rmtree(parts)
    progress("writing", 1.0)
    return result


def write(folder: Path, result: dict[str, Any], tally: Tally) -> None:
    """Write the report's files, each as a whole. Raises OSError."""
    write_whole(folder / "report.json", json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    write_whole(folder / "unanswered.csv", "\ufeff" + sheet(unanswered_of(tally)))
    write_whole(folder / "report.html", page.html(result, examples_of(tally), sheet(unanswered_of(tally))))


def _join(parts: Path, count: int, path: Path) -> None:
    with tempfile.NamedTemporaryFile("wb", dir=path.parent, delete=False, suffix=".part") as joined:
        for number in range(count):
            with (parts / f"{number}.jsonl").open("rb") as file:
                shutil.copyfileobj(file, joined)
    Path(joined.name).replace(path)


def _nothing(result: dict[str, Any]) -> str:
    shown = "\n".join(f"  {one['place']}: {one['why']}: {one['given']!r}" for one in result["refused"][:3])
    files = ", ".join(result["files"])
    return f"There is no conversation in {files}: {result['counts']['refused']} lines were refused.\n{shown}".rstrip()
