"""The training that all matching models share."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from data.artifact import Artifact, Manifest
from data.records import Selection
from data.training.batches import batch_by_group
from data.training.loop import Plan, fit
from retrieval.evaluate import evaluate
from retrieval.examples import Example
from retrieval.postings import Floats
from retrieval.scorer import Scorer

NEGATIVES = 4
"""Wrong texts beside the right one of each query, for models that score pairs."""

Net = TypeVar("Net", bound=nn.Module)
Batch = TypeVar("Batch")


@dataclass(frozen=True)
class Task:
    """What a matching model is trained on, and how.

    Args:
        examples: What it learns from.
        dev: What it is validated on, by mean average precision.
        plan: The length and pace of the training.
        batch_size: Examples in a batch.
        folder: Where checkpoints and the log are written.
    """

    examples: Sequence[Example]
    dev: Sequence[Selection]
    plan: Plan
    batch_size: int
    folder: Path


@dataclass(frozen=True)
class NetScorer:
    """A net under training, scoring as it will when it serves.

    Args:
        name: The name of the model.
        compute: Returns scores float32 [N] of a context with N candidates.
    """

    name: str
    compute: Callable[[Sequence[str], Sequence[str]], Tensor]

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        """Return the score of each candidate as a reply."""
        with torch.no_grad():
            scores: Floats = self.compute(context, candidates).numpy()
        return scores


@dataclass(frozen=True)
class TrainedMatcher:
    """A trained net: its scorer, its mean average precision on dev, how to save it."""

    scorer: Scorer
    best: float
    save: Callable[[Manifest, Path], Artifact]


def train(
    task: Task,
    name: str,
    build: Callable[[], Net],
    collate: Callable[[list[Example], random.Random], Batch],
    loss_of: Callable[[Net, Batch], Tensor],
    compute: Callable[[Net, Sequence[str], Sequence[str]], Tensor],
    save: Callable[[Net, Manifest, Path], Artifact],
) -> TrainedMatcher:
    """Train a net; the result has the weights that are best on dev.

    Args:
        task: The examples and the plan.
        name: The name of the model.
        build: Returns the net before the training.
        collate: Makes a batch of its examples. What it draws comes from the generator it gets, so that an interrupted training
            goes on as if it had not been.
        loss_of: Returns the loss of a batch.
        compute: Returns scores float32 [N] of a context with N candidates.
        save: Writes the net as an artifact.
    """
    torch.manual_seed(task.plan.seed)
    net = build()
    scorer = NetScorer(name, lambda context, candidates: compute(net, context, candidates))
    # A batch is of one kind: that a reply is in another language, or of another kind of talk, is too easily learned.
    ordered = sorted(task.examples, key=lambda example: example.kind)
    counts = [len(list(group)) for _, group in groupby(ordered, key=lambda example: example.kind)]

    def batches(start: int) -> Iterator[Batch]:
        for step, numbers in enumerate(batch_by_group(counts, task.batch_size, task.plan.seed, start), start):
            chance = random.Random(task.plan.seed * 1_000_003 + step)
            yield collate([ordered[number] for number in numbers], chance)

    best = fit(
        net,
        lambda _, batch: loss_of(net, batch),
        batches,
        lambda _: evaluate(scorer, task.dev).mean("MAP"),
        task.plan,
        task.folder,
    )
    return TrainedMatcher(scorer, best, lambda manifest, folder: save(net, manifest, folder))


def hinge_loss(scores: Tensor) -> Tensor:
    """Return the hinge loss with margin 1.

    scores are [B * (1 + NEGATIVES)], each right one first.
    """
    rows = scores.view(-1, 1 + NEGATIVES)
    return torch.relu(1 - rows[:, :1] + rows[:, 1:]).mean()


def sample_negatives(chosen: Sequence[Example], chance: random.Random, count: int) -> list[list[str]]:
    """Sample count wrong texts for each example.

    They are its own wrong ones, filled up with the right ones of others.
    """
    others = [example.right for example in chosen]
    negatives = []
    for example in chosen:
        drawn = chance.sample(example.wrong, min(count, len(example.wrong)))
        while len(drawn) < count:
            text = chance.choice(others)
            # A batch of one example, or of copies of it, has nothing else to offer.
            if text != example.right or len(set(others)) == 1:
                drawn.append(text)
        negatives.append(drawn)
    return negatives
