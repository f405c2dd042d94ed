"""Endless seeded batches of examples, which can be resumed at any step."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import groupby


def batch_by_length(lengths: Sequence[int], size: int, seed: int, start: int = 0) -> Iterator[list[int]]:
    """Yield the indices of each batch, epoch after epoch, from step start on.

    The lengths in a batch are close, so little is padded. Every example occurs once an epoch. The order depends only on seed,
    epoch and lengths, so the same start always gives the same batches.

    Args:
        lengths: The length of each example.
        size: The most examples of a batch.
        seed: The seed of the order.
        start: The first step.

    Raises:
        ValueError: There are no examples.
    """
    if not lengths:
        raise ValueError("there are no examples to make batches of")
    per_epoch = -(-len(lengths) // size)
    step = start
    while True:
        epoch, place = divmod(step, per_epoch)
        for batch in _plan_epoch(lengths, size, seed, epoch)[place:]:
            yield batch
            step += 1


def batch_by_tokens(lengths: Sequence[tuple[int, int]], size: int, seed: int, start: int = 0) -> Iterator[list[int]]:
    """Yield batches like `batch_by_length`, with at most size target ids each.

    The targets of a batch have the same length, and sources similar ones. So a short reply counts by its ids only, and all
    batches take about the same time. A batch has at least one example.

    Args:
        lengths: The lengths of source and target of each example.
        size: The most target ids of a batch.
        seed: The seed of the order.
        start: The first step.

    Raises:
        ValueError: There are no examples.
    """
    if not lengths:
        raise ValueError("there are no examples to make batches of")
    step = start
    per_epoch = len(_plan_token_epoch(lengths, size, seed, 0))
    while True:
        epoch, place = divmod(step, per_epoch)
        for batch in _plan_token_epoch(lengths, size, seed, epoch)[place:]:
            yield batch
            step += 1


def batch_by_group(counts: Sequence[int], size: int, seed: int, start: int = 0) -> Iterator[list[int]]:
    """Yield the indices of size examples of one group, in random order.

    It goes on epoch after epoch, from step start on.

    Examples of a group that do not fill a batch wait for a later epoch: with in-batch negatives, a short batch would be an
    easier task. A group smaller than a batch is yielded whole.

    Args:
        counts: The sizes of the groups; indices run through all groups.
        size: The number of examples of a batch.
        seed: The seed of the order.
        start: The first step.

    Raises:
        ValueError: There are no examples.
    """
    if not sum(counts):
        raise ValueError("there are no examples to make batches of")
    firsts = [sum(counts[:place]) for place in range(len(counts))]
    per_epoch = sum(max(1, count // size) for count in counts if count)
    step = start
    while True:
        epoch, place = divmod(step, per_epoch)
        chance = random.Random(seed * 1_000_003 + epoch)
        batches = []
        for first, count in zip(firsts, counts, strict=True):
            order = list(range(first, first + count))
            chance.shuffle(order)
            batches += [order[at : at + size] for at in range(0, max(count - size, 0) + 1, size) if order]
        chance.shuffle(batches)
        for batch in batches[place:]:
            yield batch
            step += 1


def _plan_epoch(lengths: Sequence[int], size: int, seed: int, epoch: int) -> list[list[int]]:
    chance = random.Random(seed * 1_000_003 + epoch)
    # Equal lengths get a new order each epoch, so that batches differ.
    order = sorted(range(len(lengths)), key=lambda number: (lengths[number], chance.random()))
    batches = [order[first : first + size] for first in range(0, len(order), size)]
    chance.shuffle(batches)
    return batches


def _plan_token_epoch(lengths: Sequence[tuple[int, int]], size: int, seed: int, epoch: int) -> list[list[int]]:
    chance = random.Random(seed * 1_000_003 + epoch)
    order = sorted(range(len(lengths)), key=lambda number: (lengths[number][1], lengths[number][0], chance.random()))
    batches: list[list[int]] = []
    for target, alike in groupby(order, key=lambda number: lengths[number][1]):
        most, own = max(1, size // target), list(alike)
        batches += [own[first : first + most] for first in range(0, len(own), most)]
    chance.shuffle(batches)
    return batches
