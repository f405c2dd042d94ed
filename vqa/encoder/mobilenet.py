"""MobileNet v2 in torch.

Letters: B batch; H' and W' rows and columns of a map, at the end a thirty-second of the picture.

Source:
    Sandler et al. 2018, Inverted Residuals and Linear Bottlenecks, table 2.
"""

from __future__ import annotations

from torch import Tensor, nn

from vqa.encoder.layers import build_conv_block

# Table 2: expansion, channels, blocks, stride of the first. The stages up to a sixteenth of the picture, and those after it.
_EARLY = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1))
_LATE = ((6, 160, 3, 2), (6, 320, 1, 1))


class InvertedResidual(nn.Module):
    """Expand with a 1 x 1 convolution, filter each channel, and project without ReLU.

    Source:
        Section 3.3.
    """

    def __init__(self, channels: int, out_channels: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = channels * expansion
        self.has_shortcut = stride == 1 and channels == out_channels
        self.net = nn.Sequential(
            *([build_conv_block(channels, wide, 1, act=nn.ReLU6())] if expansion > 1 else []),
            build_conv_block(wide, wide, 3, stride, wide, nn.ReLU6(), tensorflow_padding=True),
            build_conv_block(wide, out_channels, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return x [B, C, H', W'] after the block."""
        made: Tensor = self.net(x)
        return x + made if self.has_shortcut else made


class MobileNet(nn.Module):
    """Map pictures [B, 3, H, W] to a map [B, 1280, H / 32, W / 32].

    The intermediate map, middle, is [B, 96, H / 16, W / 16]. late ends before the map's activation, since a loss has to show
    where a unit is too low.
    """

    middle = 96
    channels = 1280

    def __init__(self) -> None:
        super().__init__()
        self.early = nn.Sequential(
            build_conv_block(3, 32, 3, 2, act=nn.ReLU6(), tensorflow_padding=True), *_build_stages(32, _EARLY)
        )
        self.late = nn.Sequential(*_build_stages(96, _LATE), build_conv_block(320, self.channels, 1))
        self.act = nn.ReLU6()


def _build_stages(channels: int, stages: tuple[tuple[int, int, int, int], ...]) -> list[nn.Module]:
    made: list[nn.Module] = []
    for expansion, wide, blocks, stride in stages:
        for number in range(blocks):
            made.append(InvertedResidual(channels, wide, stride if number == 0 else 1, expansion))
            channels = wide
    return made
