"""python -m pytest tests/vqa/encoder/test_backbone.py -m train"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from data.runtime import verify
from tests.vqa.pictures import jpeg
from vqa.encoder.infer import Encoder

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from vqa.encoder.backbone import PREPROCESSING, BackboneError, convert_backbone, load_backbone  # noqa: E402

PREPARED = {"size": {"height": 64, "width": 64}, "image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.2, 0.2]}


def save_model(model: Any, folder: Path, prepared: object = PREPARED) -> Path:
    model.save_pretrained(folder)
    (folder / PREPROCESSING).write_text(json.dumps(prepared), encoding="utf-8")
    return folder


def save_resnet(folder: Path, prepared: object = PREPARED) -> Path:
    from transformers import ResNetConfig, ResNetModel

    torch.manual_seed(0)
    config = ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic")
    return save_model(ResNetModel(config), folder, prepared)


def save_vit(folder: Path) -> Path:
    from transformers import ViTConfig, ViTModel

    torch.manual_seed(0)
    config = ViTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, image_size=64, patch_size=16
    )
    return save_model(ViTModel(config), folder)


@pytest.mark.parametrize(("make", "shape"), [(save_resnet, (16, 8, 8)), (save_vit, (16, 4, 4))])
def test_a_backbone_serves_as_an_encoder(make: Any, shape: tuple[int, ...], tmp_path: Path) -> None:
    folder = make(tmp_path / "骨干")
    assert verify(convert_backbone(folder, tmp_path / "encoder")) <= 5e-3
    encoder = Encoder(tmp_path / "encoder")
    backbone, codec = load_backbone(folder)
    picture = jpeg("red", (90, 60), spot="blue")
    features = encoder.encode(picture)
    assert features.map.shape == shape
    with torch.no_grad():
        map, pooled = backbone(torch.from_numpy(codec.encode([picture])))
    assert np.allclose(features.map, map[0].numpy(), atol=0.02)
    assert np.allclose(features.pooled, pooled[0].numpy(), atol=0.02)
    # The spot is in the left upper quarter: that is where two maps differ.
    plain = encoder.encode(jpeg("red", (90, 60)))
    apart = np.abs(features.map - plain.map).sum(0)
    half = shape[1] // 2
    assert apart[:half, :half].mean() > apart[half:, half:].mean()


def test_preprocessing_is_the_backbones_own(tmp_path: Path) -> None:
    _, codec = load_backbone(
        save_resnet(tmp_path / "a", {"size": {"shortest_edge": 72}, "crop_size": 64, "do_normalize": False})
    )
    assert (codec.size, codec.mean, codec.std) == (64, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    with pytest.raises(BackboneError, match="expected one side in pixels"):
        load_backbone(save_resnet(tmp_path / "b", {"size": {"height": 64, "width": 32}}))
    with pytest.raises(BackboneError, match="1/255"):
        load_backbone(save_resnet(tmp_path / "c", {**PREPARED, "rescale_factor": 1.0}))


def test_what_is_no_backbone_is_said(tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()
    with pytest.raises(BackboneError, match=r"has no config\.json"):
        load_backbone(tmp_path / "空")
    folder = save_resnet(tmp_path / "resnet")
    (folder / PREPROCESSING).unlink()
    with pytest.raises(BackboneError, match="Put it into the folder too"):
        load_backbone(folder)
    from transformers import BertConfig, BertModel

    words = BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, vocab_size=20)
    with pytest.raises(BackboneError, match="BertModel, which cannot read pictures"):
        load_backbone(save_model(BertModel(words), tmp_path / "bert"))
    (folder / "model.safetensors").write_bytes(b"\0" * 10)
    (folder / PREPROCESSING).write_text(json.dumps(PREPARED), encoding="utf-8")
    with pytest.raises(BackboneError, match="no model that transformers can load"):
        load_backbone(folder)
