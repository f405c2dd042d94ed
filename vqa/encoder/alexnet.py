"""AlexNet in torch: Krizhevsky et al. 2012, ImageNet Classification with Deep Convolutional Neural Networks, section 3.5.

Its five convolutions and their pooling; the three layers that are fully connected are left out, because a map is wanted, and
batch normalisation stands in the place of local response normalisation, which nobody trains with any more.
"""

from __future__ import annotations

from torch import nn

from vqa.encoder.layers import convolved


class AlexNet(nn.Module):
    """Pictures [B, 3, H, W] to a map [B, 256, H / 32, W / 32], by way of a middle [B, 192, H / 16, W / 16]."""

    middle = 192
    channels = 256

    def __init__(self) -> None:
        super().__init__()
        self.early = nn.Sequential(
            convolved(3, 64, 11, 4, act=nn.ReLU()),
            nn.MaxPool2d(3, 2, 1),
            convolved(64, 192, 5, act=nn.ReLU()),
            nn.MaxPool2d(3, 2, 1),
        )
        self.late = nn.Sequential(
            convolved(192, 384, act=nn.ReLU()),
            convolved(384, 256, act=nn.ReLU()),
            convolved(256, self.channels, act=nn.ReLU()),
            nn.MaxPool2d(3, 2, 1),
        )
        self.act = nn.Identity()
