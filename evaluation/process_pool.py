"""Count shards on several processes of this machine."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from evaluation.count_shard import count_shard
from evaluation.options import EvaluationError, Options
from evaluation.shards import Shard


def count_on_processes(
    shards: Sequence[Shard], folder: Path, options: Options, workers: int, on_read: Callable[[int], object]
) -> Iterator[int]:
    """Count the shards into the folder, and yield the number of each shard, in order, as soon as it is counted.

    Args:
        shards: what to count.
        folder: where the counts go.
        options: what changes the numbers.
        workers: the number of processes.
        on_read: told the bytes of each shard that is done.

    Raises:
        EvaluationError: a process died.
        OSError: a log cannot be read, or the folder cannot be written.
    """
    # A forked process would share the threads of the libraries that are loaded here.
    pool = ProcessPoolExecutor(max(1, min(workers, len(shards))), multiprocessing.get_context("spawn"))
    try:
        futures = [
            pool.submit(count_shard, shard, number, folder.absolute(), options) for number, shard in enumerate(shards)
        ]
        for number, future in enumerate(futures):
            on_read(future.result())
            yield number
    except BrokenProcessPool as error:
        raise EvaluationError(
            "A process that counted ended before it was done, perhaps for want of memory. Run it again with fewer --workers; "
            "it continues from here."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)
