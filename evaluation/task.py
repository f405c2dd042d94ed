"""The description of one evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evaluation.options import Options
from evaluation.shards import SHARD_BYTES


@dataclass(frozen=True)
class Task:
    """One evaluation: which logs, and the folder of its report.

    Attributes:
        logs: files, or folders of files.
        folder: where the report is written; it is made if it is not there.
        options: what changes the numbers.
        workers: the number of processes, or the address of a Dask scheduler; None counts in this process.
        shard_bytes: about how many bytes of log are counted together.
        old_logs: older logs of the same messages, to compare with.
        replay_turns: about how many turns are put to the bot of today; None replays nothing.
    """

    logs: tuple[Path, ...]
    folder: Path
    options: Options
    workers: str | None = None
    shard_bytes: int = SHARD_BYTES
    old_logs: tuple[Path, ...] = ()
    replay_turns: int | None = None
