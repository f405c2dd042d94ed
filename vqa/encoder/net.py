"""The encoders under one interface, in torch."""

from __future__ import annotations

from torch import Tensor, nn

from vqa.encoder.alexnet import AlexNet
from vqa.encoder.config import Config
from vqa.encoder.densenet import DenseNet
from vqa.encoder.mobilenet import MobileNet
from vqa.encoder.resnet import ResNet

Trunk = AlexNet | ResNet | DenseNet | MobileNet
_TRUNKS: dict[str, type[AlexNet] | type[ResNet] | type[DenseNet] | type[MobileNet]] = {
    "alexnet": AlexNet,
    "resnet": ResNet,
    "densenet": DenseNet,
    "mobilenet": MobileNet,
}


class Net(nn.Module):
    """picture float32 [B, 3, H, W] to what is seen: a map [B, C, H', W'], and pooled [B, C], its mean.

    H' and W' are a thirty-second of H and W, which 32 must divide. Every trunk has a middle of twice that size, which a
    teacher can show it how to fill.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.trunk: Trunk = _TRUNKS[config.kind]()

    @property
    def channels(self) -> int:
        """C, the channels of the map."""
        return self.trunk.channels

    def stages(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The middle [B, M, 2 H', 2 W'], the map before its last activation, where the trunk has one there, and the map."""
        middle: Tensor = self.trunk.early(picture)
        late: Tensor = self.trunk.late(middle)
        return middle, late, self.trunk.act(late)

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """The map and the pooled vector."""
        *_, map = self.stages(picture)
        return map, map.mean((2, 3))
