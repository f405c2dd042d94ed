"""Small vision models that need no artifact.

They know the mean colour of a picture, and where it is brightest.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from data.image import open_picture
from data.records import Language
from generation.search import DecodingConfig, never_stop
from vqa.encoder.infer import Features
from vqa.vision import Vision

COLOURS: dict[str, tuple[str, tuple[int, int, int]]] = {
    "red": ("红色", (220, 30, 30)),
    "green": ("绿色", (30, 160, 60)),
    "blue": ("蓝色", (40, 70, 220)),
    "white": ("白色", (250, 250, 250)),
    "black": ("黑色", (5, 5, 5)),
}
Floats = NDArray[np.float32]


def draw_square(colour: str, size: tuple[int, int] = (96, 64), form: str = "PNG") -> bytes:
    """Return the bytes of a picture that has one colour."""
    made = io.BytesIO()
    Image.new("RGB", size, COLOURS[colour][1]).save(made, form)
    return made.getvalue()


@dataclass(frozen=True)
class FakeCaption:
    """A caption."""

    text: str
    tokens: tuple[str, ...]
    attention: Floats
    log_prob: float

    @property
    def probability(self) -> float:
        """Return the geometric mean of the token probabilities."""
        return min(1.0, math.exp(self.log_prob))


@dataclass(frozen=True)
class FakeAnswer:
    """An answer."""

    text: str
    probability: float


@dataclass(frozen=True)
class FakeAnswerResult:
    """The answers to a question."""

    answers: tuple[FakeAnswer, ...]
    attention: Floats
    threshold: float = 0.5

    @property
    def is_confident(self) -> bool:
        """Return whether the best answer reaches the threshold."""
        return self.answers[0].probability >= self.threshold


@dataclass
class FakeEncoder:
    """The encoder: the map [3, 4, 4] holds the mean colours of a grid.

    pictures records what it encodes.
    """

    version: str = "eye 1"
    pictures: list[bytes] = field(default_factory=list)

    def encode(self, picture: bytes) -> Features:
        """Return the colours in [0, 1]."""
        self.pictures.append(picture)
        small = np.asarray(open_picture(picture).resize((4, 4)), dtype=np.float32).transpose(2, 0, 1) / np.float32(255)
        return Features(small, small.mean(axis=(1, 2), dtype=np.float32), self.version)


def colours_of(features: Features) -> list[tuple[str, float]]:
    """Return the colours and their probabilities by similarity, best first."""
    mean = features.pooled * 255
    apart = {name: float(np.abs(mean - np.asarray(rgb)).mean()) for name, (_, rgb) in COLOURS.items()}
    weights = {name: math.exp(-distance / 12) for name, distance in apart.items()}
    total = sum(weights.values())
    return sorted(((name, weight / total) for name, weight in weights.items()), key=lambda pair: -pair[1])


def _where(features: Features) -> Floats:
    light = features.map.mean(axis=0) + 1e-3
    light[0, 0] += 0.5
    where: Floats = (light / light.sum()).astype(np.float32)
    return where


@dataclass
class FakeCaptioner:
    """The captioner: "A red picture.", then the next most similar colours."""

    version: str = "teller 1"
    encoder: str = "eye 1"
    looks: bool = True
    log_prob: float = -0.3

    def caption(
        self,
        features: Features,
        language: Language,
        wish: DecodingConfig | None = None,
        late: Callable[[], bool] = never_stop,
    ) -> list[FakeCaption]:
        """Return as many captions as the wish is wide."""
        made = []
        for place, (name, _) in enumerate(colours_of(features)[: (wish or DecodingConfig()).width]):
            tokens = ("一张", COLOURS[name][0], "图片") if language == "zh" else ("a", name, "picture")
            text = "".join(tokens) + "。" if language == "zh" else "A " + " ".join(tokens[1:]) + "."
            one = _where(features)
            attention = np.stack([one, one[::-1], one.T]) if self.looks else np.zeros((0, 4, 4), np.float32)
            made.append(FakeCaption(text, tokens, attention.astype(np.float32), self.log_prob - place))
        return made


@dataclass
class FakeAnswerer:
    """The answerer: the colour; a count for "how many", and no for "is there"."""

    version: str = "knower 1"
    encoder: str = "eye 1"
    threshold: float = 0.5

    def answer(self, features: Features, question: str, language: Language) -> FakeAnswerResult:
        """Return up to five answers."""
        answers: tuple[FakeAnswer, ...]
        if any(word in question.casefold() for word in ("how many", "几", "多少")):
            answers = (FakeAnswer("2", 0.7), FakeAnswer("3", 0.2), FakeAnswer("1", 0.1))
        elif any(word in question.casefold() for word in ("is there", "有没有", "吗")):
            answers = (
                FakeAnswer("no" if language == "en" else "没有", 0.9),
                FakeAnswer("yes" if language == "en" else "有", 0.1),
            )
        else:
            named = colours_of(features)
            answers = tuple(FakeAnswer(COLOURS[name][0] if language == "zh" else name, share) for name, share in named)
        return FakeAnswerResult(answers, _where(features), self.threshold)


def build_vision(threshold: float = 0.5, log_prob: float = -0.3) -> Vision:
    """Return the models combined."""
    return Vision(
        FakeEncoder(),
        FakeCaptioner(log_prob=log_prob),
        FakeCaptioner("basic 1", looks=False),
        FakeAnswerer(threshold=threshold),
    )
