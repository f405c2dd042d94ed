"""Training what ships: an encoder, from the photos and the teacher to the artifact."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn

from data import artifact, places
from data.artifact import Artifact, Manifest, Score
from data.corpora import pictures
from data.training.export import export, quantised
from data.training.loop import Plan
from vqa.encoder import lessons
from vqa.encoder.config import Config, Kind
from vqa.encoder.distil import CODEC, agreement, batch_of, train
from vqa.encoder.infer import GRAPH, OUTPUTS
from vqa.encoder.lessons import VIEWS, Lessons
from vqa.encoder.net import Net
from vqa.encoder.probe import Floats, Labelled, linear_probe
from vqa.encoder.teacher import CLASSES

SETS = ("flickr8k/train", "coco/vqa", "coco/unlabelled", "daquar", "tiny-imagenet", "caltech101", "cars")
FULL = Plan(steps=4500, rate=2e-3, warmup=300, decay=0.02, check_every=500, patience=100, average=0.999)
SHORT = Plan(steps=600, rate=2e-3, warmup=60, decay=0.02, check_every=200, patience=100, average=0.99)
"""For comparing the architectures with one another."""
BATCH = 32
_PROBED = "caltech101"
TRAINED_ON = (
    "MobileNet v2 1.0 224 in eight bits as TensorFlow published it (Apache-2.0), asked about the photos of Flickr8k (train), "
    "COCO, DAQUAR, Tiny ImageNet, Caltech 101 and Stanford Cars, without their labels; a tenth of them held out"
)
LICENCE = (
    "for research: Flickr8k, Stanford Cars, NYU Depth (DAQUAR) and ImageNet may be used for research, each photo of COCO under "
    "its own licence. The teacher is Apache-2.0"
)
LIMITS = (
    "Sees 128 x 128 pixels, what is squashed to a square, and everyday photos; knows nothing of writing, faces, places by name "
    "or medical pictures. It is a small pupil of a small teacher."
)


def learned_from(folder: Path, threads: int = 1) -> Lessons:
    """The teacher's lessons on all photos, in folder; they are made if they are not there. Raises CorpusError."""
    return lessons.write(_all(), sum(pictures.SETS[name] for name in SETS), folder, threads)


def _all() -> Iterator[tuple[str, bytes]]:
    for name in SETS:
        for file, data in pictures.iterate(name):
            yield f"{name}/{file}", data


def ship(kind: Kind, folder: Path, plan: Plan = FULL) -> Artifact:
    """Distil the kind and write its artifact into folder; an interrupted run goes on. Raises CorpusError, ExportError."""
    learned = learned_from(places.runs() / "lessons")
    student, _ = train(learned, Config(kind), plan, BATCH, places.runs() / f"encoder-{kind}-{plan.steps}")
    held = np.array([number * VIEWS for number in range(len(learned.names)) if learned.held_out(number)])
    most = Counter(batch_of(learned, held).logits.argmax(1).tolist()).most_common(1)[0][1] / len(held)
    scores = (
        Score(
            f"{len(held)} held-out photos",
            "share where it names the teacher's class",
            round(agreement(student, learned, held), 4),
            round(1 / CLASSES, 4),
            round(most, 4),
            "the teacher's most frequent class",
        ),
        _probed(student.net, kind, learned),
    )
    digest = hashlib.sha256("\n".join(learned.names).encode()).hexdigest()[:12]
    manifest = Manifest(
        name=folder.name,
        version="1",
        trained_on=f"{TRAINED_ON} ({len(learned.names)} photos, sha256 of their names {digest}, seed {plan.seed})",
        licence=LICENCE,
        non_commercial=True,
        limits=LIMITS,
        scores=scores,
        train=f"python -m vqa distil --model {kind}",
        tolerance=1e-3,
    )
    return save(student.net, learned, manifest, folder)


def save(net: Net, learned: Lessons, manifest: Manifest, folder: Path) -> Artifact:
    """The net as an artifact, its weights in 16 bits. Raises ExportError if onnxruntime does not agree with torch."""
    net.eval().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    example = {"picture": CODEC.normal(learned.pictures[:1])}
    axes = {"picture": {0: "B"}, "map": {0: "B"}, "pooled": {0: "B"}}
    graph, _ = export(net, example, OUTPUTS, axes, GRAPH)
    small, golden = quantised(graph, example, GRAPH)
    described = Manifest(**{**vars(manifest), "config": net.config.to_dict(), "codec": CODEC.to_dict()})
    return artifact.write(folder, described, {GRAPH: small}, golden=golden)


def _probed(net: Net, kind: Kind, learned: Lessons) -> Score:
    torch.manual_seed(0)
    random = probe(Net(Config(kind)), learned)
    classes = len({name.split("/")[1] for name in learned.names if name.startswith(_PROBED)})
    return Score(
        f"{_PROBED}, {classes} classes, one photo of ten, unseen",
        "accuracy of a linear probe",
        round(probe(net, learned), 4),
        round(1 / classes, 4),
        round(random, 4),
        "the same net untrained",
    )


def probe(net: nn.Module, learned: Lessons) -> float:
    """What a linear classifier on the net's pooled vectors reaches on the held-out photos of Caltech 101."""
    seen, unseen = (_labelled(net, learned, probed(learned, held)) for held in (False, True))
    return linear_probe(seen, unseen)


def probed(learned: Lessons, held: bool) -> list[int]:
    """The numbers of the photos that a probe learns from, or, held, is asked about."""
    return [
        number
        for number, name in enumerate(learned.names)
        if name.startswith(_PROBED) and learned.held_out(number) == held
    ]


def _labelled(net: nn.Module, learned: Lessons, numbers: list[int]) -> Labelled:
    pooled: list[Floats] = []
    net.eval()
    for first in range(0, len(numbers), 100):
        batch = batch_of(learned, np.array(numbers[first : first + 100]) * VIEWS)
        with torch.no_grad():
            pooled.append(net(batch.picture)[1].numpy())
    return Labelled(np.concatenate(pooled), [learned.names[number].split("/")[1] for number in numbers])
