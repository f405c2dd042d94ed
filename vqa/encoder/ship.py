"""Training what ships: an encoder, from the photos and the teacher to the artifact."""

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
from vqa.encoder.distil import Student, agreement, train
from vqa.encoder.infer import GRAPH, OUTPUTS
from vqa.encoder.lessons import Lessons
from vqa.encoder.net import Net
from vqa.encoder.probe import Labelled, linear_probe
from vqa.encoder.teacher import CLASSES, Teacher

SETS = ("flickr8k/train", "coco/vqa", "coco/unlabelled", "daquar", "tiny-imagenet", "caltech101", "cars")
CODEC = ImagePreprocessor(224, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
APART = Plan(steps=1300, rate=4e-3, warmup=50, decay=0.001, check_every=325, patience=100, average=0.99)
WHOLE = (
    Plan(steps=600, rate=1.5e-3, warmup=30, decay=0.001, check_every=150, patience=100, average=0.995),
    Plan(steps=4000, rate=1.5e-3, warmup=50, decay=0.001, check_every=400, patience=100, average=0.998, seed=1),
)
_SEEDS = f"seeds {', '.join(str(plan.seed) for plan in WHOLE)}"
BATCH = 16
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
    "Sees 224 x 224 pixels, what is squashed to a square, and everyday photos; knows nothing of writing, faces, places by name "
    "or medical pictures. It is a small pupil of a small teacher."
)


def lessons(threads: int = 1) -> Lessons:
    """All photos with the teacher. Raises CorpusError."""
    return Lessons.of(_all(), Teacher(threads))


def _all() -> Iterator[tuple[str, bytes]]:
    for name in SETS:
        for file, data in pictures.iterate_pictures(name):
            yield f"{name}/{file}", data


def ship(folder: Path, threads: int = 2) -> Artifact:
    """Distil what ships and write its artifact into folder; an interrupted run goes on. Raises CorpusError, ExportError."""
    taught = lessons(threads)
    student, _ = train(taught, Config("mobilenet"), CODEC, APART, WHOLE, BATCH, paths.runs_dir() / "encoder")
    return write(student, taught, folder)


def write(student: Student, taught: Lessons, folder: Path) -> Artifact:
    """The student's net as an artifact, with what it is worth."""
    named = Counter(int(one.argmax()) for one in _teachers(taught))
    scores = (
        Score(
            f"{len(taught.held)} held-out photos",
            "share where it names the teacher's class",
            round(agreement(student, taught, taught.held, CODEC), 4),
            round(1 / CLASSES, 4),
            round(named.most_common(1)[0][1] / len(taught.held), 4),
            "the teacher's most frequent class",
        ),
        _probed(student.net, taught),
    )
    manifest = Manifest(
        name=folder.name,
        version="1",
        trained_on=f"{TRAINED_ON} ({len(taught.names)} photos, sha256 of their names {taught.digest}, {_SEEDS})",
        licence=LICENCE,
        non_commercial=True,
        limits=LIMITS,
        scores=scores,
        train="python -m vqa train --model encoder",
        tolerance=1e-3,
    )
    return save(student.net, CODEC, manifest, folder)


def save(net: Net, codec: ImagePreprocessor, manifest: Manifest, folder: Path) -> Artifact:
    """The net as an artifact, its weights in 16 bits. Raises ExportError if onnxruntime does not agree with torch."""
    net.eval().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    chance = np.random.default_rng(0)
    example = {"picture": codec.normalize(chance.integers(0, 256, (1, codec.size, codec.size, 3), dtype=np.uint8))}
    axes = {"picture": {0: "B"}, "map": {0: "B"}, "pooled": {0: "B"}}
    graph, _ = export(net, example, OUTPUTS, axes, GRAPH)
    small, golden = quantize_with_golden(graph, example, GRAPH)
    described = replace(manifest, config=net.config.to_dict(), codec=codec.to_dict())
    return artifact.write(folder, described, {GRAPH: small}, golden=golden)


def _teachers(taught: Lessons) -> Iterator[NDArray[np.float32]]:
    for number in taught.held:
        yield taught.batch([number], ["logits"], CODEC).answers["logits"].numpy()


def _probed(net: Net, taught: Lessons) -> Score:
    untrained = probe(untrained_net(net.config, taught, CODEC), taught, CODEC)
    classes = len({class_of(name) for name in taught.names if name.startswith(PROBED)})
    return Score(
        f"{PROBED}, {classes} classes, one photo of ten, unseen",
        "accuracy of a linear probe",
        round(probe(net, taught, CODEC), 4),
        round(1 / classes, 4),
        round(untrained, 4),
        "the same net untrained, its normalisation fitted",
    )


def untrained_net(config: Config, taught: Lessons, codec: ImagePreprocessor) -> Net:
    """A net of chance weights whose normalisation knows what passes through it; without that it would be all but blind."""
    torch.manual_seed(0)
    net = Net(config).train()
    for first in range(0, 200, 50):
        with torch.no_grad():
            net(taught.batch(taught.learned[first : first + 50], [], codec).picture)
    return net


def probe(net: nn.Module, taught: Lessons, codec: ImagePreprocessor) -> float:
    """What a linear classifier on the net's pooled vectors reaches on the held-out photos of Caltech 101."""
    net.eval()

    def pooled(numbers: Sequence[int]) -> NDArray[np.float32]:
        with torch.no_grad():
            made: NDArray[np.float32] = net(taught.batch(numbers, [], codec).picture)[1].numpy()
        return made

    return probe_of(pooled, taught)


def probe_of(pooled: Callable[[Sequence[int]], NDArray[np.float32]], taught: Lessons, size: int = 50) -> float:
    """The same of anything that gives pooled vectors [B, C] of photos by their numbers."""
    parts: list[Labelled] = []
    for group in (taught.learned, taught.held):
        numbers = [number for number in group if taught.names[number].startswith(PROBED)]
        vectors = [pooled(numbers[first : first + size]) for first in range(0, len(numbers), size)]
        parts.append(Labelled(np.concatenate(vectors), [class_of(taught.names[number]) for number in numbers]))
    return linear_probe(parts[0], parts[1])


def class_of(name: str) -> str:
    """The class of a photo of a set whose classes are folders."""
    return name.rsplit("/", 2)[-2]
