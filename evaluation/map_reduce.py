"""Count all shards of a plan, here or on a cluster, and merge their counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from evaluation.accumulators import Accumulators
from evaluation.count_shard import count_shard, load_shard_counts
from evaluation.dask_cluster import count_on_cluster
from evaluation.options import EvaluationError, Options
from evaluation.process_pool import count_on_processes
from evaluation.shards import ShardPlan


def map_reduce(
    plan: ShardPlan,
    folder: Path,
    options: Options,
    workers: str | None,
    on_progress: Callable[[float], object],
) -> Accumulators:
    """Return the merged counts of all shards, which are counted into the folder and merged in their order.

    Args:
        plan: the shards.
        folder: where the counts of each shard lie; those of an interrupted run are used.
        options: what changes the numbers.
        workers: the number of processes, or the address of a Dask scheduler; None counts in this process.
        on_progress: told the share that is done, from 0 to 1.

    Raises:
        EvaluationError: a log changed meanwhile, or the cluster cannot be used.
        OSError: a log cannot be read, or the folder cannot be written.
    """
    total = sum(shard.bytes for shard in plan.shards) or 1
    read = 0

    def on_read(size: int) -> None:
        nonlocal read
        read += size
        on_progress(min(1.0, read / total))

    merged = Accumulators()
    for number in _count_in_order(plan, folder, options, workers, on_read):
        counts = load_shard_counts(plan.shards[number], number, folder, options)
        if counts is None:
            raise EvaluationError(
                f"Shard {number} was counted, but its counts are not in {folder}. Did its log change meanwhile? Run it again."
            )
        merged.merge(counts)
    return merged


def _count_in_order(
    plan: ShardPlan, folder: Path, options: Options, workers: str | None, on_read: Callable[[int], object]
) -> Iterator[int]:
    """Yield the number of each shard as soon as it is counted, in order."""
    if workers is not None and workers.isdigit():
        yield from count_on_processes(plan.shards, folder, options, int(workers), on_read)
        return
    if workers is not None:
        count_on_cluster(plan.shards, folder, options, workers, on_read)
    for number, shard in enumerate(plan.shards):
        if workers is None:
            count_shard(shard, number, folder, options, on_read)
        yield number
