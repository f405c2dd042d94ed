"""Pictures from outside: opened safely, brought to one form, and made into arrays."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from data.picture_decoder import MOST_BYTES as MOST_BYTES
from data.picture_decoder import PictureError as PictureError
from data.picture_decoder import decode, decode_apart


def open_picture(data: bytes) -> Image.Image:
    """The picture in the bytes as RGB, decoded in this process. Raises PictureError.

    For files of our own making and those of whoever trains; what a visitor sent goes through `reencode` first.
    """
    return decode(data)


def reencode(data: bytes, longest: int = 1600) -> bytes:
    """The picture as a fresh JPEG without metadata, its longer side at most longest pixels. Raises PictureError.

    What is kept and shown is always this, never the bytes somebody sent. They are decoded in a process of their own.
    """
    picture = decode_apart(data, longest)
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=90)
    return made.getvalue()


def resize_to_square(picture: Image.Image, size: int) -> NDArray[np.uint8]:
    """The picture squashed to a square of size pixels: uint8 [size, size, 3], RGB."""
    return np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR), dtype=np.uint8)


@dataclass(frozen=True)
class ImagePreprocessor:
    """Pictures to arrays: squashed to a square of size pixels, scaled to [0, 1], mean taken off, divided by std, per channel."""

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def encode(self, pictures: list[bytes]) -> NDArray[np.float32]:
        """float32 [B, 3, size, size] of the pictures' bytes. Raises PictureError."""
        squares = np.empty((len(pictures), self.size, self.size, 3), dtype=np.uint8)
        for place, data in enumerate(pictures):
            squares[place] = resize_to_square(open_picture(data), self.size)
        return self.normal(squares)

    def normal(self, squares: NDArray[np.uint8]) -> NDArray[np.float32]:
        """float32 [B, 3, H, W] of squares uint8 [B, H, W, 3], RGB."""
        mean, std = np.asarray(self.mean, dtype=np.float32), np.asarray(self.std, dtype=np.float32)
        values = (squares.astype(np.float32) / np.float32(255) - mean) / std
        return np.ascontiguousarray(values.transpose(0, 3, 1, 2), dtype=np.float32)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> ImagePreprocessor:
        """The codec that to_dict wrote. Raises KeyError if a value is missing."""
        return cls(int(raw["size"]), tuple(raw["mean"]), tuple(raw["std"]))
