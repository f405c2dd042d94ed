"""Train an answerer: questions about pictures in, artifact out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
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
from vqa.answer.calibration import apply_temperature, fit_temperature, fit_threshold, restrict
from vqa.answer.config import Config
from vqa.answer.featurizer import AnswerChoice, Featurizer, Floats, select_choices
from vqa.answer.infer import PICTURE, QUESTION
from vqa.answer.net import AXES, AnswerNet, PictureGraph, QuestionGraph
from vqa.answer.question_kind import KINDS, AnswerKinds, Kind
from vqa.answer.sampling import sample_batches

BATCH_SIZE = 128
MAX_ANSWERS = 1000
MAX_TOKENS = 6000
NGRAMS, STRIDE = 16_384, 2
_VALIDATION_QUESTIONS = 2000
_LEAST_CALIBRATION = 60
"""The fewest dev questions of a kind that give it a temperature and a threshold of its own."""


class FeatureSource(Protocol):
    """Features of pictures by name, as vqa.encoder.feature_store holds them."""

    def load_maps(self, names: Sequence[str]) -> NDArray[Any]:
        """Return the maps of these pictures, float16 or float32 [B, C, H', W']."""
        ...

    def load_pooled(self, names: Sequence[str]) -> NDArray[Any]:
        """Return the pooled vectors of these pictures, float32 [B, C]."""
        ...

    def load_classes(self, names: Sequence[str]) -> NDArray[Any] | None:
        """Return the class probabilities of these pictures, float32 [B, K]; None if the encoder names no classes."""
        ...


@dataclass(frozen=True)
class Batch:
    """A batch of questions, with each of their pictures once.

    ids is int64 [B, T]. map is [P, C, H', W'] and pooled [P, C]. pictures is int64 [B], the picture of each question. targets is
    [B, A]. classes is [P, K] and ngrams [B, M], where the config has them.
    """

    ids: Tensor
    map: Tensor
    pooled: Tensor
    pictures: Tensor
    targets: Tensor
    classes: Tensor | None = None
    ngrams: Tensor | None = None


@dataclass(frozen=True)
class TrainedAnswerer:
    """A net with its featurizer and the features of pictures by name."""

    net: AnswerNet
    featurizer: Featurizer
    features: FeatureSource

    def log_probs(self, questions: Sequence[PictureQuestion], device: str = "cpu", size: int = 256) -> Floats:
        """Return float32 [Q, A] of questions, before the temperature is applied."""
        self.net.eval().to(device)
        made = np.empty((len(questions), len(self.featurizer.choices)), dtype=np.float32)
        # Questions about the same picture are batched, so that it is encoded once.
        order = sorted(range(len(questions)), key=lambda number: questions[number].image)
        for first in range(0, len(order), size):
            numbers = order[first : first + size]
            batch = build_batch(
                [questions[number] for number in numbers], self.featurizer, self.features, self.net.config
            )
            batch = _to_device(batch, device)
            with torch.no_grad():
                scores = self.net(batch.ids, batch.map, batch.pooled, batch.pictures, batch.classes, batch.ngrams)
            made[numbers] = scores.log_softmax(-1).cpu().numpy()
        return made

    def predict(self, questions: Sequence[PictureQuestion]) -> list[str]:
        """Return the most probable answer to each question, of those that its kind allows."""
        return self._words(self.log_probs(questions), questions)

    def accuracy(self, questions: Sequence[PictureQuestion], device: str = "cpu") -> float:
        """Return the mean VQA accuracy."""
        said = self._words(self.log_probs(questions, device), questions)
        return sum(vqa_accuracy(text, question.answers) for text, question in zip(said, questions, strict=True)) / len(
            said
        )

    def calibrate(self, dev: Sequence[PictureQuestion]) -> Config:
        """Return the net's config with temperatures and thresholds fitted on dev, for all questions and for each kind."""
        made, kinds = self._restrict(self.log_probs(dev), dev)
        targets = self.featurizer.encode_answers(
            [question.answers for question in dev], [question.language for question in dev]
        )
        best = made.argmax(1).tolist()
        right = np.array(
            [
                vqa_accuracy(self.featurizer.decode(number, question.language)[0], question.answers)
                for number, question in zip(best, dev, strict=True)
            ]
        )
        fitted = {}
        for kind in ("", *KINDS):
            rows = np.array([number for number, own in enumerate(kinds) if kind in ("", own)], dtype=np.int64)
            if len(rows) >= _LEAST_CALIBRATION or not kind:
                temperature = round(fit_temperature(made[rows], targets[rows]), 4)
                sure = np.exp(apply_temperature(made[rows], temperature).max(1))
                # An answer exactly at the threshold has to stay confident after rounding to JSON and to float32.
                fitted[kind] = (
                    temperature,
                    round(max(0.0, fit_threshold(sure.tolist(), right[rows].tolist()) - 1e-6), 6),
                )
        temperature, threshold = fitted.pop("")
        return replace(
            self.net.config,
            temperature=temperature,
            threshold=threshold,
            temperatures={kind: values[0] for kind, values in fitted.items()},
            thresholds={kind: values[1] for kind, values in fitted.items()},
        )

    @cached_property
    def _kinds(self) -> AnswerKinds:
        return AnswerKinds(self.featurizer.choices)

    def _restrict(self, log_probs: Floats, questions: Sequence[PictureQuestion]) -> tuple[Floats, list[Kind]]:
        """Return the log-probabilities of the answers that the kinds of the questions allow, and the kinds."""
        found = [self._kinds.find_allowed(question.question, question.language) for question in questions]
        return restrict(log_probs, np.stack([allowed for _, allowed in found])), [kind for kind, _ in found]

    def _words(self, log_probs: Floats, questions: Sequence[PictureQuestion]) -> list[str]:
        best = self._restrict(log_probs, questions)[0].argmax(1).tolist() if questions else []
        return [
            self.featurizer.decode(number, question.language)[0]
            for number, question in zip(best, questions, strict=True)
        ]


def build_featurizer(
    questions: Sequence[PictureQuestion],
    known: Sequence[AnswerChoice] = (),
    answers: int = MAX_ANSWERS,
    size: int = MAX_TOKENS,
) -> Featurizer:
    """Build the featurizer of training questions.

    Args:
        questions: The training questions.
        known: Answers with words in both languages.
        answers: The most answers; the most frequent are taken.
        size: The most tokens.
    """
    choices = select_choices(((question.answers, question.language) for question in questions), answers, known)
    return Featurizer.build(((question.question, question.language) for question in questions), choices, size)


def build_config(featurizer: Featurizer, channels: int, encoder: str, blind: bool = False, classes: int = 0) -> Config:
    """Build the config that fits a featurizer and the features of an encoder, with as many classes as it names."""
    return Config(
        len(featurizer.vocab),
        len(featurizer.choices),
        channels,
        encoder=encoder,
        blind=blind,
        classes=classes,
        ngrams=NGRAMS,
        stride=STRIDE,
    )


def train(
    sets: Sequence[Sequence[PictureQuestion]],
    dev: Sequence[PictureQuestion],
    features: FeatureSource,
    featurizer: Featurizer,
    config: Config,
    plan: Plan,
    folder: Path,
    size: int = BATCH_SIZE,
) -> tuple[AnswerNet, float]:
    """Train an answerer and return the net that is best on dev.

    Questions without a known answer are left out.

    Args:
        sets: The training questions, by set; batches draw from the sets in balance.
        dev: The questions for early stopping and calibration.
        features: The features of the pictures.
        featurizer: Its vocabularies.
        config: The config of the net.
        plan: The training plan.
        folder: Holds checkpoints and log; the same call continues after an interruption.
        size: The number of questions in a batch.

    Returns:
        The net, calibrated on dev, and its VQA accuracy there.

    Raises:
        ValueError: There are no dev questions or no training questions.
    """
    if not dev:
        raise ValueError("there are no dev questions for early stopping; expected at least one")
    kept = [
        [question for question in some if featurizer.answer_shares(question.answers, question.language)]
        for some in sets
    ]
    questions = [question for some in kept for question in some]
    torch.manual_seed(plan.seed)
    net = AnswerNet(config)
    learned = TrainedAnswerer(net, featurizer, features)
    # Evenly spaced, since dev is sorted by set.
    checked = list(dev)[:: max(1, len(dev) // _VALIDATION_QUESTIONS)]

    def batches(start: int) -> Iterator[Batch]:
        for numbers in sample_batches([[question.image for question in some] for some in kept], size, plan.seed, start):
            yield _to_device(
                build_batch([questions[number] for number in numbers], featurizer, features, config), plan.device
            )

    best = fit(
        net,
        lambda _, batch: compute_loss(net, batch),
        batches,
        lambda _: learned.accuracy(checked, plan.device),
        plan,
        folder,
    )
    net.config = learned.calibrate(dev)
    return net, best


def compute_loss(net: AnswerNet, batch: Batch) -> Tensor:
    """Return the mean cross-entropy with the answer shares, in nats."""
    scores = net(batch.ids, batch.map, batch.pooled, batch.pictures, batch.classes, batch.ngrams)
    loss: Tensor = -(batch.targets * scores.log_softmax(-1)).sum(1).mean()
    return loss


def build_batch(
    questions: Sequence[PictureQuestion], featurizer: Featurizer, features: FeatureSource, config: Config
) -> Batch:
    """Build the batch of questions.

    The blind form gets a picture with one place, which it does not read.
    """
    if config.blind:
        map = np.zeros((1, config.channels, 1, 1), dtype=np.float32)
        pooled, pictures = np.zeros((1, config.channels), dtype=np.float32), [0] * len(questions)
        classes: NDArray[Any] | None = np.zeros((1, config.classes), dtype=np.float32)
    else:
        names = list(dict.fromkeys(question.image for question in questions))
        map, pooled = (
            np.asarray(array, dtype=np.float32) for array in (features.load_maps(names), features.load_pooled(names))
        )
        classes = features.load_classes(names) if config.classes else None
        place = {name: number for number, name in enumerate(names)}
        pictures = [place[question.image] for question in questions]
    asked = [(question.question, question.language) for question in questions]
    ids = featurizer.encode(asked)
    targets = featurizer.encode_answers(
        [question.answers for question in questions], [question.language for question in questions]
    )
    return Batch(
        torch.from_numpy(ids),
        torch.from_numpy(map),
        torch.from_numpy(pooled),
        torch.from_numpy(np.array(pictures, dtype=np.int64)),
        torch.from_numpy(targets),
        torch.from_numpy(classes) if config.classes and classes is not None else None,
        torch.from_numpy(featurizer.encode_ngrams(asked, config.ngrams)) if config.ngrams else None,
    )


def _to_device(batch: Batch, device: str) -> Batch:
    arrays = (batch.ids, batch.map, batch.pooled, batch.pictures, batch.targets, batch.classes, batch.ngrams)
    return Batch(*(None if array is None else array.to(device) for array in arrays))  # type: ignore[arg-type]


def save(
    net: AnswerNet,
    featurizer: Featurizer,
    features: FeatureSource,
    image: str,
    manifest: Manifest,
    folder: Path,
    small: bool,
) -> Artifact:
    """Write the net as an artifact of two graphs: per picture and per question.

    Args:
        net: The trained net.
        featurizer: Its featurizer.
        features: The features of pictures.
        image: The name of the picture for the golden.
        manifest: The manifest without config and codec.
        folder: Where the artifact is written.
        small: Whether the graphs are quantized by quantise().

    Raises:
        ExportError: onnxruntime does not agree with torch.
    """
    map, pooled = (
        np.asarray(array, dtype=np.float32) for array in (features.load_maps([image]), features.load_pooled([image]))
    )
    # A picture of another size: one row more and one column less.
    other = {"map": np.concatenate([map, map[:, :, :1]], 2)[..., : max(1, map.shape[3] - 1)], "pooled": pooled}
    pictured = {"map": map, "pooled": pooled}
    if net.config.classes:
        classes = features.load_classes([image])
        assert classes is not None
        pictured["classes"] = other["classes"] = np.asarray(classes, dtype=np.float32)
    picture, golden = export(PictureGraph(net), pictured, PictureGraph.outputs, AXES["picture"], PICTURE, other)
    if small:
        picture, golden = quantize_with_golden(picture, pictured, PICTURE, weights=True)
    text = "图片里有几个人？ what color is the dog"
    ids = np.array([featurizer.token_ids(text, "zh")], dtype=np.int64)
    given = {"ids": ids} | {name: golden[f"{PICTURE}/out/{name}"] for name in PictureGraph.outputs}
    if net.config.ngrams:
        given["ngrams"] = featurizer.encode_ngrams([(text, "zh")], net.config.ngrams)
    question, more = export(QuestionGraph(net), given, QuestionGraph.outputs, AXES["question"], QUESTION)
    if small:
        question, more = quantize_with_golden(question, given, QUESTION, weights=True)
    described = replace(manifest, config={"model": "answer", **net.config.to_dict()}, codec=featurizer.to_dict())
    return artifact.write(folder, described, {PICTURE: picture, QUESTION: question}, golden={**golden, **more})
