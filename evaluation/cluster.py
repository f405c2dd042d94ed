"""Parts counted side by side, on this machine or on others: the only file that imports dask.

Dask and not Ray: a count is a plain map over parts, for which Dask needs pure Python that runs wherever this application does,
where Ray brings a native runtime with wheels for few Pythons. Only what a part is goes over the wire: workers
read the logs and write the counts themselves, so both must lie where every worker sees them under the same path, and
workers of other machines are started in a checkout of this application: `python -m dask worker
tcp://HOST:8786`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evaluation.counting import count_part
from evaluation.options import EvaluationError, Options, Safety
from evaluation.parts import Part


def count_all(
    parts: Sequence[Part],
    folder: Path,
    options: Options,
    workers: str,
    safety: Safety | None = None,
    tick: Callable[[int], object] = lambda _: None,
) -> None:
    """Count the parts into the folder on so many processes of this machine, or on the cluster at a scheduler's address.

    tick is told the bytes of each part that is done. Raises EvaluationError without Dask or without a scheduler there, and
    whatever counting a part raises.
    """
    try:
        import dask.config
        import distributed
    except ImportError as error:
        raise EvaluationError(
            f"--workers needs Dask, which is not installed ({error}). Install it: pip install '.[cluster]'"
        ) from error
    # A sampler in every worker, for a dashboard that is not shown, would take the counting's time.
    dask.config.set({"distributed.worker.profile.enabled": False})
    cluster: Any = distributed  # which has no types
    if workers.isdigit():
        local: Any = cluster.LocalCluster(
            n_workers=max(1, int(workers)),
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=40,
        )
    elif "://" in workers:
        local = None
    else:
        raise EvaluationError(
            f"--workers is {workers!r}; expected a number of processes or a scheduler's tcp://HOST:PORT."
        )
    try:
        client: Any = cluster.Client(local if local is not None else workers, timeout=20)
    except (OSError, TimeoutError) as error:
        raise EvaluationError(
            f"There is no Dask scheduler at {workers} ({error}). Start one: python -m dask scheduler"
        ) from error
    try:
        waiting = [
            client.submit(count_part, part, number, folder.absolute(), options, safety, pure=False)
            for number, part in enumerate(parts)
        ]
        for done in cluster.as_completed(waiting):
            tick(done.result())
    except RuntimeError as error:
        if "deserialization" not in str(error):
            raise
        raise EvaluationError(
            "The scheduler or a worker does not know this application. Start each of them inside its checkout: "
            "python -m dask scheduler, python -m dask worker tcp://HOST:8786"
        ) from error
    finally:
        client.close()
        if local is not None:
            local.close()
