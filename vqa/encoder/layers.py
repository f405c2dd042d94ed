"""The layers that the encoders share."""

from __future__ import annotations

from torch import nn


def convolved(
    channels: int,
    made: int,
    kernel: int = 3,
    stride: int = 1,
    groups: int = 1,
    act: nn.Module | None = None,
    late: bool = False,
) -> nn.Sequential:
    """A convolution that keeps the size but for its stride, batch normalisation (Ioffe and Szegedy 2015), and act.

    With late, and a stride of 2, an even picture is filled up at its right and lower edge alone, as TensorFlow does it ("SAME"):
    who learns from a net that was trained so has to look at the same pixels.
    """
    shifted = late and stride == 2
    padding = kernel // 2 - 1 if shifted else kernel // 2
    return nn.Sequential(
        *([nn.ZeroPad2d((0, 1, 0, 1))] if shifted else []),
        nn.Conv2d(channels, made, kernel, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(made),
        *([act] if act else []),
    )
