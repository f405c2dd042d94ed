"""MobileNet v2 in torch: Sandler et al. 2018, Inverted Residuals and Linear Bottlenecks, table 2.

Letters: B batch, H' and W' rows and columns, in the end of a thirty-second of the picture.
"""

from __future__ import annotations

from torch import Tensor, nn

from vqa.encoder.layers import convolved

# Table 2: expansion, channels, blocks, stride of the first. The stages up to a sixteenth of the picture, and those after it.
_EARLY = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1))
_LATE = ((6, 160, 3, 2), (6, 320, 1, 1))


class InvertedResidual(nn.Module):
    """Wide by a 1 x 1 convolution, filtered channel by channel (depthwise), narrow again without ReLU (section 3.3)."""

    def __init__(self, channels: int, made: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = channels * expansion
        self.straight = stride == 1 and channels == made
        self.net = nn.Sequential(
            *([convolved(channels, wide, 1, act=nn.ReLU6())] if expansion > 1 else []),
            convolved(wide, wide, 3, stride, wide, nn.ReLU6(), late=True),
            convolved(wide, made, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """x [B, C, H', W'] after the block."""
        made: Tensor = self.net(x)
        return x + made if self.straight else made


class MobileNet(nn.Module):
    """Pictures [B, 3, H, W] to a map [B, 1280, H / 32, W / 32], by way of a middle [B, 96, H / 16, W / 16].

    late ends before the map's activation: whoever teaches the net has to tell it where it is too low.
    """

    middle = 96
    channels = 1280

    def __init__(self) -> None:
        super().__init__()
        self.early = nn.Sequential(convolved(3, 32, 3, 2, act=nn.ReLU6(), late=True), *_stages(32, _EARLY))
        self.late = nn.Sequential(*_stages(96, _LATE), convolved(320, self.channels, 1))
        self.act = nn.ReLU6()


def _stages(channels: int, stages: tuple[tuple[int, int, int, int], ...]) -> list[nn.Module]:
    made: list[nn.Module] = []
    for expansion, wide, blocks, stride in stages:
        for number in range(blocks):
            made.append(InvertedResidual(channels, wide, stride if number == 0 else 1, expansion))
            channels = wide
    return made
