"""Decode pictures safely, re-encode them, and turn them into arrays."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from data.config import StoredConfig
from data.picture_decoder import MOST_BYTES as MOST_BYTES
from data.picture_decoder import PictureError as PictureError
from data.picture_decoder import decode, decode_apart


def open_picture(data: bytes) -> Image.Image:
    """Return a picture as RGB, decoded in this process.

    Use it for trusted files, such as training data. What a visitor sent goes through `reencode` first.

    Raises:
        PictureError: The bytes are not a picture that can be read.
    """
    return decode(data)


def reencode(data: bytes, max_side: int = 1600) -> bytes:
    """Return a picture as a new JPEG without metadata.

    It is decoded in a process of its own.

    Only this result is stored and shown, never the bytes that were sent.

    Args:
        data: The bytes of a picture file.
        max_side: The most pixels of the longer side; a larger picture is scaled down.

    Raises:
        PictureError: The bytes are not a picture that can be read.
    """
    picture = decode_apart(data, max_side)
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=90)
    return encoded.getvalue()


def resize_to_square(picture: Image.Image, size: int) -> NDArray[np.uint8]:
    """Return the picture resized to a square: uint8 [size, size, 3], RGB.

    The aspect ratio is not kept.
    """
    return np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR), dtype=np.uint8)


@dataclass(frozen=True)
class ImagePreprocessor(StoredConfig):
    """Turns pictures into normalized arrays.

    Args:
        size: The side in pixels of the square that a picture is resized to.
        mean: What is subtracted from the values in [0, 1], per channel.
        std: What the values are divided by then, per channel.
    """

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def encode(self, pictures: list[bytes]) -> NDArray[np.float32]:
        """Return picture files as float32 [B, 3, size, size].

        Raises:
            PictureError: One of them is not a picture that can be read.
        """
        squares = np.empty((len(pictures), self.size, self.size, 3), dtype=np.uint8)
        for place, data in enumerate(pictures):
            squares[place] = resize_to_square(open_picture(data), self.size)
        return self.normalize(squares)

    def normalize(self, squares: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return squares uint8 [B, H, W, 3], RGB, as float32 [B, 3, H, W]."""
        mean, std = np.asarray(self.mean, dtype=np.float32), np.asarray(self.std, dtype=np.float32)
        values = (squares.astype(np.float32) / np.float32(255) - mean) / std
        return np.ascontiguousarray(values.transpose(0, 3, 1, 2), dtype=np.float32)
