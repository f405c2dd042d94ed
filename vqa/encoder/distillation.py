"""Knowledge distillation: train an encoder to reproduce the teacher's outputs.

A net built as the teacher first learns block by block: each block gets the input of the teacher's block and learns to produce
its output (Wang et al. 2018, Progressive Blockwise Knowledge Distillation, section 3, all blocks at once). A block is so small
that few pictures are enough. Then the whole net learns: the teacher's intermediate maps and its last map, position by position
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
from vqa.encoder.distillation_data import Batch, DistillationData
from vqa.encoder.mobilenet import MobileNet
from vqa.encoder.net import Net
from vqa.encoder.teacher import CLASSES, MIDDLE, STAGES

_MIDDLE, _CHANNELS = 96, 1280
_TEMPERATURE = 2.0
"""The temperature of the softened classes."""
_VALIDATION_PHOTOS = 400
_WINDOW, _POSITIONS = 28, 4_000
"""In blockwise training a block gets at most so many rows and columns of a map, and about so many positions of all maps of a
batch: convolutions are the same everywhere, and large maps are slow.
"""


Loss = Callable[[nn.Module, Batch], Tensor]


class Student(nn.Module):
    """A net with what is needed to compare it with the teacher.

    It adds a head for the teacher's classes, and 1 x 1 convolutions where the numbers of channels differ.
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
        """Return the parts that have a counterpart in the teacher, in order, by name."""
        trunk = self.net.trunk
        if not isinstance(trunk, MobileNet):
            return {}
        return dict(zip(STAGES, [*trunk.early, *trunk.late], strict=True))

    @property
    def targets(self) -> tuple[str, ...]:
        """Return the names of the teacher's outputs that the whole net learns.

        These are all stages that have a counterpart, or at least the middle and the map; and the logits.
        """
        return (*(self.stages or (MIDDLE, "map")), "logits")

    def forward(self, picture: Tensor) -> dict[str, Tensor]:
        """Return the outputs that are compared with the teacher's, by name.

        Args:
            picture: float32 [B, 3, H, W].

        Returns:
            Maps [B, C, H', W'] with the teacher's channels, the last one before its activation; logits [B, 1001].
        """
        trunk = self.net.trunk
        made: dict[str, Tensor] = {}
        if self.stages:
            x = picture
            for name, stage in self.stages.items():
                x = made[name] = stage(x)
        else:
            middle, x, _ = self.net.forward_stages(picture)
            made = {MIDDLE: self.to_middle(middle), "map": self.to_map(x)}
        return {**made, "logits": self.head(trunk.act(x).mean((2, 3)))}


@torch.no_grad()
def init_from_teacher(student: Student, batch: Batch) -> None:
    """Initialise each stage's last normalisation with the teacher's statistics.

    Its bias becomes the mean, its weight the standard deviation of each of the teacher's channels on the batch.

    Source:
        Mishkin and Matas 2016, All You Need Is a Good Init, section 3, in spirit.
    """
    given = dict(zip(STAGES, ("", *STAGES), strict=False))
    for name, stage in student.stages.items():
        if name not in batch.targets:
            continue
        wanted = batch.targets[name]
        if getattr(stage, "has_shortcut", False):
            wanted = wanted - batch.targets[given[name]]
        last = [module for module in stage.modules() if isinstance(module, nn.BatchNorm2d)][-1]
        last.bias.copy_(wanted.mean((0, 2, 3)))
        last.weight.copy_(wanted.std((0, 2, 3)).clamp(min=1e-3))


def blockwise_loss(student: nn.Module, batch: Batch) -> Tensor:
    """Return the loss of each stage alone, given the input of the teacher's stage.

    It is the share of variance that each stage does not explain, summed over the stages that the batch has targets for, plus the
    class loss of the head, which gets the teacher's pooled vector.
    """
    assert isinstance(student, Student)
    losses = []
    given: dict[str, Tensor] = {"stem": batch.picture}
    given |= {after: batch.targets[before] for before, after in pairwise(STAGES) if before in batch.targets}
    for name, stage in student.stages.items():
        if name in batch.targets and name in given:
            losses.append(_block_loss(stage, given[name], batch.targets[name], active=name == "map"))
    logits = student.head(batch.targets["map"].mean((2, 3)))
    return torch.stack(losses).sum() + _class_loss(logits, batch.targets["logits"])


def _block_loss(stage: nn.Module, given: Tensor, wanted: Tensor, active: bool) -> Tensor:
    """Return the error of one stage on a random window of its input."""
    side = wanted.shape[2]
    few = max(1, _POSITIONS // min(side, _WINDOW) ** 2)
    given, wanted = given[:few], wanted[:few]
    if side <= _WINDOW:
        return _relative_error(stage(given.contiguous(memory_format=torch.channels_last)), wanted, active)
    top, left = (int(offset) for offset in torch.randint(side - _WINDOW + 1, (2,)))
    stride = given.shape[2] // side
    seen = given[:, :, stride * top : stride * (top + _WINDOW), stride * left : stride * (left + _WINDOW)]
    # At the border of the window the teacher saw pixels that the stage does not see.
    made = stage(seen.contiguous(memory_format=torch.channels_last))[:, :, 1:-1, 1:-1]
    return _relative_error(made, wanted[:, :, top + 1 : top + _WINDOW - 1, left + 1 : left + _WINDOW - 1], active)


def distillation_loss(student: nn.Module, batch: Batch) -> Tensor:
    """Return the loss of the whole student.

    It sums the errors of its intermediate maps, its last map, its pooled vector and its classes.
    """
    made = student(batch.picture)
    way = [
        _relative_error(made[name], answer) for name, answer in batch.targets.items() if name not in ("map", "logits")
    ]
    pooled, wanted = F.relu6(made["map"]).mean((2, 3)), batch.targets["map"].mean((2, 3))
    return (
        torch.stack(way).mean()
        + _relative_error(made["map"], batch.targets["map"], active=True)
        + F.mse_loss(pooled, wanted) / wanted.var(0).mean()
        + _class_loss(made["logits"], batch.targets["logits"])
    )


def _relative_error(made: Tensor, wanted: Tensor, active: bool = False) -> Tensor:
    """Return the squared error as a share of the target's variance.

    The target is resized to the size of the output. Where the target passed an activation and the output did not, the teacher
    says nothing below 0 and above 6, and it is enough that the output lies there too; an inactive unit learns how far it is off.

    Source:
        Heo et al. 2019, A Comprehensive Overhaul of Feature Distillation, section 3.2.
    """
    if wanted.shape != made.shape:
        wanted = F.interpolate(wanted, size=made.shape[2:], mode="bilinear", align_corners=False)
    short = made - wanted
    if active:
        short = torch.where(wanted > 0, short, made.relu())
        short = torch.where(wanted > 5.9, short.clamp(max=0), short)
    # The mean of a channel is learned quickly; the variation about it is what counts.
    return short.square().mean() / wanted.var((0, 2, 3)).mean().clamp(min=1e-6)


def _class_loss(logits: Tensor, wanted: Tensor) -> Tensor:
    soft, target_log_probs = (logits / _TEMPERATURE).log_softmax(-1), (wanted / _TEMPERATURE).log_softmax(-1)
    return F.kl_div(soft, target_log_probs, reduction="batchmean", log_target=True)


def train(
    data: DistillationData,
    config: Config,
    codec: ImagePreprocessor,
    blockwise: Plan | None,
    whole: Sequence[Plan],
    size: int,
    folder: Path,
) -> tuple[Student, float]:
    """Train a student and return it with its validation score.

    Args:
        data: Photos and the teacher.
        config: The architecture of the student.
        codec: Prepares the student's pictures.
        blockwise: The plan for training block by block; None to skip it. Only a net built as the teacher can use it.
        whole: The plans for training the whole net. Each starts from the best of the one before, with its own seed and a rate
            that rises again.
        size: The number of views in a batch.
        folder: Holds checkpoints and logs; the same call continues after an interruption.

    Returns:
        The student, and the share of held-out photos on which it predicts the teacher's class.

    Raises:
        ValueError: A blockwise plan is given for a net without counterparts in the teacher.

    Source:
        Loshchilov and Hutter 2017, SGDR, section 3, for the restarts.
    """
    torch.manual_seed(whole[0].seed)
    student = Student(config)
    if blockwise and not student.stages:
        raise ValueError(
            f"a {config.kind} is not built as the teacher: it has no blocks to train one by one. Leave out the blockwise plan"
        )
    checked = random.Random(whole[0].seed).sample(data.held_out, min(len(data.held_out), _VALIDATION_PHOTOS))

    def batches(plan: Plan, wanted: Callable[[int], Sequence[str]]) -> Callable[[int], Iterator[Batch]]:
        def start_at(start: int) -> Iterator[Batch]:
            for step, chosen in enumerate(batch_by_group([len(data.training)], size, plan.seed, start), start):
                chance = random.Random(plan.seed * 1_000_003 + step)
                yield data.batch([data.training[one] for one in chosen], wanted(step), codec, chance)

        return start_at

    def validate(_: nn.Module) -> float:
        return measure_agreement(student, data, checked, codec)

    if blockwise:
        init_from_teacher(student, next(batches(blockwise, lambda _: student.targets)(0)))
        fit(
            student,
            blockwise_loss,
            batches(blockwise, lambda _: student.targets),
            validate,
            blockwise,
            folder / "apart",
        )
    best = 0.0
    for number, plan in enumerate(whole, 1):
        best = fit(
            student,
            distillation_loss,
            batches(plan, lambda _: student.targets),
            validate,
            plan,
            folder / f"whole-{number}",
        )
    return student, best


@torch.no_grad()
def measure_agreement(
    student: nn.Module, data: DistillationData, numbers: Sequence[int], codec: ImagePreprocessor, size: int = 50
) -> float:
    """Return the share of photos on which student and teacher predict the same class."""
    same = 0
    for first in range(0, len(numbers), size):
        batch = data.batch(numbers[first : first + size], ["logits"], codec)
        logits = student(batch.picture)["logits"]
        same += int((logits.argmax(1) == batch.targets["logits"].argmax(1)).sum())
    return same / len(numbers)
