"""Data-parallel training with torchrun.

Every process has the whole net and its own batches.

    torchrun --nproc-per-node 2 -m generation train --dialogs FILE

A single process works the same way, as a group of one.
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
    """Join the processes of torchrun, yield the number of this one, leave them.

    GPUs communicate with nccl, CPUs with gloo.
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
    """Return the number of this process, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def get_process_count() -> int:
    """Return the number of processes."""
    return dist.get_world_size() if dist.is_initialized() else 1


def choose_device() -> str:
    """Return the device of this process: its own GPU if there is one, else "cpu"."""
    return f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if torch.cuda.is_available() else "cpu"


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Replace the gradients by their mean over all processes."""
    if get_process_count() == 1:
        return
    gradients = [one.grad for one in parameters if one.grad is not None]
    flat = torch.cat([one.flatten() for one in gradients])
    dist.all_reduce(flat)
    flat /= get_process_count()
    first = 0
    for gradient in gradients:
        gradient.copy_(flat[first : first + gradient.numel()].view_as(gradient))
        first += gradient.numel()


def broadcast(number: float, device: str) -> float:
    """Return the number of the first process."""
    if get_process_count() == 1:
        return number
    held = torch.tensor([number], dtype=torch.float64, device=device)
    dist.broadcast(held, 0)
    return float(held)
