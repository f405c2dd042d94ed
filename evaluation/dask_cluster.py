"""Count shards side by side, on this machine or on others: the only module that imports dask.

Dask and not Ray: counting is a plain map over shards, for which Dask needs pure Python that runs wherever this application
does, while Ray brings a native runtime with wheels for few versions of Python. Only the description of a shard is sent: workers
read the logs and write the counts themselves, so both must have the same path on every worker. Start workers on other machines
in a checkout of this application: `python -m dask worker tcp://HOST:8786`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evaluation.count_shard import count_shard
from evaluation.options import EvaluationError, Options
from evaluation.shards import Shard

_CONNECT_SECONDS = 20


def count_on_cluster(
    shards: Sequence[Shard], folder: Path, options: Options, workers: str, on_read: Callable[[int], object]
) -> None:
    """Count the shards into the folder on a cluster.

    Args:
        shards: what to count.
        folder: where the counts go, under the same path on every worker.
        options: what changes the numbers.
        workers: the address of a Dask scheduler.
        on_read: told the bytes of each shard that is done.

    Raises:
        EvaluationError: Dask is not installed, no scheduler answers there, or its workers do not have this application.
        OSError: a log cannot be read, or the folder cannot be written.
    """
    try:
        import dask.config
        import distributed
    except ImportError as error:
        raise EvaluationError(
            f"--workers {workers} needs Dask, which is not installed ({error}). Install it: pip install '.[cluster]'"
        ) from error
    # The dashboard is not shown, and its profiler in every worker would slow the counting down.
    dask.config.set({"distributed.worker.profile.enabled": False})
    cluster: Any = distributed  # it has no types
    if "://" not in workers:
        raise EvaluationError(
            f"--workers is {workers!r}; expected a number of processes or a scheduler's tcp://HOST:PORT."
        )
    try:
        client: Any = cluster.Client(workers, timeout=_CONNECT_SECONDS)
    except (OSError, TimeoutError) as error:
        raise EvaluationError(
            f"There is no Dask scheduler at {workers} ({error}). Start one: python -m dask scheduler"
        ) from error
    try:
        futures = [
            client.submit(count_shard, shard, number, folder.absolute(), options, pure=False)
            for number, shard in enumerate(shards)
        ]
        for future in cluster.as_completed(futures):
            on_read(future.result())
    except RuntimeError as error:
        if "deserialization" not in str(error):
            raise
        raise EvaluationError(
            "The scheduler or a worker does not know this application. Start each of them inside its checkout: "
            "python -m dask scheduler, python -m dask worker tcp://HOST:8786"
        ) from error
    finally:
        client.close()
