"""Photos, and the teacher's outputs for the same augmented views of them."""

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

_WHOLE_PICTURE_SHARE = 0.3
"""The share of views that show the whole picture, as at inference; the others show a crop."""


@dataclass(frozen=True)
class Batch:
    """Pictures and the teacher's outputs for them.

    picture is float32 [B, 3, S, S]. targets holds the teacher's outputs by name: [B, C, H', W'], or [B, 1001] for "logits".
    """

    picture: Tensor
    targets: dict[str, Tensor]

    def __len__(self) -> int:
        return len(self.picture)


@dataclass(frozen=True)
class DistillationData:
    """Photos by name, as the bytes of their files, and the teacher that labels them."""

    names: tuple[str, ...]
    files: tuple[bytes, ...]
    teacher: Teacher

    @classmethod
    def from_pictures(cls, pictures: Iterable[tuple[str, bytes]], teacher: Teacher) -> DistillationData:
        """Collect the names and bytes of pictures."""
        names, files = zip(*pictures, strict=True)
        return cls(names, files, teacher)

    @cached_property
    def held_out(self) -> tuple[int, ...]:
        """Return the numbers of the held-out photos: one in ten, chosen by name."""
        return tuple(number for number, name in enumerate(self.names) if is_held_out(name))

    @cached_property
    def training(self) -> tuple[int, ...]:
        """Return the numbers of the photos that are not held out."""
        held_out = set(self.held_out)
        return tuple(number for number in range(len(self.names)) if number not in held_out)

    @property
    def digest(self) -> str:
        """Return the first 12 hexadecimal digits of the SHA-256 of all names."""
        return hashlib.sha256("\n".join(self.names).encode()).hexdigest()[:12]

    def batch(
        self,
        numbers: Sequence[int],
        wanted: Sequence[str],
        codec: ImagePreprocessor,
        chance: random.Random | None = None,
    ) -> Batch:
        """Build a batch of photos with the teacher's outputs.

        Student and teacher get the same view of each photo.

        Args:
            numbers: The numbers of the photos.
            wanted: The names of the teacher's outputs; without any, the teacher does not run.
            codec: Prepares the student's pictures.
            chance: Draws an augmented view of each photo. Without it, whole photos are used.

        Raises:
            PictureError: A photo cannot be read.

        Source:
            Beyer et al. 2022, Knowledge Distillation: A Good Teacher Is Patient and Consistent, section 3.
        """
        views = []
        for number in numbers:
            view = open_picture(self.files[number])
            views.append(view if chance is None else augment(view, chance))
        targets = (
            self.teacher.forward(np.stack([resize_to_square(view, SIDE) for view in views]), wanted) if wanted else {}
        )
        picture = torch.from_numpy(codec.normalize(np.stack([resize_to_square(view, codec.size) for view in views])))
        # Convolutions on a CPU are fastest in channels-last order.
        lasting = picture.contiguous(memory_format=torch.channels_last)
        return Batch(lasting, {name: torch.from_numpy(array) for name, array in targets.items()})


def augment(picture: Image.Image, chance: random.Random) -> Image.Image:
    """Return a random view of a picture.

    A view is the whole picture or a crop of 35 % to all of its area and of similar shape, perhaps mirrored, with changed
    brightness and contrast.

    Source:
        Szegedy et al. 2015, Going Deeper with Convolutions, section 6.
    """
    if chance.random() >= _WHOLE_PICTURE_SHARE:
        share, shape = chance.uniform(0.35, 1.0), chance.uniform(0.75, 4 / 3)
        wide, high = min(1.0, (share * shape) ** 0.5), min(1.0, (share / shape) ** 0.5)
        left, top = chance.uniform(0, 1 - wide) * picture.width, chance.uniform(0, 1 - high) * picture.height
        # A crop of the smallest picture has at least one pixel.
        right, bottom = left + max(1, wide * picture.width), top + max(1, high * picture.height)
        picture = picture.crop((int(left), int(top), int(right), int(bottom)))
    if chance.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    picture = ImageEnhance.Brightness(picture).enhance(chance.uniform(0.8, 1.2))
    return ImageEnhance.Contrast(picture).enhance(chance.uniform(0.8, 1.2))


def is_held_out(name: str) -> bool:
    """Return whether a photo, by the name of its set and its own, is one of the tenth that is held out."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % 10 == 9
