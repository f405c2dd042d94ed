"""Distillation: a net learns to see as the teacher does.

First, if it is built as the teacher is, each of its blocks alone: given what the teacher's block was given, it learns to
make what that made (Wang et al. 2018, Progressive Blockwise Knowledge Distillation, section 3, all blocks at once); a block
is so small a net that few pictures teach it. Then the whole: what the teacher has on its way, and its map, place by place
(Romero et al. 2015, FitNets, section 2.2), its pooled vector, and its softened classes (Hinton et al. 2015, Distilling the
Knowledge in a Neural Network, section 2).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn

from data.image import ImagePreprocessor
from data.training.batches import batch_by_group
from data.training.loop import Plan, fit
from vqa.encoder.config import Config
from vqa.encoder.lessons import Batch, Lessons
from vqa.encoder.mobilenet import MobileNet
from vqa.encoder.net import Net
from vqa.encoder.teacher import CLASSES, MIDDLE, STAGES

_MIDDLE, _CHANNELS = 96, 1280
_WARMTH = 2.0
"""The temperature of the soft classes."""
_CHECKED = 400
_WINDOW, _PLACES = 28, 4_000
"""A block that is taught alone sees at most so many rows and columns of a map, and about so many places of all maps of a
batch: convolutions are the same everywhere, and large maps are dear.
"""


Loss = Callable[[nn.Module, Batch], Tensor]


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
        for convolution in (module for module in self.modules() if isinstance(module, nn.Conv2d)):
            convolution.weight.data = convolution.weight.data.contiguous(memory_format=torch.channels_last)

    @property
    def stages(self) -> dict[str, nn.Module]:
        """The parts that have a counterpart in the teacher, in order, by what they make."""
        trunk = self.net.trunk
        if not isinstance(trunk, MobileNet):
            return {}
        return dict(zip(STAGES, [*trunk.early, *trunk.late], strict=True))

    @property
    def taught(self) -> tuple[str, ...]:
        """What the whole is taught by: every stage that has a counterpart; at least the middle and the map."""
        return (*(self.stages or (MIDDLE, "map")), "logits")

    def forward(self, picture: Tensor) -> dict[str, Tensor]:
        """What it makes of picture [B, 3, H, W], by the names of what it is taught: [B, C, H', W'] as the teacher's, the map
        before its activation; logits [B, 1001].
        """
        trunk = self.net.trunk
        made: dict[str, Tensor] = {}
        if self.stages:
            x = picture
            for name, stage in self.stages.items():
                x = made[name] = stage(x)
        else:
            middle, x, _ = self.net.stages(picture)
            made = {MIDDLE: self.to_middle(middle), "map": self.to_map(x)}
        return {**made, "logits": self.head(trunk.act(x).mean((2, 3)))}


@torch.no_grad()
def begin(student: Student, batch: Batch) -> None:
    """Set out each stage, by its last normalisation, with the mean and the spread that the teacher's channels have.

    Mishkin and Matas 2016, All You Need Is a Good Init, section 3, in spirit: what data can tell is not left to be learned.
    """
    given = dict(zip(STAGES, ("", *STAGES), strict=False))
    for name, stage in student.stages.items():
        if name not in batch.answers:
            continue
        wanted = batch.answers[name]
        if getattr(stage, "straight", False):
            wanted = wanted - batch.answers[given[name]]
        last = [module for module in stage.modules() if isinstance(module, nn.BatchNorm2d)][-1]
        last.bias.copy_(wanted.mean((0, 2, 3)))
        last.weight.copy_(wanted.std((0, 2, 3)).clamp(min=1e-3))


def loss_apart(student: nn.Module, batch: Batch) -> Tensor:
    """How far each stage that the batch has an answer for is from the teacher's, given what the teacher's was given: the share of
    variance that it does not explain, summed. The head is given the teacher's pooled vector.
    """
    assert isinstance(student, Student)
    losses = []
    given: dict[str, Tensor] = {"stem": batch.picture}
    given |= {after: batch.answers[before] for before, after in pairwise(STAGES) if before in batch.answers}
    for name, stage in student.stages.items():
        if name in batch.answers and name in given:
            losses.append(_alone(stage, given[name], batch.answers[name], active=name == "map"))
    logits = student.head(batch.answers["map"].mean((2, 3)))
    return torch.stack(losses).sum() + _classes(logits, batch.answers["logits"])


def _alone(stage: nn.Module, given: Tensor, wanted: Tensor, active: bool) -> Tensor:
    """How far the stage is from what it should make of what it is given, in a window of it by chance."""
    side = wanted.shape[2]
    few = max(1, _PLACES // min(side, _WINDOW) ** 2)
    given, wanted = given[:few], wanted[:few]
    if side <= _WINDOW:
        return _unlike(stage(given.contiguous(memory_format=torch.channels_last)), wanted, active)
    top, left = (int(one) for one in torch.randint(side - _WINDOW + 1, (2,)))
    stride = given.shape[2] // side
    seen = given[:, :, stride * top : stride * (top + _WINDOW), stride * left : stride * (left + _WINDOW)]
    # At the window's edge it does not see what the teacher saw.
    made = stage(seen.contiguous(memory_format=torch.channels_last))[:, :, 1:-1, 1:-1]
    return _unlike(made, wanted[:, :, top + 1 : top + _WINDOW - 1, left + 1 : left + _WINDOW - 1], active)


def loss_whole(student: nn.Module, batch: Batch) -> Tensor:
    """How far the student is from the teacher: at each stage on its way, at its map, its pooled vector and its classes."""
    made = student(batch.picture)
    way = [_unlike(made[name], answer) for name, answer in batch.answers.items() if name not in ("map", "logits")]
    pooled, wanted = F.relu6(made["map"]).mean((2, 3)), batch.answers["map"].mean((2, 3))
    return (
        torch.stack(way).mean()
        + _unlike(made["map"], batch.answers["map"], active=True)
        + F.mse_loss(pooled, wanted) / wanted.var(0).mean()
        + _classes(made["logits"], batch.answers["logits"])
    )


def _unlike(made: Tensor, wanted: Tensor, active: bool = False) -> Tensor:
    """The squared difference as a share of the variance of what is wanted, brought to the size of what was made.

    Where wanted passed an activation and made did not: below zero and above six the teacher says nothing, and there it is
    enough to be there too (Heo et al. 2019, A Comprehensive Overhaul of Feature Distillation, section 3.2). A silent unit
    is told how far it is off.
    """
    if wanted.shape != made.shape:
        wanted = F.interpolate(wanted, size=made.shape[2:], mode="bilinear", align_corners=False)
    short = made - wanted
    if active:
        short = torch.where(wanted > 0, short, made.relu())
        short = torch.where(wanted > 5.9, short.clamp(max=0), short)
    # What a channel's mean is, is soon known; what counts is how it varies about it.
    return short.square().mean() / wanted.var((0, 2, 3)).mean().clamp(min=1e-6)


def _classes(logits: Tensor, wanted: Tensor) -> Tensor:
    soft, target = (logits / _WARMTH).log_softmax(-1), (wanted / _WARMTH).log_softmax(-1)
    return F.kl_div(soft, target, reduction="batchmean", log_target=True)


def train(
    lessons: Lessons,
    config: Config,
    codec: ImagePreprocessor,
    apart: Plan | None,
    whole: Sequence[Plan],
    size: int,
    folder: Path,
) -> tuple[Student, float]:
    """The student at the end of its plans, and how often it names the teacher's class on photos that were held out.

    apart is for a net that is built as the teacher is. Each plan for the whole goes on from the best of the one before, with
    its own seed and a rate that rises anew (Loshchilov and Hutter 2017, SGDR, section 3). Batches hold size views.
    Checkpoints and log go into folder; the same call goes on after an interruption. Raises ValueError for a plan to learn
    apart and a net without counterparts.
    """
    torch.manual_seed(whole[0].seed)
    student = Student(config)
    if apart and not student.stages:
        raise ValueError(f"a {config.kind} is not built as the teacher is, and can only learn from it as a whole")
    checked = random.Random(whole[0].seed).sample(lessons.held, min(len(lessons.held), _CHECKED))

    def batches(plan: Plan, wanted: Callable[[int], Sequence[str]]) -> Callable[[int], Iterator[Batch]]:
        def from_step(start: int) -> Iterator[Batch]:
            for step, chosen in enumerate(batch_by_group([len(lessons.learned)], size, plan.seed, start), start):
                chance = random.Random(plan.seed * 1_000_003 + step)
                yield lessons.batch([lessons.learned[one] for one in chosen], wanted(step), codec, chance)

        return from_step

    def validate(_: nn.Module) -> float:
        return agreement(student, lessons, checked, codec)

    if apart:
        begin(student, next(batches(apart, lambda _: student.taught)(0)))
        fit(student, loss_apart, batches(apart, lambda _: student.taught), validate, apart, folder / "apart")
    best = 0.0
    for number, plan in enumerate(whole, 1):
        best = fit(
            student, loss_whole, batches(plan, lambda _: student.taught), validate, plan, folder / f"whole-{number}"
        )
    return student, best


@torch.no_grad()
def agreement(
    student: nn.Module, lessons: Lessons, numbers: Sequence[int], codec: ImagePreprocessor, size: int = 50
) -> float:
    """The share of these photos whose likeliest class is the same for student and teacher."""
    same = 0
    for first in range(0, len(numbers), size):
        batch = lessons.batch(numbers[first : first + size], ["logits"], codec)
        logits = student(batch.picture)["logits"]
        same += int((logits.argmax(1) == batch.answers["logits"].argmax(1)).sum())
    return same / len(numbers)
