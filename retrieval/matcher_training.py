"""The training loop that all matching models share."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TypeVar

from torch import Tensor, nn

from data.records import Selection
from data.training.batches import batch_by_group
from data.training.loop import Plan, fit
from retrieval.evaluate import evaluate
from retrieval.examples import Example
from retrieval.scorer import Scorer

Net = TypeVar("Net", bound=nn.Module)
Batch = TypeVar("Batch")


def train(
    net: Net,
    examples: Sequence[Example],
    dev: Sequence[Selection],
    collate: Callable[[list[Example], random.Random], Batch],
    loss_of: Callable[[Net, Batch], Tensor],
    scorer: Callable[[Net], Scorer],
    plan: Plan,
    size: int,
    folder: Path,
) -> float:
    """Train the net in place, leave its best weights in it, and return the best MAP.

    collate makes a batch of its examples; what it draws by chance comes from the generator it is given, so that an interrupted
    training goes on as if it had not been. Checkpoints and log go into folder.
    """

    # A batch is of one kind: that a reply is in another language, or of another kind of talk, is too easily learned.
    ordered = sorted(examples, key=lambda one: one.kind)
    counts = [len(list(group)) for _, group in groupby(ordered, key=lambda one: one.kind)]

    def batches(start: int) -> Iterator[Batch]:
        for step, numbers in enumerate(batch_by_group(counts, size, plan.seed, start), start):
            chance = random.Random(plan.seed * 1_000_003 + step)
            yield collate([ordered[number] for number in numbers], chance)

    return fit(
        net,
        lambda _, batch: loss_of(net, batch),
        batches,
        lambda _: evaluate(scorer(net), dev).mean("MAP"),
        plan,
        folder,
    )


def sample_negatives(chosen: Sequence[Example], chance: random.Random, count: int) -> list[list[str]]:
    """Sample count wrong texts for each example.

    They are its own wrong ones, filled up with the right ones of others.
    """
    others = [one.right for one in chosen]
    made = []
    for one in chosen:
        drawn = chance.sample(one.wrong, min(count, len(one.wrong)))
        while len(drawn) < count:
            text = chance.choice(others)
            # A batch of one example, or of copies of it, has nothing else to offer.
            if text != one.right or len(set(others)) == 1:
                drawn.append(text)
        made.append(drawn)
    return made
