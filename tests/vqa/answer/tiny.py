"""python -m tests.vqa.answer.tiny     write tests/vqa/answer/artifact anew; needs the extra `train`

Eight questions about two pictures of which one has a red spot and the other a blue one, in both languages: without the picture
each could be answered either way. The answerer that learned them by heart is committed, so that serving is tested without torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from data.artifact import Artifact, Manifest
from data.records import PictureQuestion
from vqa.answer.codec import Choice, Floats
from vqa.encoder.infer import Features

if TYPE_CHECKING:
    from vqa.answer.codec import Codec
    from vqa.answer.net import Answering

FOLDER = Path(__file__).parent / "artifact"
ENCODER = "tiny-encoder 1"
CHANNELS, HEIGHT, WIDTH = 8, 3, 4
CHOICES = (Choice("red", "红色"), Choice("blue", "蓝色"), Choice("yes", "是"), Choice("no", "不是"))
SPOT = {"red": (1, 2), "blue": (2, 0)}
"""The row and the column of each picture's spot."""


def features(name: str) -> tuple[Floats, Floats]:
    """The map and the pooled features of a picture: noise, and one channel that is high in one place."""
    map = np.random.default_rng(len(name)).random((CHANNELS, HEIGHT, WIDTH), dtype=np.float32)
    map[:2] = 0
    map[list(SPOT).index(name), *SPOT[name]] = 6
    # What is seen in one place only, so that the net has to look there.
    return map, np.ones(CHANNELS, dtype=np.float32)


SHOWN = {name: Features(*features(name), ENCODER) for name in SPOT}


class Pictures:
    """The features of the two, as a store gives them."""

    def maps(self, names: Sequence[str]) -> Floats:
        return np.stack([SHOWN[name].map for name in names])

    def pooled(self, names: Sequence[str]) -> Floats:
        return np.stack([SHOWN[name].pooled for name in names])


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


def codec() -> Codec:
    """The codec of the eight, with two answers that they have not: one without a Chinese word, and a number."""
    from vqa.answer.codec import Codec

    questions = [(one.question, one.language) for one in EIGHT]
    return Codec.build(questions, (*CHOICES, Choice("frisbee"), Choice("2")), 60, least=1)


def learn(folder: Path, blind: bool = False) -> tuple[Answering, float]:
    """A net that has learned the eight, and its accuracy."""
    from data.training.loop import Plan
    from vqa.answer.config import Config
    from vqa.answer.train import train

    made = codec()
    sizes = (len(made.vocab), len(made.choices), CHANNELS)
    config = Config(*sizes, width=8, hidden=16, joint=12, dropout=0.0, unseen=0.0, blind=blind, encoder=ENCODER)
    return train([EIGHT], EIGHT, Pictures(), made, config, Plan(240, 8e-3, 10, check_every=80, seed=1), folder, size=8)


def make(folder: Path, runs: Path) -> Artifact:
    """The artifact of the net that sees, in folder."""
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
    return save(net, codec(), Pictures(), "red", manifest, folder, small=False)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as runs:
        print(make(FOLDER, Path(runs)).folder)
