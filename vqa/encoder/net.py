"""The encoders under one interface, in torch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import Tensor, nn

from vqa.encoder.alexnet import AlexNet
from vqa.encoder.config import Config
from vqa.encoder.densenet import DenseNet
from vqa.encoder.efficientnet_lite import EfficientNetLite
from vqa.encoder.mobilenet import MobileNet
from vqa.encoder.resnet import ResNet

Trunk = AlexNet | ResNet | DenseNet | MobileNet | EfficientNetLite
_TRUNKS: dict[str, Callable[[], Trunk]] = {
    "alexnet": AlexNet,
    "resnet": ResNet,
    "densenet": DenseNet,
    "mobilenet": MobileNet,
    "efficientnet-lite0": partial(EfficientNetLite, "efficientnet-lite0"),
    "efficientnet-lite2": partial(EfficientNetLite, "efficientnet-lite2"),
}


class Net(nn.Module):
    """Map pictures float32 [B, 3, H, W] to a map and its mean.

    The map is [B, C, H', W'], the mean [B, C]. H' and W' are a thirty-second of H and W, which must be multiples of 32 (an
    EfficientNet-Lite rounds up). Every trunk has an intermediate map, middle, of twice that size, which a teacher can supervise.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.trunk: Trunk = _TRUNKS[config.kind]()

    @property
    def channels(self) -> int:
        """Return C, the channels of the map."""
        return self.trunk.channels

    def forward_stages(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the middle, the map before its last activation, and the map.

        The middle is [B, M, 2 H', 2 W'], both maps [B, C, H', W']. Where the trunk has no last activation both maps are the same.
        """
        middle: Tensor = self.trunk.early(picture)
        late: Tensor = self.trunk.late(middle)
        return middle, late, self.trunk.act(late)

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """Return the map and the pooled vector."""
        *_, map = self.forward_stages(picture)
        return map, map.mean((2, 3))


class ClassifyingNet(nn.Module):
    """Map pictures float32 [B, 3, S, S] to a map, its mean, and the probabilities of ImageNet's classes."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        assert isinstance(net.trunk, EfficientNetLite)
        self.net, self.classifier = net, net.trunk.classifier

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the map [B, C, H', W'], the pooled vector [B, C] and the probabilities [B, 1000]."""
        map, pooled = self.net(picture)
        return map, pooled, self.classifier(pooled).softmax(-1)
