"""Seeded batches of examples of like length, without end, that can be taken up again at any step."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import groupby


def batch_by_length(lengths: Sequence[int], size: int, seed: int, start: int = 0) -> Iterator[list[int]]:
    """The numbers of the examples of one batch after another, epoch after epoch, from step start on.

    Batches hold at most size examples whose lengths are close, so that little is padded. Every example comes once an epoch; the
    order depends on seed, epoch and lengths only, so the same start always gives the same batches. Raises ValueError without
    examples.
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
    """As bucketed, of examples with a source and a target of such lengths: at most size target ids a batch, but one example.

    Targets of a batch are as long as one another, and sources about so. A short reply then weighs no more than its ids, and a
    batch takes as long as another. Raises ValueError without examples.
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
    """The numbers of size examples at a time, all of one group, in chance order, epoch after epoch, from step start on.

    counts are the sizes of the groups; numbers run on through them. What is left of a group that makes no full batch waits for a
    later epoch: where the other examples of a batch are what an example is told apart from, a short batch would be an easier
    question. A group smaller than a batch comes whole. Raises ValueError without examples.
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
    # Equal lengths fall in a new order each epoch, so the same examples do not always meet.
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
