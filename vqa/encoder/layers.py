"""The layers that the encoders share."""

from __future__ import annotations

from torch import nn


def convolved(
    channels: int, made: int, kernel: int = 3, stride: int = 1, groups: int = 1, act: nn.Module | None = None
) -> nn.Sequential:
    """A convolution that keeps the size but for its stride, batch normalisation (Ioffe and Szegedy 2015), and act."""
    layers: list[nn.Module] = [
        nn.Conv2d(channels, made, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(made),
    ]
    return nn.Sequential(*layers, *([act] if act else []))
