"""ResNet-18 in torch, three quarters as wide as the published one.

This width can be trained on two cores.

Source:
    He et al. 2016, Deep Residual Learning for Image Recognition.
"""

from __future__ import annotations

from torch import Tensor, nn

from vqa.encoder.layers import build_conv_block

_WIDTHS = (48, 96, 192, 384)


class Residual(nn.Module):
    """Two 3 x 3 convolutions with a shortcut.

    The shortcut is a 1 x 1 convolution where sizes change.

    Source:
        Section 3.3, option B.
    """

    def __init__(self, channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            build_conv_block(channels, out_channels, 3, stride, act=nn.ReLU()),
            build_conv_block(out_channels, out_channels),
        )
        same = stride == 1 and channels == out_channels
        self.straight = nn.Identity() if same else build_conv_block(channels, out_channels, 1, stride)
        self.act = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Return x [B, C, H', W'] after the block."""
        made: Tensor = self.act(self.net(x) + self.straight(x))
        return made


class ResNet(nn.Module):
    """Map pictures [B, 3, H, W] to a map [B, 384, H / 32, W / 32].

    The intermediate map, middle, is [B, 192, H / 16, W / 16].
    """

    middle = _WIDTHS[2]
    channels = _WIDTHS[3]

    def __init__(self) -> None:
        super().__init__()
        first, second, third, fourth = _WIDTHS
        self.early = nn.Sequential(
            build_conv_block(3, first, 7, 2, act=nn.ReLU()),
            nn.MaxPool2d(3, 2, 1),
            Residual(first, first, 1),
            Residual(first, first, 1),
            Residual(first, second, 2),
            Residual(second, second, 1),
            Residual(second, third, 2),
            Residual(third, third, 1),
        )
        self.late = nn.Sequential(Residual(third, fourth, 2), Residual(fourth, fourth, 1))
        self.act = nn.Identity()
