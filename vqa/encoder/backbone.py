"""Convert a Hugging Face vision backbone into an encoder artifact.

The input is a folder as save_pretrained() writes it; nothing is downloaded. The artifact serves like our own encoder, without
torch, and captioners and answerers can be trained on it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from data import artifact
from data.artifact import Artifact, Manifest
from data.image import ImagePreprocessor
from data.training.export import export, quantize_with_golden
from vqa.encoder.infer import GRAPH, OUTPUTS

PREPROCESSING = "preprocessor_config.json"
_CONFIG = "config.json"


class BackboneError(ValueError):
    """A folder that holds no usable vision backbone.

    The message says what is there and what is expected.
    """


class Backbone(nn.Module):
    """Map pictures float32 [B, 3, S, S] to a map and its mean.

    The map is [B, C, H', W'], the mean [B, C]. A convolutional net gives its last map as it is. The patches of a Transformer are
    laid out as they were cut, without tokens that stand for no patch, such as the class token.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """Return the map and the pooled vector."""
        features: Tensor = self.model(pixel_values=picture).last_hidden_state
        if features.dim() == 3:
            side = int((features.shape[1]) ** 0.5)
            patches = features[:, features.shape[1] - side * side :].transpose(1, 2)
            features = patches.reshape(*patches.shape[:2], side, side)
        return features, features.mean((2, 3))


def load_backbone(folder: Path) -> tuple[Backbone, ImagePreprocessor]:
    """Load the backbone of a folder, and the preprocessing that it expects.

    Raises:
        BackboneError: The folder holds no backbone that gives a map.
    """
    if not (folder / _CONFIG).is_file():
        raise BackboneError(f"{folder} has no {_CONFIG}; expected a Hugging Face model as save_pretrained() writes it.")
    os.environ["HF_HUB_OFFLINE"] = "1"
    from safetensors import SafetensorError
    from transformers import AutoModel

    try:
        # Eager attention can be exported, and safetensors files hold no code.
        model = AutoModel.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, attn_implementation="eager"
        )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise BackboneError(f"{folder} holds no model that transformers can load: {error}") from error
    codec = read_preprocessing(folder, model.config)
    backbone, what = Backbone(model.eval()), f"{folder} holds a {type(model).__name__}"
    try:
        with torch.no_grad():
            map, _ = backbone(torch.zeros(1, 3, codec.size, codec.size))
        usable = map.dim() == 4
    except (TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise BackboneError(f"{what}, which cannot read pictures of {codec.size} pixels: {error}") from error
    if not usable:
        raise BackboneError(f"{what}, which gives no map: {tuple(map.shape)}; expected [B, C, H, W]")
    return backbone, codec


def read_preprocessing(folder: Path, config: Any) -> ImagePreprocessor:
    """Read how the backbone expects its pictures from preprocessor_config.json.

    Pictures are squashed to a square. Cropping is ignored, so that nothing of a picture is lost.

    Raises:
        BackboneError: The file is missing or has settings that are not supported.
    """
    path = folder / PREPROCESSING
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BackboneError(
            f"{path} cannot be read ({error}); it says how pictures are prepared. Put it into the folder too."
        ) from error
    size = _parse_side(raw.get("crop_size")) or _parse_side(raw.get("size")) or getattr(config, "image_size", None)
    mean, std = raw.get("image_mean", [0.5] * 3), raw.get("image_std", [0.5] * 3)
    factor = raw.get("rescale_factor", 1 / 255)
    if not isinstance(size, int) or len(mean) != 3 or len(std) != 3 or not np.isclose(factor, 1 / 255, rtol=1e-3):
        raise BackboneError(
            f"{path} asks for the size {raw.get('size')!r}, mean {mean!r}, std {std!r} and factor {factor!r}; expected one side "
            "in pixels, three means and stds, and 1/255."
        )
    if not raw.get("do_normalize", True):
        mean, std = [0.0] * 3, [1.0] * 3
    return ImagePreprocessor(size, (mean[0], mean[1], mean[2]), (std[0], std[1], std[2]))


def _parse_side(size: object) -> int | None:
    if isinstance(size, int):
        return size
    if isinstance(size, Mapping):
        features = {size[name] for name in ("height", "width", "shortest_edge") if name in size}
        return int(features.pop()) if len(features) == 1 else None
    return None


def convert_backbone(folder: Path, out: Path) -> Artifact:
    """Convert the backbone of a folder into an encoder artifact in out.

    Raises:
        BackboneError: The folder holds no usable backbone.
        ExportError: onnxruntime does not agree with torch.
    """
    backbone, codec = load_backbone(folder)
    chance = np.random.default_rng(0)
    example = {"picture": codec.normalize(chance.integers(0, 256, (1, codec.size, codec.size, 3), dtype=np.uint8))}
    axes = {"picture": {0: "B"}, "map": {0: "B"}, "pooled": {0: "B"}}
    graph, _ = export(backbone, example, OUTPUTS, axes, GRAPH)
    small, golden = quantize_with_golden(graph, example, GRAPH)
    manifest = Manifest(
        name=out.name,
        version="1",
        trained_on=f"whatever {folder.name} was trained on; its card says",
        licence="that of the backbone",
        limits="Those of the backbone. What shipped reads another encoder: train a captioner and an answerer on this one.",
        train="python -m vqa train --model encoder --backbone FOLDER",
        tolerance=5e-3,
    )
    config = {"model": "backbone", "kind": type(backbone.model).__name__}
    described = replace(manifest, config=config, codec=codec.to_dict())
    return artifact.write(out, described, {GRAPH: small}, golden=golden)
