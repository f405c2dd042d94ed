"""Layers that the encoders share."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn


def build_conv_block(
    in_channels: int,
    out_channels: int,
    kernel: int = 3,
    stride: int = 1,
    groups: int = 1,
    act: nn.Module | None = None,
    tensorflow_padding: bool = False,
) -> nn.Sequential:
    """Build a convolution, batch normalisation and an activation.

    Args:
        in_channels: The channels of the input.
        out_channels: The channels of the output.
        kernel: The side of the kernel. The output keeps the size of the input, but for the stride.
        stride: The stride of the convolution.
        groups: The groups of the convolution.
        act: The activation; None for none.
        tensorflow_padding: Whether a stride of 2 pads an even picture at its right and lower edge only, as TensorFlow does
            ("SAME"). A student of a net trained that way has to read the same pixels.

    Source:
        Ioffe and Szegedy 2015, Batch Normalization.
    """
    shifted = tensorflow_padding and stride == 2
    padding = kernel // 2 - 1 if shifted else kernel // 2
    return nn.Sequential(
        *([nn.ZeroPad2d((0, 1, 0, 1))] if shifted else []),
        nn.Conv2d(in_channels, out_channels, kernel, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(out_channels),
        *([act] if act else []),
    )


def pool_places(map: Tensor, stride: int) -> Tensor:
    """Return maps [B, C, H', W'] with overlapping means of three places a side around every stride-th place.

    A stride of 1 leaves the maps as they are.
    """
    if stride == 1:
        return map
    return F.avg_pool2d(map, 3, stride, 1, count_include_pad=False)
