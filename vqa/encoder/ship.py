"""Distil a small encoder: from the photos and the teacher to an artifact, for comparison with the shipped one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from data import artifact, paths
from data.artifact import Artifact, Manifest, Score
from data.corpora import pictures
from data.image import ImagePreprocessor
from data.training.export import export, quantize_with_golden
from data.training.loop import Plan
from vqa.encoder.config import Config
from vqa.encoder.distillation import Student, measure_agreement, train
from vqa.encoder.distillation_data import DistillationData
from vqa.encoder.infer import GRAPH, OUTPUTS
from vqa.encoder.net import Net
from vqa.encoder.probe import LabelledVectors, fit_linear_probe
from vqa.encoder.teacher import CLASSES, Teacher

SETS = ("flickr8k/train", "coco", "daquar", "tiny-imagenet", "caltech101", "cars")
CODEC = ImagePreprocessor(224, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
BLOCKWISE = Plan(steps=1300, rate=4e-3, warmup=50, decay=0.001, check_every=325, patience=100, average=0.99)
WHOLE = (
    Plan(steps=600, rate=1.5e-3, warmup=30, decay=0.001, check_every=150, patience=100, average=0.995),
    Plan(steps=4000, rate=1.5e-3, warmup=50, decay=0.001, check_every=400, patience=100, average=0.998, seed=1),
)
_SEEDS = f"seeds {', '.join(str(plan.seed) for plan in WHOLE)}"
BATCH_SIZE = 16
PROBED = "caltech101"
TRAINED_ON = (
    "MobileNet v2 1.0 224 in eight bits as TensorFlow published it (Apache-2.0), asked about the photos of Flickr8k (train), "
    "COCO, DAQUAR, Tiny ImageNet, Caltech 101 and Stanford Cars, without their labels; a tenth of them held out"
)
LICENCE = (
    "for research: Flickr8k, Stanford Cars, NYU Depth (DAQUAR) and ImageNet may be used for research, each photo of COCO under "
    "its own licence. The teacher is Apache-2.0"
)
LIMITS = (
    "Reads everyday photos, squashed to a square of 224 x 224 pixels. It was not trained on text, faces, landmarks or medical "
    "pictures, and is a small student of a small teacher."
)


def load_data(threads: int = 1) -> DistillationData:
    """Load all photos and the teacher.

    Raises:
        CorpusError: A corpus is missing.
    """
    return DistillationData.from_pictures(_read_photos(), Teacher(threads))


def _read_photos() -> Iterator[tuple[str, bytes]]:
    for name in SETS:
        for file, content in pictures.iterate_pictures(name):
            yield f"{name}/{file}", content


def ship(folder: Path, threads: int = 2) -> Artifact:
    """Distil a student and write its artifact into folder.

    An interrupted run continues.

    Raises:
        CorpusError: A corpus is missing.
        ExportError: onnxruntime does not agree with torch.
    """
    data = load_data(threads)
    student, _ = train(data, Config("mobilenet"), CODEC, BLOCKWISE, WHOLE, BATCH_SIZE, paths.runs_dir() / "encoder")
    return write_artifact(student, data, folder)


def write_artifact(student: Student, data: DistillationData, folder: Path) -> Artifact:
    """Write the student's net as an artifact, with its scores."""
    named = Counter(int(logits.argmax()) for logits in _teacher_logits(data))
    scores = (
        Score(
            f"{len(data.held_out)} held-out photos",
            "share where it names the teacher's class",
            round(measure_agreement(student, data, data.held_out, CODEC), 4),
            round(1 / CLASSES, 4),
            round(named.most_common(1)[0][1] / len(data.held_out), 4),
            "the teacher's most frequent class",
        ),
        _score_probe(student.net, data),
    )
    manifest = Manifest(
        name=folder.name,
        version="1",
        trained_on=f"{TRAINED_ON} ({len(data.names)} photos, sha256 of their names {data.digest}, {_SEEDS})",
        licence=LICENCE,
        non_commercial=True,
        limits=LIMITS,
        scores=scores,
        train="python -m vqa train --model encoder --distill",
        tolerance=1e-3,
    )
    return save(student.net, CODEC, manifest, folder)


def save(net: Net, codec: ImagePreprocessor, manifest: Manifest, folder: Path) -> Artifact:
    """Write a net as an artifact with 16-bit weights.

    Raises:
        ExportError: onnxruntime does not agree with torch.
    """
    net.eval().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    chance = np.random.default_rng(0)
    example = {"picture": codec.normalize(chance.integers(0, 256, (1, codec.size, codec.size, 3), dtype=np.uint8))}
    axes = {"picture": {0: "B"}, "map": {0: "B"}, "pooled": {0: "B"}}
    graph, _ = export(net, example, OUTPUTS, axes, GRAPH)
    small, golden = quantize_with_golden(graph, example, GRAPH)
    described = replace(manifest, config=net.config.to_dict(), codec=codec.to_dict())
    return artifact.write(folder, described, {GRAPH: small}, golden=golden)


def _teacher_logits(data: DistillationData) -> Iterator[NDArray[np.float32]]:
    for number in data.held_out:
        yield data.batch([number], ["logits"], CODEC).targets["logits"].numpy()


def _score_probe(net: Net, data: DistillationData) -> Score:
    untrained = probe_net(build_untrained_net(net.config, data, CODEC), data, CODEC)
    classes = len({class_name(name) for name in data.names if name.startswith(PROBED)})
    return Score(
        f"{PROBED}, {classes} classes, one photo of ten, unseen",
        "accuracy of a linear probe",
        round(probe_net(net, data, CODEC), 4),
        round(1 / classes, 4),
        round(untrained, 4),
        "the same net untrained, with fitted normalisation",
    )


def build_untrained_net(config: Config, data: DistillationData, codec: ImagePreprocessor) -> Net:
    """Build a net with random weights and fitted normalisation statistics.

    Without the statistics its outputs would carry almost no information.
    """
    torch.manual_seed(0)
    net = Net(config).train()
    for first in range(0, 200, 50):
        with torch.no_grad():
            net(data.batch(data.training[first : first + 50], [], codec).picture)
    return net


def probe_net(net: nn.Module, data: DistillationData, codec: ImagePreprocessor) -> float:
    """Return the linear-probe accuracy of the net on held-out photos of Caltech 101."""
    net.eval()

    def pool(numbers: Sequence[int]) -> NDArray[np.float32]:
        with torch.no_grad():
            made: NDArray[np.float32] = net(data.batch(numbers, [], codec).picture)[1].numpy()
        return made

    return probe_vectors(pool, data)


def probe_vectors(
    pooled: Callable[[Sequence[int]], NDArray[np.float32]], data: DistillationData, size: int = 50
) -> float:
    """Return the accuracy of a linear probe on held-out photos of Caltech 101.

    Args:
        pooled: Returns the pooled vectors [B, C] of photos, given their numbers.
        data: The photos.
        size: The number of photos per call of pooled.
    """
    parts: list[LabelledVectors] = []
    for group in (data.training, data.held_out):
        numbers = [number for number in group if data.names[number].startswith(PROBED)]
        vectors = [pooled(numbers[first : first + size]) for first in range(0, len(numbers), size)]
        parts.append(LabelledVectors(np.concatenate(vectors), [class_name(data.names[number]) for number in numbers]))
    return fit_linear_probe(parts[0], parts[1])


def class_name(name: str) -> str:
    """Return the class of a photo of a set whose classes are folders."""
    return name.rsplit("/", 2)[-2]
