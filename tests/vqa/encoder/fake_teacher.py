"""A fake teacher, and distillation data with it."""

from collections.abc import Sequence
from typing import cast

import numpy as np

from tests.vqa.pictures import jpeg
from vqa.encoder.distillation_data import DistillationData
from vqa.encoder.teacher import CLASSES, Bytes, Floats, Teacher

COLOURS = ("red", "green", "blue", "white", "black", "yellow", "purple", "grey")
_SHAPES = {"stem": (32, 112)} | {
    f"block{number}": shape
    for number, shape in enumerate(
        [(16, 112)] + [(24, 56)] * 2 + [(32, 28)] * 3 + [(64, 14)] * 4 + [(96, 14)] * 3 + [(160, 7)] * 3 + [(320, 7)]
    )
} | {"map": (1280, 7)}  # fmt: skip


class FakeTeacher:
    """Return the brightness of the picture, up to 6, as every output.

    The first channel has it in full, each further one a share of it.
    """

    def forward(self, pictures: Bytes, wanted: Sequence[str]) -> dict[str, Floats]:
        light = pictures.astype(np.float32).mean((1, 2, 3)) / 255 * 6
        colour = pictures.astype(np.float32).mean((1, 2))
        made: dict[str, Floats] = {}
        for name in wanted:
            if name == "logits":
                scores = np.zeros((len(pictures), CLASSES), dtype=np.float32)
                scores[:, :3] = colour / 16
                scores[:, 3] = 8
                made[name] = scores
            else:
                channels, side = _SHAPES[name]
                share = np.cos(np.arange(channels, dtype=np.float32)) ** 2
                answer = (light[:, None] * share)[:, :, None, None]
                made[name] = np.broadcast_to(answer, (*answer.shape[:2], side, side)).copy()
        return made


def build_data(count: int = 8, files: Sequence[bytes] | None = None) -> DistillationData:
    """Return distillation data of pictures of one colour each, in two classes."""
    names = tuple(f"caltech101/{'狗' if number % 2 else 'cat'}/{number}.jpg" for number in range(count))
    made = tuple(files or (jpeg(COLOURS[number % len(COLOURS)], spot="white") for number in range(count)))
    return DistillationData(names, made, cast(Teacher, FakeTeacher()))
