"""What a student learns from: photos, and what the teacher makes of the very view of each that the student sees."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from PIL import Image, ImageEnhance
from torch import Tensor

from data.image import ImagePreprocessor, open_picture, resize_to_square
from vqa.encoder.teacher import SIDE, Teacher

_WHOLE = 0.3
"""The share of views that show the whole picture, as serving does; the others show a part."""


@dataclass(frozen=True)
class Batch:
    """picture float32 [B, 3, S, S], and by name what the teacher made of it: [B, C, H', W'], or [B, 1001] for "logits"."""

    picture: Tensor
    answers: dict[str, Tensor]

    def __len__(self) -> int:
        return len(self.picture)


@dataclass(frozen=True)
class Lessons:
    """Photos by name, as the bytes of their files, and the teacher that is asked about them."""

    names: tuple[str, ...]
    files: tuple[bytes, ...]
    teacher: Teacher

    @classmethod
    def of(cls, pictures: Iterable[tuple[str, bytes]], teacher: Teacher) -> Lessons:
        """The lessons of these pictures."""
        names, files = zip(*pictures, strict=True)
        return cls(names, files, teacher)

    @cached_property
    def held(self) -> tuple[int, ...]:
        """The numbers of one photo of ten, told by its name, that nothing is learned from."""
        return tuple(number for number, name in enumerate(self.names) if _place(name) == 9)

    @cached_property
    def learned(self) -> tuple[int, ...]:
        """The numbers of the others."""
        held = set(self.held)
        return tuple(number for number in range(len(self.names)) if number not in held)

    @property
    def digest(self) -> str:
        """The first digits of the SHA-256 of all names."""
        return hashlib.sha256("\n".join(self.names).encode()).hexdigest()[:12]

    def batch(
        self,
        numbers: Sequence[int],
        wanted: Sequence[str],
        codec: ImagePreprocessor,
        chance: random.Random | None = None,
    ) -> Batch:
        """The whole photos of these numbers and the teacher's wanted answers; with chance, views of them.

        Student and teacher are shown the same view (Beyer et al. 2022, Knowledge Distillation: A Good Teacher Is Patient and
        Consistent, section 3). Raises PictureError for one that cannot be read.
        """
        views = []
        for number in numbers:
            view = open_picture(self.files[number])
            views.append(view if chance is None else seen(view, chance))
        answers = (
            self.teacher.look(np.stack([resize_to_square(view, SIDE) for view in views]), wanted) if wanted else {}
        )
        picture = torch.from_numpy(codec.normalize(np.stack([resize_to_square(view, codec.size) for view in views])))
        # Convolutions on a CPU are fastest with the channels of a place side by side.
        lasting = picture.contiguous(memory_format=torch.channels_last)
        return Batch(lasting, {name: torch.from_numpy(array) for name, array in answers.items()})


def seen(picture: Image.Image, chance: random.Random) -> Image.Image:
    """A view of the picture: the whole, or a part of a third to all of its area and not far from its shape; mirrored or not; in
    another light.

    Szegedy et al. 2015, Going Deeper with Convolutions, section 6.
    """
    if chance.random() >= _WHOLE:
        share, shape = chance.uniform(0.35, 1.0), chance.uniform(0.75, 4 / 3)
        wide, high = min(1.0, (share * shape) ** 0.5), min(1.0, (share / shape) ** 0.5)
        left, top = chance.uniform(0, 1 - wide) * picture.width, chance.uniform(0, 1 - high) * picture.height
        # At least a pixel is left of the smallest picture.
        right, bottom = left + max(1, wide * picture.width), top + max(1, high * picture.height)
        picture = picture.crop((int(left), int(top), int(right), int(bottom)))
    if chance.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    picture = ImageEnhance.Brightness(picture).enhance(chance.uniform(0.8, 1.2))
    return ImageEnhance.Contrast(picture).enhance(chance.uniform(0.8, 1.2))


def _place(name: str) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % 10
