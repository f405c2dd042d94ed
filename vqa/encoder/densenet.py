"""DenseNet in torch, with bottlenecks and compression (DenseNet-BC).

It is smaller than the published ones: growth 24, blocks of 4, 8, 12 and 8 layers.

Source:
    Huang et al. 2017, Densely Connected Convolutional Networks.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vqa.encoder.layers import build_conv_block

_GROWTH = 24
_BLOCKS = (4, 8, 12, 8)
_FIRST = 2 * _GROWTH


class DenseLayer(nn.Module):
    """A layer that reads everything before it in its block and adds growth channels.

    Source:
        Section 3, with bottlenecks.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            build_conv_block(channels, 4 * _GROWTH, 1, act=nn.ReLU()),
            nn.Conv2d(4 * _GROWTH, _GROWTH, 3, padding=1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return x [B, C, H', W'] and the layer's output: [B, C + growth, H', W']."""
        return torch.cat([x, self.net(x)], 1)


class DenseNet(nn.Module):
    """Map pictures [B, 3, H, W] to a map [B, 402, H / 32, W / 32].

    The intermediate map, middle, is [B, 210, H / 16, W / 16].
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [build_conv_block(3, _FIRST, 7, 2, act=nn.ReLU()), nn.MaxPool2d(3, 2, 1)]
        channels = _FIRST
        for number, count in enumerate(_BLOCKS[:3]):
            layers += [DenseLayer(channels + _GROWTH * place) for place in range(count)]
            channels += _GROWTH * count
            layers += [nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels // 2, 1, bias=False)]
            channels //= 2
            if number < 2:
                # The pooling of the third transition is the first layer of late.
                layers.append(nn.AvgPool2d(2, 2))
        self.middle = channels
        self.early = nn.Sequential(*layers)
        last = [DenseLayer(channels + _GROWTH * place) for place in range(_BLOCKS[3])]
        self.channels = channels + _GROWTH * _BLOCKS[3]
        self.late = nn.Sequential(nn.AvgPool2d(2, 2), *last, nn.BatchNorm2d(self.channels), nn.ReLU())
        self.act = nn.Identity()
