"""Distillation: a net learns to see as the teacher does.

It learns the teacher's map and middle place by place (Romero et al. 2015, FitNets, section 2.2), its pooled vector, and its
softened classes (Hinton et al. 2015, Distilling the Knowledge in a Neural Network, section 2), always on the same view that
the teacher saw (Beyer et al. 2022, Knowledge Distillation: A Good Teacher Is Patient and Consistent, section 3).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from numpy.typing import NDArray
from torch import Tensor, nn

from data.image import ImageCodec
from data.training.batches import shuffled
from data.training.loop import Plan, fit
from vqa.encoder.config import Config
from vqa.encoder.lessons import VIEWS, Lessons
from vqa.encoder.net import Net
from vqa.encoder.teacher import CLASSES

CODEC = ImageCodec(128, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
_MIDDLE, _CHANNELS = 96, 1280
_WARMTH = 2.0
"""The temperature of the soft classes."""
_SMALL = 96
"""Pixels of a picture's side in the first part of a training: a net learns most of it there, at half the price (Touvron et
al. 2019, Fixing the train-test resolution discrepancy, trains small and finishes large)."""
_SMALL_SHARE = 0.6
_CHECKED = 1000


@dataclass(frozen=True)
class Batch:
    """picture float32 [B, 3, H, W], and what the teacher made of it: middle [B, 96, 14, 14], map [B, 1280, 7, 7], logits [B,
    1001].
    """

    picture: Tensor
    middle: Tensor
    map: Tensor
    logits: Tensor


class Student(nn.Module):
    """A net, and what is needed to compare it with the teacher: a head for its classes, 1 x 1 convolutions where widths
    differ.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.net = Net(config)
        trunk = self.net.trunk
        self.to_middle = nn.Identity() if trunk.middle == _MIDDLE else nn.Conv2d(trunk.middle, _MIDDLE, 1)
        self.to_map = nn.Identity() if trunk.channels == _CHANNELS else nn.Conv2d(trunk.channels, _CHANNELS, 1)
        self.head = nn.Linear(trunk.channels, CLASSES)

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The middle [B, 96, H', W'] and the map before its activation [B, 1280, H', W'], as the teacher's, and logits [B,
        1001].
        """
        middle, late, map = self.net.stages(picture)
        return self.to_middle(middle), self.to_map(late), self.head(map.mean((2, 3)))


def loss_of(student: nn.Module, batch: Batch) -> Tensor:
    """How far the student is from the teacher: each part as a share of what there is to learn in it, so that all weigh alike."""
    middle, late, logits = student(batch.picture)
    size = late.shape[2:]
    wanted = _resized(batch.map, size)
    # Below zero and above six the teacher's activation says nothing: there it is enough to be there too (Heo et al. 2019, A
    # Comprehensive Overhaul of Feature Distillation, section 3.2). Elsewhere a silent unit is told how far it is off.
    short = torch.where(wanted > 0, late - wanted, late.relu())
    short = torch.where(wanted > 5.9, short.clamp(max=0), short)
    half = _resized(batch.middle, size)
    pooled, wanted_pooled = F.relu6(late).mean((2, 3)), batch.map.mean((2, 3))
    classes = F.kl_div(
        (logits / _WARMTH).log_softmax(-1),
        (batch.logits / _WARMTH).log_softmax(-1),
        reduction="batchmean",
        log_target=True,
    )
    return (
        short.square().mean() / wanted.square().mean()
        + 0.5 * F.mse_loss(middle, half) / half.square().mean()
        + F.mse_loss(pooled, wanted_pooled) / wanted_pooled.var(0).mean()
        + 0.5 * classes
    )


def _resized(array: Tensor, size: torch.Size) -> Tensor:
    return F.interpolate(array, size=tuple(size), mode="bilinear", align_corners=False)


def batch_of(lessons: Lessons, rows: NDArray[np.int64], flipped: NDArray[np.bool_] | None = None) -> Batch:
    """The lessons of these rows; those flipped are mirrored, the teacher's answers with them."""
    # Sorted, the disk is read in one direction.
    order = np.sort(rows)
    picture = torch.from_numpy(CODEC.normal(lessons.pictures[order]))
    answers = {name: _floats(lessons, name, order) for name in ("middle", "map", "logits")}
    if flipped is not None:
        mirror = torch.from_numpy(flipped)[:, None, None, None]
        picture = torch.where(mirror, picture.flip(3), picture)
        answers |= {name: torch.where(mirror, answers[name].flip(3), answers[name]) for name in ("middle", "map")}
    return Batch(picture.contiguous(memory_format=torch.channels_last), **answers)


def _floats(lessons: Lessons, name: str, rows: NDArray[np.int64]) -> Tensor:
    scale = lessons.scales[name]
    values = (torch.from_numpy(getattr(lessons, name)[rows]).float() - scale.zero) * scale.step
    return values.permute(0, 3, 1, 2) if values.dim() == 4 else values


def train(lessons: Lessons, config: Config, plan: Plan, size: int, folder: Path) -> tuple[Student, float]:
    """The student at the end of its plan, and how often it names the teacher's class on pictures that were held out.

    Batches hold size views. Checkpoints and log go into folder; the same call goes on after an interruption.
    """
    torch.manual_seed(plan.seed)
    student = Student(config)
    for convolution in (module for module in student.modules() if isinstance(module, nn.Conv2d)):
        # Convolutions on a CPU are fastest with the channels of a place side by side.
        convolution.weight.data = convolution.weight.data.contiguous(memory_format=torch.channels_last)
    numbers = range(len(lessons.names))
    learned = np.array([number for number in numbers if not lessons.held_out(number)])
    views = (learned[:, None] * VIEWS + np.arange(VIEWS)).ravel()
    held = np.array([number * VIEWS for number in numbers if lessons.held_out(number)])
    checked = np.sort(np.random.default_rng(plan.seed).permutation(held)[:_CHECKED])

    def batches(start: int) -> Iterator[Batch]:
        for step, chosen in enumerate(shuffled([len(views)], size, plan.seed, start), start):
            chance = np.random.default_rng([plan.seed, step])
            batch = batch_of(lessons, views[chosen], chance.random(len(chosen)) < 0.5)
            yield _shown(batch, plan, step)

    best = fit(student, loss_of, batches, lambda model: agreement(model, lessons, checked), plan, folder)
    return student, best


def _shown(batch: Batch, plan: Plan, step: int) -> Batch:
    """The batch in another light, and small at first."""
    chance = random.Random(plan.seed * 1_000_003 + step)
    picture = batch.picture * chance.uniform(0.8, 1.2) + chance.uniform(-0.2, 0.2)
    if step < plan.steps * _SMALL_SHARE:
        picture = F.interpolate(picture, size=(_SMALL, _SMALL), mode="bilinear", align_corners=False, antialias=True)
    return Batch(picture, batch.middle, batch.map, batch.logits)


@torch.no_grad()
def agreement(student: nn.Module, lessons: Lessons, rows: NDArray[np.int64], size: int = 100) -> float:
    """The share of these rows whose likeliest class is the same for student and teacher."""
    same = 0
    for first in range(0, len(rows), size):
        batch = batch_of(lessons, rows[first : first + size])
        *_, logits = student(batch.picture)
        same += int((logits.argmax(1) == batch.logits.argmax(1)).sum())
    return same / len(rows)
