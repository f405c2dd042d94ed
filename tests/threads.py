"""The same work by eight threads at once and by one: what they share must not change what comes of it."""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np

Given = TypeVar("Given")
Made = TypeVar("Made")
THREADS = 8


def run_in_threads(work: Callable[[Given], Made], given: Sequence[Given]) -> list[list[Made]]:
    """Return what eight threads make of all that is given, each in an order of its own, as [thread][place in given].

    They begin together and change places far more often than usual.
    """
    together = threading.Barrier(THREADS)

    def run(seed: int) -> list[Made]:
        order = list(range(len(given)))
        random.Random(seed).shuffle(order)
        together.wait(60)
        made = {place: work(given[place]) for place in order}
        return [made[place] for place in range(len(given))]

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(run, range(THREADS)))
    finally:
        sys.setswitchinterval(usual)


def is_same(one: Any, other: Any) -> bool:
    """Return whether two results are equal, arrays to the last bit."""
    if isinstance(one, np.ndarray):
        return bool(np.array_equal(one, other))
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    if hasattr(one, "__dataclass_fields__"):
        return all(is_same(getattr(one, name), getattr(other, name)) for name in one.__dataclass_fields__)
    return bool(one == other)
