"""Any Hugging Face vision backbone as an encoder: a folder as save_pretrained() writes it in, an artifact out.

What comes out serves like our own: without torch, and captioners and answerers can be trained on it. Nothing is asked of any hub.
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
    """A folder that holds no vision backbone that can be used: what is there, what is expected."""


class Backbone(nn.Module):
    """picture float32 [B, 3, S, S] to map [B, C, H', W'] and pooled [B, C], its mean, whatever the model calls them.

    A convolutional net gives its last map as it is; the patches of a Transformer are laid out as they were cut, tokens that stand
    for no patch (such as the one for the class) left out.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """The map and the pooled vector."""
        found: Tensor = self.model(pixel_values=picture).last_hidden_state
        if found.dim() == 3:
            side = int((found.shape[1]) ** 0.5)
            patches = found[:, found.shape[1] - side * side :].transpose(1, 2)
            found = patches.reshape(*patches.shape[:2], side, side)
        return found, found.mean((2, 3))


def opened(folder: Path) -> tuple[Backbone, ImagePreprocessor]:
    """The backbone in the folder and how it wants its pictures. Raises BackboneError."""
    if not (folder / _CONFIG).is_file():
        raise BackboneError(f"{folder} has no {_CONFIG}; expected a Hugging Face model as save_pretrained() writes it.")
    os.environ["HF_HUB_OFFLINE"] = "1"
    from safetensors import SafetensorError
    from transformers import AutoModel

    try:
        # The attention that is written out can be exported; safetensors hold no code.
        model = AutoModel.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, attn_implementation="eager"
        )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise BackboneError(f"{folder} holds no model that transformers can load: {error}") from error
    codec = codec_of(folder, model.config)
    backbone, what = Backbone(model.eval()), f"{folder} holds a {type(model).__name__}"
    try:
        with torch.no_grad():
            map, _ = backbone(torch.zeros(1, 3, codec.size, codec.size))
        usable = map.dim() == 4
    except (TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise BackboneError(f"{what}, which takes no pictures of {codec.size} pixels: {error}") from error
    if not usable:
        raise BackboneError(f"{what}, which gives no map: {tuple(map.shape)}; expected [B, C, H, W]")
    return backbone, codec


def codec_of(folder: Path, config: Any) -> ImagePreprocessor:
    """How the backbone wants its pictures, as its preprocessor_config.json says. Raises BackboneError if that is missing or odd.

    Pictures are squashed to the square; what the file says of cropping is not done, so that nothing of a picture is lost.
    """
    path = folder / PREPROCESSING
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BackboneError(
            f"{path} cannot be read ({error}); it says how pictures are prepared. Fetch it too."
        ) from error
    size = _side(raw.get("crop_size")) or _side(raw.get("size")) or getattr(config, "image_size", None)
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


def _side(size: object) -> int | None:
    if isinstance(size, int):
        return size
    if isinstance(size, Mapping):
        found = {size[name] for name in ("height", "width", "shortest_edge") if name in size}
        return int(found.pop()) if len(found) == 1 else None
    return None


def encoder_of(folder: Path, out: Path) -> Artifact:
    """The backbone of the folder as an encoder artifact in out. Raises BackboneError, ExportError."""
    backbone, codec = opened(folder)
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
