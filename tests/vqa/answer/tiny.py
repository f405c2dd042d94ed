"""A tiny answerer that overfits eight questions about two pictures.

python -m tests.vqa.answer.tiny     writes tests/vqa/answer/artifact; needs the extra `train`

One picture has a red spot and the other a blue one, so that without the picture each question has two possible answers. The
artifact is committed, so that inference is tested without torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from data.artifact import Artifact, Manifest
from data.records import PictureQuestion
from vqa.answer.featurizer import AnswerChoice, Floats
from vqa.encoder.infer import Features

if TYPE_CHECKING:
    from vqa.answer.featurizer import Featurizer
    from vqa.answer.net import AnswerNet

FOLDER = Path(__file__).parent / "artifact"
ENCODER = "tiny-encoder 1"
CHANNELS, HEIGHT, WIDTH = 8, 3, 4
CHOICES = (
    AnswerChoice("red", "红色"),
    AnswerChoice("blue", "蓝色"),
    AnswerChoice("yes", "是"),
    AnswerChoice("no", "不是"),
)
SPOT = {"red": (1, 2), "blue": (2, 0)}
"""The row and the column of each picture's spot."""


def features(name: str) -> tuple[Floats, Floats]:
    """Return the map and the pooled features of a picture.

    They are noise, and one channel that is high in one place.
    """
    map = np.random.default_rng(len(name)).random((CHANNELS, HEIGHT, WIDTH), dtype=np.float32)
    map[:2] = 0
    map[list(SPOT).index(name), *SPOT[name]] = 6
    # What is seen in one place only, so that the net has to look there.
    return map, np.ones(CHANNELS, dtype=np.float32)


SHOWN = {name: Features(*features(name), ENCODER) for name in SPOT}


class Pictures:
    """The features of the two pictures, as a feature store gives them."""

    def load_maps(self, names: Sequence[str]) -> Floats:
        return np.stack([SHOWN[name].map for name in names])

    def load_pooled(self, names: Sequence[str]) -> Floats:
        return np.stack([SHOWN[name].pooled for name in names])

    def load_classes(self, names: Sequence[str]) -> None:
        """Return no classes: the encoder of the two pictures names none."""


EIGHT = [
    asked
    for name, chinese in (("red", "红色"), ("blue", "蓝色"))
    for asked in (
        PictureQuestion(name, "What colour is the spot?", (name,), "other", "en"),
        PictureQuestion(name, "这个点是什么颜色？", (chinese,), "other", "zh"),
        PictureQuestion(name, "Is it red?", ("yes" if name == "red" else "no",), "yes/no", "en"),
        PictureQuestion(name, "它是红色的吗？", ("是" if name == "red" else "不是",), "yes/no", "zh"),
    )
]


def featurizer() -> Featurizer:
    """Return the featurizer of the eight questions.

    It has two more answers: one without a Chinese word, and a number.
    """
    from vqa.answer.featurizer import Featurizer

    questions = [(one.question, one.language) for one in EIGHT]
    return Featurizer.build(questions, (*CHOICES, AnswerChoice("frisbee"), AnswerChoice("2")), 60, min_count=1)


def learn(folder: Path, blind: bool = False) -> tuple[AnswerNet, float]:
    """Train a net on the eight questions and return it with its accuracy."""
    from data.training.loop import Plan
    from vqa.answer.config import Config
    from vqa.answer.train import train

    made = featurizer()
    sizes = (len(made.vocab), len(made.choices), CHANNELS)
    config = Config(*sizes, width=8, hidden=16, joint=12, dropout=0.0, token_dropout=0.0, blind=blind, encoder=ENCODER)
    return train([EIGHT], EIGHT, Pictures(), made, config, Plan(240, 8e-3, 10, check_every=80, seed=1), folder, size=8)


def make(folder: Path, runs: Path) -> Artifact:
    """Train the net and write its artifact."""
    from vqa.answer.train import save

    net, _ = learn(runs)
    manifest = Manifest(
        "tiny-answerer",
        "1",
        "eight questions written by hand",
        "Apache-2.0",
        "knows two pictures by heart; for tests only",
        train="python -m tests.vqa.answer.tiny",
    )
    return save(net, featurizer(), Pictures(), "red", manifest, folder, small=False)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as runs:
        print(make(FOLDER, Path(runs)).folder)
