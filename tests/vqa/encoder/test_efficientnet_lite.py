"""python -m pytest tests/vqa/encoder/test_efficientnet_lite.py -m train"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.runtime import verify
from vqa.encoder.infer import Encoder

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from vqa.encoder.efficientnet_lite import (  # noqa: E402
    EfficientNetLite,
    SameConv2d,
    WeightsError,
    load_imagenet_weights,
)
from vqa.encoder.imagenet import import_encoder  # noqa: E402


@pytest.mark.parametrize(
    ("side", "kernel", "stride"), [(8, 3, 2), (7, 3, 2), (8, 5, 2), (9, 5, 2), (6, 3, 1), (6, 1, 1)]
)
def test_a_convolution_pads_as_tensorflow_does(side: int, kernel: int, stride: int) -> None:
    """SAME: as many outputs as the input divided by the stride, rounded up; the odd row is below, the odd column right."""
    conv = SameConv2d(1, 1, kernel, stride, bias=False)
    with torch.no_grad():
        conv.weight.fill_(1)
    made = conv(torch.ones(1, 1, side, side))[0, 0].detach().numpy()
    count = -(-side // stride)
    before = max((count - 1) * stride + kernel - side, 0) // 2
    seen = [
        len(set(range(place * stride - before, place * stride - before + kernel)) & set(range(side)))
        for place in range(count)
    ]
    assert np.array_equal(made, np.outer(seen, seen))


@pytest.mark.parametrize(
    ("kind", "blocks", "parameters"), [("efficientnet-lite0", 16, 4.65), ("efficientnet-lite2", 21, 6.09)]
)
def test_the_forms_have_the_published_sizes(kind: str, blocks: int, parameters: float) -> None:
    net = EfficientNetLite(kind)
    assert sum(type(part).__name__ == "MBConv" for part in (*net.early, *net.late)) == blocks
    assert sum(weight.numel() for weight in net.parameters()) / 1e6 == pytest.approx(parameters, abs=0.01)


def test_weights_become_an_encoder_that_serves_without_torch(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = EfficientNetLite("efficientnet-lite0")
    # Other names in the same order, as in the released files.
    torch.save({f"_{number}": array for number, array in enumerate(net.state_dict().values())}, tmp_path / "lite0.pth")
    made = import_encoder(tmp_path / "lite0.pth", tmp_path / "encoder", "efficientnet-lite0")
    assert verify(made) <= made.manifest.tolerance
    picture = tmp_path / "猫.png"
    Image.linear_gradient("L").convert("RGB").save(picture)
    features = Encoder(tmp_path / "encoder").encode(picture.read_bytes())
    assert features.map.shape == (1280, 7, 7)
    assert features.classes is not None
    assert features.classes.sum() == pytest.approx(1, abs=1e-4)
    assert features.content == "blank"


def test_weights_of_another_net_or_of_none_are_refused(tmp_path: Path) -> None:
    net = EfficientNetLite("efficientnet-lite0")
    torch.save(EfficientNetLite("efficientnet-lite2").state_dict(), tmp_path / "lite2.pth")
    with pytest.raises(WeightsError, match="386 arrays that are not those of this net, which has 296"):
        load_imagenet_weights(net, tmp_path / "lite2.pth")
    (tmp_path / "text.pth").write_text("不是权重")
    with pytest.raises(WeightsError, match="no weights that can be read"):
        load_imagenet_weights(net, tmp_path / "text.pth")
