"""What is to be evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evaluation.options import Options, Safety
from evaluation.parts import PART


@dataclass(frozen=True)
class Task:
    """One evaluation: which logs, into which folder, told what.

    workers are processes or the address of a Dask scheduler; None counts here. against are older logs to compare with; replay is
    how many turns are put to the bot of today.
    """

    logs: tuple[Path, ...]
    folder: Path
    options: Options
    workers: str | None = None
    safety: Safety | None = None
    part: int = PART
    against: tuple[Path, ...] = ()
    replay: int | None = None
