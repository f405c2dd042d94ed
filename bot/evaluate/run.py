"""The whole of an evaluation: logs in, a folder with the report out."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.evaluate import cluster, page
from bot.evaluate.counting import count_part, counted, write_whole
from bot.evaluate.options import EvaluationError, Options, Safety
from bot.evaluate.parts import PART, Plan, plan
from bot.evaluate.result import examples_of, result_of, unanswered_of
from bot.evaluate.tally import Tally
from bot.evaluate.unanswered import sheet

Progress = Callable[[str, float], object]
"""Told what is being done ("counting", "against", "replaying", "writing") and which share of it is done, from 0 to 1."""

PARTS = ".parts"


@dataclass(frozen=True)
class Task:
    """One evaluation: which logs, into which folder, told what."""

    logs: tuple[Path, ...]
    folder: Path
    options: Options
    workers: str | None = None
    safety: Safety | None = None
    part: int = PART


def evaluate(task: Task, progress: Progress = lambda _, __: None) -> dict[str, Any]:
    """Write report.html, report.json, turns.jsonl and unanswered.csv into the task's folder; what report.json holds is returned.

    Parts that an interrupted run has counted are not counted again. Raises EvaluationError for logs that are none, OSError.
    """
    planned = plan(task.logs, task.options.form, task.part)
    parts = task.folder / PARTS
    tally = counted_all(task, planned, parts, lambda share: progress("counting", share))
    result = result_of(tally, task.options, [str(path) for path in task.logs], planned.refused)
    if not result["counts"]["turns"]:
        raise EvaluationError(_nothing(result))
    progress("writing", 0.0)
    write(task.folder, result, tally)
    _join(parts, len(planned.parts), task.folder / "turns.jsonl")
    shutil.rmtree(parts)
    progress("writing", 1.0)
    return result


def counted_all(task: Task, planned: Plan, folder: Path, progress: Callable[[float], object]) -> Tally:
    """The tally of all parts, each counted into the folder and added up in order. Raises OSError."""
    total = sum(part.bytes for part in planned.parts) or 1
    read = 0

    def tick(bytes: int) -> None:
        nonlocal read
        read += bytes
        progress(min(1.0, read / total))

    if task.workers is not None:
        cluster.count_all(planned.parts, folder, task.options, task.workers, task.safety, tick)
    tally = Tally()
    for number, part in enumerate(planned.parts):
        if task.workers is None:
            count_part(part, number, folder, task.options, task.safety, tick)
        found = counted(part, number, folder, task.options)
        if found is None:
            raise EvaluationError(
                f"Part {number} was counted, but is not in {folder}: did its log change meanwhile? Run it again."
            )
        tally.merge(found)
    return tally


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
    Path(joined.name).chmod(0o644)
    Path(joined.name).replace(path)


def _nothing(result: dict[str, Any]) -> str:
    shown = "\n".join(f"  {one['place']}: {one['why']}: {one['given']!r}" for one in result["refused"][:3])
    files = ", ".join(result["files"])
    return f"There is no conversation in {files}: {result['counts']['refused']} lines were refused.\n{shown}".rstrip()
