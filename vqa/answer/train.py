"""Training an answerer: questions about pictures in, artifact out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from data import artifact
from data.artifact import Artifact, Manifest
from data.metrics.vqa_accuracy import vqa_accuracy
from data.records import PictureQuestion
from data.training.export import export, quantize_with_golden
from data.training.loop import Plan, fit
from vqa.answer.calibration import floor_of, temperature_of, tempered
from vqa.answer.codec import Choice, Codec, Floats, choices_of
from vqa.answer.config import Config
from vqa.answer.infer import PICTURE, QUESTION
from vqa.answer.net import AXES, Answering, Picture, Question
from vqa.answer.sampling import drawn

SIZE = 128
ANSWERS = 700
VOCABULARY = 6000
_CHECKED = 2000


class Seen(Protocol):
    """Features of pictures by name, as vqa.encoder.store keeps them."""

    def maps(self, names: Sequence[str]) -> NDArray[Any]:
        """float16 or float32 [B, C, H', W'] of these pictures."""
        ...

    def pooled(self, names: Sequence[str]) -> NDArray[Any]:
        """float32 [B, C] of these pictures."""
        ...


@dataclass(frozen=True)
class Batch:
    """ids int64 [B, T]; map [P, C, H', W'] and pooled [P, C] of the pictures, once each; pictures int64 [B]; targets [B, A]."""

    ids: Tensor
    map: Tensor
    pooled: Tensor
    pictures: Tensor
    targets: Tensor


@dataclass(frozen=True)
class Learned:
    """A net, as it will answer when it serves, on features that are kept by the names of pictures."""

    net: Answering
    codec: Codec
    features: Seen

    def log_probs(self, questions: Sequence[PictureQuestion], device: str = "cpu", size: int = 256) -> Floats:
        """float32 [Q, A] of questions, before the temperature."""
        self.net.eval().to(device)
        made = np.empty((len(questions), len(self.codec.choices)), dtype=np.float32)
        # Those about one picture side by side, so that it is seen once.
        order = sorted(range(len(questions)), key=lambda number: questions[number].image)
        for first in range(0, len(order), size):
            numbers = order[first : first + size]
            batch = batch_of([questions[number] for number in numbers], self.codec, self.features, self.net.config)
            batch = _moved(batch, device)
            with torch.no_grad():
                scores = self.net(batch.ids, batch.map, batch.pooled, batch.pictures)
            made[numbers] = scores.log_softmax(-1).cpu().numpy()
        return made

    def said(self, questions: Sequence[PictureQuestion]) -> list[str]:
        """The likeliest answer to each question."""
        return self._words(self.log_probs(questions), questions)

    def accuracy(self, questions: Sequence[PictureQuestion], device: str = "cpu") -> float:
        """The mean VQA accuracy."""
        said = self._words(self.log_probs(questions, device), questions)
        return sum(vqa_accuracy(text, one.answers) for text, one in zip(said, questions, strict=True)) / len(said)

    def calibrated(self, dev: Sequence[PictureQuestion]) -> Config:
        """The net's config with the temperature and the floor that are right on dev."""
        made = self.log_probs(dev)
        targets = self.codec.targets([one.answers for one in dev], [one.language for one in dev])
        temperature = temperature_of(made, targets)
        sure = np.exp(tempered(made, temperature).max(1))
        right = [vqa_accuracy(text, one.answers) for text, one in zip(self._words(made, dev), dev, strict=True)]
        # As the manifest's JSON and serving's float32 have it, the answer at the floor itself must still be sure.
        floor = max(0.0, floor_of(sure.tolist(), right) - 1e-6)
        return replace(self.net.config, temperature=round(temperature, 4), floor=round(floor, 6))

    def _words(self, log_probs: Floats, questions: Sequence[PictureQuestion]) -> list[str]:
        best = log_probs.argmax(1).tolist()
        return [self.codec.decode(number, one.language)[0] for number, one in zip(best, questions, strict=True)]


def codec_of(
    questions: Sequence[PictureQuestion], known: Sequence[Choice] = (), answers: int = ANSWERS, size: int = VOCABULARY
) -> Codec:
    """The codec with the most frequent answers, at most so many, and the words of the questions, at most size."""
    choices = choices_of(((one.answers, one.language) for one in questions), answers, known)
    return Codec.build(((one.question, one.language) for one in questions), choices, size)


def config_of(codec: Codec, channels: int, encoder: str, blind: bool = False) -> Config:
    """The config of the net that goes with a codec and the features of an encoder."""
    return Config(len(codec.vocab), len(codec.choices), channels, encoder=encoder, blind=blind)


def train(
    sets: Sequence[Sequence[PictureQuestion]],
    dev: Sequence[PictureQuestion],
    features: Seen,
    codec: Codec,
    config: Config,
    plan: Plan,
    folder: Path,
    size: int = SIZE,
) -> tuple[Answering, float]:
    """The trained net, the best on dev, with temperature and floor found there, and its VQA accuracy there.

    Batches hold size questions, of sets in balance; those whose answers are none of the codec's teach nothing and are left out.
    Checkpoints and log go into folder; the same call goes on after an interruption. Raises ValueError without questions.
    """
    if not dev:
        raise ValueError("there are no questions to stop the training by; expected at least one in dev")
    kept = [[one for one in some if codec.shares(one.answers, one.language)] for some in sets]
    questions = [one for some in kept for one in some]
    torch.manual_seed(plan.seed)
    net = Answering(config)
    learned = Learned(net, codec, features)
    # Of the whole of dev, since it stands in the order of its sets.
    checked = list(dev)[:: max(1, len(dev) // _CHECKED)]

    def batches(start: int) -> Iterator[Batch]:
        for numbers in drawn([[one.image for one in some] for some in kept], size, plan.seed, start):
            yield _moved(batch_of([questions[number] for number in numbers], codec, features, config), plan.device)

    best = fit(
        net,
        lambda _, batch: loss_of(net, batch),
        batches,
        lambda _: learned.accuracy(checked, plan.device),
        plan,
        folder,
    )
    net.config = learned.calibrated(dev)
    return net, best


def loss_of(net: Answering, batch: Batch) -> Tensor:
    """The mean cross-entropy of the shares of the answers, in nats."""
    scores = net(batch.ids, batch.map, batch.pooled, batch.pictures)
    loss: Tensor = -(batch.targets * scores.log_softmax(-1)).sum(1).mean()
    return loss


def batch_of(questions: Sequence[PictureQuestion], codec: Codec, features: Seen, config: Config) -> Batch:
    """The batch of questions. The blind form is given a picture of one place, which it does not see."""
    if config.blind:
        map = np.zeros((1, config.channels, 1, 1), dtype=np.float32)
        pooled, pictures = np.zeros((1, config.channels), dtype=np.float32), [0] * len(questions)
    else:
        names = list(dict.fromkeys(one.image for one in questions))
        map, pooled = (np.asarray(one, dtype=np.float32) for one in (features.maps(names), features.pooled(names)))
        place = {name: number for number, name in enumerate(names)}
        pictures = [place[one.image] for one in questions]
    ids = codec.encode([(one.question, one.language) for one in questions])
    targets = codec.targets([one.answers for one in questions], [one.language for one in questions])
    arrays = (ids, map, pooled, np.array(pictures, dtype=np.int64), targets)
    return Batch(*(torch.from_numpy(array) for array in arrays))


def _moved(batch: Batch, device: str) -> Batch:
    arrays = (batch.ids, batch.map, batch.pooled, batch.pictures, batch.targets)
    return Batch(*(array.to(device) for array in arrays))


def save(
    net: Answering, codec: Codec, features: Seen, image: str, manifest: Manifest, folder: Path, small: bool
) -> Artifact:
    """The net as an artifact of two graphs, one for the picture and one for each question; with small, as quantise() makes them.

    image names the picture of the golden. Raises ExportError if onnxruntime does not agree with torch.
    """
    map, pooled = (np.asarray(one, dtype=np.float32) for one in (features.maps([image]), features.pooled([image])))
    # A picture of another size: one more row and one column less.
    other = {"map": np.concatenate([map, map[:, :, :1]], 2)[..., : max(1, map.shape[3] - 1)], "pooled": pooled}
    pictured = {"map": map, "pooled": pooled}
    picture, golden = export(Picture(net), pictured, Picture.outputs, AXES["picture"], PICTURE, other)
    if small:
        picture, golden = quantize_with_golden(picture, pictured, PICTURE)
    ids = np.array([codec.ids("图片里有几个人？ what color is the dog", "zh")], dtype=np.int64)
    given = {"ids": ids} | {name: golden[f"{PICTURE}/out/{name}"] for name in Picture.outputs}
    question, more = export(Question(net), given, Question.outputs, AXES["question"], QUESTION)
    if small:
        question, more = quantize_with_golden(question, given, QUESTION)
    described = replace(manifest, config={"model": "answer", **net.config.to_dict()}, codec=codec.to_dict())
    return artifact.write(folder, described, {PICTURE: picture, QUESTION: question}, golden={**golden, **more})
