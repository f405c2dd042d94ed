"""EfficientNet-Lite in torch, and its ImageNet weights.

The Lite form has ReLU6 and no squeeze-and-excitation; its stem, head, first and last stage keep their size whatever the scale.

Letters: B batch; H' and W' rows and columns of a map, at the end a thirty-second of the picture, rounded up.

Source:
    Tan and Le 2019, EfficientNet, table 1 and section 3.3; the Lite release of 2020 (Apache-2.0,
    tensorflow/tpu/models/official/efficientnet/lite).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn

IMAGENET_CLASSES = 1000
_EPSILON = 1e-3
# Table 1: kernel, stride of the first block, expansion, channels, blocks. The stages up to a sixteenth, and those after it.
_EARLY = ((3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3), (5, 1, 6, 112, 3))
_LATE = ((5, 2, 6, 192, 4), (3, 1, 6, 320, 1))
_STEM, _HEAD, _DIVISOR = 32, 1280, 8


@dataclass(frozen=True)
class Scale:
    """How a form widens and deepens the smallest one, and the side in pixels that it was trained on."""

    width: float
    depth: float
    side: int


SCALES: Mapping[str, Scale] = {"efficientnet-lite0": Scale(1.0, 1.0, 224), "efficientnet-lite2": Scale(1.1, 1.2, 260)}


class SameConv2d(nn.Conv2d):
    """A convolution that pads as TensorFlow does ("SAME").

    The output has the size of the input divided by the stride, rounded up. An odd number of padded rows or columns puts the
    extra one below or to the right.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the output [B, C, H', W'] for x [B, C, H, W]."""
        pads: list[int] = []
        for side, kernel, stride in zip(reversed(x.shape[2:]), self.kernel_size[::-1], self.stride[::-1], strict=True):
            total = max((math.ceil(int(side) / stride) - 1) * stride + kernel - int(side), 0)
            pads += [total // 2, total - total // 2]
        return super().forward(F.pad(x, pads) if any(pads) else x)


class MBConv(nn.Module):
    """Expand with a 1 x 1 convolution, filter each channel, and project without an activation."""

    def __init__(self, channels: int, out_channels: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = channels * expansion
        self.has_shortcut = stride == 1 and channels == out_channels
        self.net = nn.Sequential(
            *(_build_block(channels, wide, 1) if expansion > 1 else []),
            *_build_block(wide, wide, kernel, stride, wide),
            *_build_block(wide, out_channels, 1)[:-1],
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return x [B, C, H', W'] after the block."""
        made: Tensor = self.net(x)
        return x + made if self.has_shortcut else made


class EfficientNetLite(nn.Module):
    """Map pictures [B, 3, H, W] to a map [B, 1280, H', W'].

    The intermediate map, middle, is a sixteenth of the picture. late ends before the map's activation. classifier maps the
    pooled vector to the scores of ImageNet's classes.
    """

    channels = _HEAD

    def __init__(self, kind: str = "efficientnet-lite2") -> None:
        super().__init__()
        scale = SCALES[kind]
        early, self.middle = _build_stages(_STEM, _EARLY, scale, keep=0)
        late, channels = _build_stages(self.middle, _LATE, scale, keep=len(_LATE) - 1)
        self.early = nn.Sequential(*_build_block(3, _STEM, 3, 2), *early)
        self.late = nn.Sequential(*late, *_build_block(channels, _HEAD, 1)[:-1])
        self.act = nn.ReLU6()
        self.classifier = nn.Linear(_HEAD, IMAGENET_CLASSES)


def _build_block(channels: int, out_channels: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    return [
        SameConv2d(channels, out_channels, kernel, stride, groups=groups, bias=False),
        nn.BatchNorm2d(out_channels, _EPSILON),
        nn.ReLU6(),
    ]


def _build_stages(
    channels: int, stages: tuple[tuple[int, int, int, int, int], ...], scale: Scale, keep: int
) -> tuple[list[nn.Module], int]:
    """Return the blocks of stages and their output channels; the stage number `keep` keeps its depth."""
    made: list[nn.Module] = []
    for number, (kernel, stride, expansion, width, blocks) in enumerate(stages):
        wide = _round_channels(width * scale.width)
        count = blocks if number == keep else math.ceil(blocks * scale.depth)
        for block in range(count):
            made.append(MBConv(channels, wide, kernel, stride if block == 0 else 1, expansion))
            channels = wide
    return made, channels


def _round_channels(channels: float) -> int:
    # The nearest multiple, but never less than nine tenths, as in the released code.
    rounded = max(_DIVISOR, int(channels + _DIVISOR / 2) // _DIVISOR * _DIVISOR)
    return rounded + _DIVISOR if rounded < 0.9 * channels else rounded


class WeightsError(ValueError):
    """A file of weights that does not fit the net; the message says which and what is expected."""


def load_imagenet_weights(net: EfficientNetLite, file: Path) -> None:
    """Load ImageNet weights from a file of plain tensors in the order of the layers.

    Raises:
        WeightsError: The file cannot be read, holds anything but tensors, or is of another net.
    """
    try:
        given = torch.load(file, map_location="cpu", weights_only=True)
        arrays = list(given.values())
    except Exception as error:
        # torch raises errors of many classes here: unpickling, zip, end of file.
        raise WeightsError(
            f"{file} holds no weights that can be read ({error}); expected the state_dict of an EfficientNet-Lite"
        ) from error
    own = net.state_dict()
    fits = len(arrays) == len(own) and all(
        isinstance(array, Tensor) and array.shape == wanted.shape
        for array, wanted in zip(arrays, own.values(), strict=True)
    )
    if not fits:
        raise WeightsError(
            f"{file} holds {len(arrays)} arrays that are not those of this net, which has {len(own)}; expected those of "
            f"the same form, one of {', '.join(SCALES)}"
        )
    net.load_state_dict(dict(zip(own, arrays, strict=True)))
