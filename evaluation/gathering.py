"""All parts of a log counted, here or on a cluster, and added up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from evaluation import cluster
from evaluation.counting import count_part, counted
from evaluation.options import EvaluationError
from evaluation.parts import Plan
from evaluation.tally import Tally
from evaluation.task import Task


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
