"""What the teacher made of every picture, written down once: the pictures and the answers that a student learns from."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from data.image import open_picture, square
from vqa.encoder.teacher import CLASSES, SIDE, Scale, Teacher

VIEWS = 2
"""Of every picture: the whole, squashed to a square as serving does, and one part of it."""
_SIZES = {"pictures": (128, 128, 3), "middle": (14, 14, 96), "map": (7, 7, 1280), "logits": (CLASSES,)}
_INDEX = "index.json"

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Lessons:
    """names are of the pictures; the arrays hold VIEWS rows for each, uint8, as memory maps.

    pictures [N, 128, 128, 3], middle [N, 14, 14, 96], map [N, 7, 7, 1280], logits [N, 1001]; scales says what the bytes of
    the last three stand for.
    """

    names: tuple[str, ...]
    pictures: Bytes
    middle: Bytes
    map: Bytes
    logits: Bytes
    scales: dict[str, Scale]

    def held_out(self, number: int) -> bool:
        """Whether the picture of this number is one of ten that nothing is learned from; told by its name."""
        return int(hashlib.sha256(self.names[number].encode()).hexdigest()[:8], 16) % 10 == 9


def write(pictures: Iterable[tuple[str, bytes]], count: int, folder: Path, threads: int = 1) -> Lessons:
    """Ask the teacher about count pictures, and write its answers into folder. Goes on where it was interrupted.

    Raises CorpusError without a teacher, PictureError for a picture that cannot be read, ValueError if there are fewer.
    """
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {name: _array(folder / f"{name}.npy", (count * VIEWS, *size)) for name, size in _SIZES.items()}
    names = _names(folder)
    teacher = Teacher(threads)
    for number, (name, data) in enumerate(tqdm(pictures, total=count, desc="teacher", mininterval=1.0)):
        if number < len(names):
            if names[number] != name:
                raise ValueError(f"{folder} begins with other pictures ({names[number]}, not {name}); remove it")
            continue
        picture = open_picture(data)
        for view in range(VIEWS):
            row = number * VIEWS + view
            seen = part(picture, name) if view else picture
            arrays["pictures"][row] = square(seen, _SIZES["pictures"][0])
            for kind, answer in teacher.look(square(seen, SIDE)).items():
                arrays[kind][row] = answer
        names.append(name)
        if len(names) % 500 == 0 or len(names) == count:
            for array in arrays.values():
                array.flush()
            scales = {kind: [scale.step, scale.zero] for kind, scale in teacher.scales.items()}
            _put(folder / _INDEX, json.dumps({"names": names, "scales": scales}))
    if len(names) != count:
        raise ValueError(f"{len(names)} pictures were given, {count} announced")
    return read(folder)


def read(folder: Path) -> Lessons:
    """The lessons in the folder. Raises FileNotFoundError if there are none."""
    index = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _SIZES}
    scales = {name: Scale(float(step), int(zero)) for name, (step, zero) in index["scales"].items()}
    return Lessons(tuple(index["names"]), **arrays, scales=scales)


def part(picture: Image.Image, name: str) -> Image.Image:
    """A part of the picture, a third to all of its area and not far from its shape, always the same for the same name.

    Szegedy et al. 2015, Going Deeper with Convolutions, section 6.
    """
    chance = random.Random(f"part {name}")
    share, shape = chance.uniform(0.35, 1.0), chance.uniform(0.75, 4 / 3)
    wide = min(1.0, (share * shape) ** 0.5)
    high = min(1.0, (share / shape) ** 0.5)
    left, top = chance.uniform(0, 1 - wide) * picture.width, chance.uniform(0, 1 - high) * picture.height
    return picture.crop((int(left), int(top), int(left + wide * picture.width), int(top + high * picture.height)))


def _array(path: Path, shape: tuple[int, ...]) -> np.memmap[Any, np.dtype[np.uint8]]:
    if path.exists():
        found: np.memmap[Any, np.dtype[np.uint8]] = np.load(path, mmap_mode="r+")
        if found.shape != shape:
            raise ValueError(f"{path} has the shape {found.shape}, expected {shape}; remove it")
        return found
    return np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)


def _names(folder: Path) -> list[str]:
    if not (folder / _INDEX).exists():
        return []
    found: list[str] = json.loads((folder / _INDEX).read_text(encoding="utf-8"))["names"]
    return found


def _put(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
