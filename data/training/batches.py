"""Seeded batches of examples of like length, without end, that can be taken up again at any step."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence


def bucketed(lengths: Sequence[int], size: int, seed: int, start: int = 0) -> Iterator[list[int]]:
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
        for batch in _epoch(lengths, size, seed, epoch)[place:]:
            yield batch
            step += 1


def shuffled(count: int, size: int, seed: int, start: int = 0) -> Iterator[list[int]]:
    """The numbers of size examples out of count at a time, in chance order, epoch after epoch, from step start on.

    What is left of an epoch that makes no full batch waits for a later one: where the other examples of a batch are what an
    example is told apart from, a short batch would be an easier question. A count below size gives all of them each time.
    Raises ValueError without examples.
    """
    if not count:
        raise ValueError("there are no examples to make batches of")
    per_epoch = max(1, count // size)
    step = start
    while True:
        epoch, place = divmod(step, per_epoch)
        order = list(range(count))
        random.Random(seed * 1_000_003 + epoch).shuffle(order)
        for number in range(place, per_epoch):
            yield order[number * size : (number + 1) * size]
            step += 1


def _epoch(lengths: Sequence[int], size: int, seed: int, epoch: int) -> list[list[int]]:
    chance = random.Random(seed * 1_000_003 + epoch)
    # Equal lengths fall in a new order each epoch, so the same examples do not always meet.
    order = sorted(range(len(lengths)), key=lambda number: (lengths[number], chance.random()))
    batches = [order[first : first + size] for first in range(0, len(order), size)]
    chance.shuffle(batches)
    return batches
