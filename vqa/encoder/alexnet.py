"""AlexNet in torch.

Its five convolutions and their pooling. The three fully connected layers are left out, because a map is needed, and batch
normalisation replaces local response normalisation, which is no longer used.

Source:
    Krizhevsky et al. 2012, ImageNet Classification with Deep Convolutional Neural Networks, section 3.5.
"""

from __future__ import annotations

from torch import nn

from vqa.encoder.layers import build_conv_block


class AlexNet(nn.Module):
    """Map pictures [B, 3, H, W] to a map [B, 256, H / 32, W / 32].

    The intermediate map, middle, is [B, 192, H / 16, W / 16].
    """

    middle = 192
    channels = 256

    def __init__(self) -> None:
        super().__init__()
        self.early = nn.Sequential(
            build_conv_block(3, 64, 11, 4, act=nn.ReLU()),
            nn.MaxPool2d(3, 2, 1),
            build_conv_block(64, 192, 5, act=nn.ReLU()),
            nn.MaxPool2d(3, 2, 1),
        )
        self.late = nn.Sequential(
            build_conv_block(192, 384, act=nn.ReLU()),
            build_conv_block(384, 256, act=nn.ReLU()),
            build_conv_block(256, self.channels, act=nn.ReLU()),
            nn.MaxPool2d(3, 2, 1),
        )
        self.act = nn.Identity()
