"""ResNet in torch, its 18 layers: He et al. 2016, Deep Residual Learning for Image Recognition.

Three quarters as wide as the published one: what two cores can train.
"""

from __future__ import annotations

from torch import Tensor, nn

from vqa.encoder.layers import convolved

_WIDTHS = (48, 96, 192, 384)


class Residual(nn.Module):
    """Two 3 x 3 convolutions beside a straight way; a 1 x 1 convolution where sizes change (section 3.3, option B)."""

    def __init__(self, channels: int, made: int, stride: int) -> None:
        super().__init__()
        self.net = nn.Sequential(convolved(channels, made, 3, stride, act=nn.ReLU()), convolved(made, made))
        same = stride == 1 and channels == made
        self.straight = nn.Identity() if same else convolved(channels, made, 1, stride)
        self.act = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """x [B, C, H', W'] after the block."""
        made: Tensor = self.act(self.net(x) + self.straight(x))
        return made


class ResNet(nn.Module):
    """Pictures [B, 3, H, W] to a map [B, 384, H / 32, W / 32], by way of a middle [B, 192, H / 16, W / 16]."""

    middle = _WIDTHS[2]
    channels = _WIDTHS[3]

    def __init__(self) -> None:
        super().__init__()
        first, second, third, fourth = _WIDTHS
        self.early = nn.Sequential(
            convolved(3, first, 7, 2, act=nn.ReLU()),
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
