"""One training on several processes, as torchrun starts them: every process has the whole net and its own batches.

    torchrun --nproc-per-node 2 -m generation train --dialogs FILE

A process on its own is the only one of one; whoever trains need not know the difference.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch import nn


@contextmanager
def open_process_group() -> Iterator[int]:
    """The number of this process, from 0, among those that torchrun started; they part again at the end.

    Graphics cards talk by nccl, processors by gloo.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield 0
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield get_rank()
    finally:
        dist.destroy_process_group()


def get_rank() -> int:
    """The number of this process."""
    return dist.get_rank() if dist.is_initialized() else 0


def get_process_count() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def choose_device() -> str:
    """Where this process trains: a graphics card of its own if there is one."""
    return f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if torch.cuda.is_available() else "cpu"


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Make every process' gradients the mean of all of theirs."""
    if get_process_count() == 1:
        return
    gradients = [one.grad for one in parameters if one.grad is not None]
    flat = torch.cat([one.flatten() for one in gradients])
    dist.all_reduce(flat)
    flat /= get_process_count()
    first = 0
    for one in gradients:
        one.copy_(flat[first : first + one.numel()].view_as(one))
        first += one.numel()


def broadcast(number: float, device: str) -> float:
    """The number that the first process has."""
    if get_process_count() == 1:
        return number
    held = torch.tensor([number], dtype=torch.float64, device=device)
    dist.broadcast(held, 0)
    return float(held)
