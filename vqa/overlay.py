"""Attention maps drawn over the pictures they belong to."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from data.image import open_picture

MAX_SIDE = 512
_MIN_OPACITY = 0.3
_MAX_OPACITY = 0.62
# Anchors of "cividis" (Nunez et al. 2018, Optimizing colormaps with consideration for color vision deficiency): from blue to
# yellow, its lightness rises evenly for every kind of colour vision.
_ANCHORS = (
    (0, 32, 76), (0, 48, 110), (47, 66, 109), (78, 84, 108), (103, 102, 110), (124, 123, 120), (148, 142, 119),
    (174, 162, 113), (201, 184, 102), (230, 208, 82), (255, 234, 70),
)  # fmt: skip

Floats = NDArray[np.float32]


def overlay(picture: bytes, attention: Floats, max_side: int = MAX_SIDE, with_ring: bool = True) -> bytes:
    """Return a PNG of the picture, tinted by where the model attended.

    Blue marks low attention, yellow high attention, and a ring marks the centre of the strongest cell. Uniform attention carries
    no information: it gets one tint and no ring.

    Args:
        picture: The bytes of the picture's file.
        attention: float32 [H', W'], at least 0 everywhere.
        max_side: The most pixels of the longer side.
        with_ring: Whether the strongest cell is marked.

    Raises:
        PictureError: The bytes are no picture that can be read.
        ValueError: The attention has another shape.
    """
    if attention.ndim != 2 or not attention.size:
        raise ValueError(f"attention has the shape {attention.shape}; expected [H', W'], both at least 1")
    photo = open_picture(picture)
    photo.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    spread = attention - attention.min()
    most = float(spread.max())
    even = most <= 1e-9
    heat = np.zeros(photo.size[::-1], dtype=np.float32) if even else _upsample(spread / most, photo.size)
    colours = _colourize(heat)
    share = (_MIN_OPACITY + (_MAX_OPACITY - _MIN_OPACITY) * heat)[..., None]
    # The lightness of the photo is kept, so that its content stays visible under the tint.
    grey = np.asarray(photo.convert("L"), dtype=np.float32)[..., None] / 255
    tint = colours * (0.35 + 0.65 * grey)
    mixed = (1 - share) * np.asarray(photo, dtype=np.float32) + share * tint
    drawn = Image.fromarray(np.clip(mixed, 0, 255).astype(np.uint8))
    if with_ring and not even:
        _draw_ring(drawn, attention)
    made = io.BytesIO()
    drawn.save(made, "PNG")
    return made.getvalue()


def overlay_tokens(
    picture: bytes, tokens: Sequence[str], attention: Floats, max_side: int = 160
) -> list[tuple[str, bytes]]:
    """Return each token of a caption with a small overlay of its attention.

    Args:
        picture: The bytes of the picture's file.
        tokens: The T tokens of the caption.
        attention: float32 [T, H', W'], or empty for a captioner without attention, which gives an empty list.
        max_side: The most pixels of the longer side of an overlay.

    Raises:
        PictureError: The bytes are no picture that can be read.
        ValueError: The number of maps is not the number of tokens.
    """
    if not len(attention):
        return []
    if len(attention) != len(tokens):
        raise ValueError(f"{len(tokens)} tokens have {len(attention)} maps; expected one for each")
    small = _shrink(picture, max_side)
    return [(token, overlay(small, each, max_side)) for token, each in zip(tokens, attention, strict=True)]


def _shrink(picture: bytes, max_side: int) -> bytes:
    """Return the picture as a PNG of the drawn size, decoded once for all tokens."""
    photo = open_picture(picture)
    photo.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    made = io.BytesIO()
    photo.save(made, "PNG")
    return made.getvalue()


def _upsample(heat: Floats, size: tuple[int, int]) -> Floats:
    """Resize heat [H', W'] in [0, 1] to float32 [H, W] of the size (W, H).

    The result is clipped to [0, 1], since bicubic filters overshoot.
    """
    large = Image.fromarray(heat.astype(np.float32)).resize(size, Image.Resampling.BICUBIC)
    return np.clip(np.asarray(large, dtype=np.float32), 0, 1)


def _colourize(heat: Floats) -> Floats:
    """Return the colours float32 [H, W, 3], 0 to 255, of heat [H, W] in [0, 1]."""
    at = np.linspace(0, 1, len(_ANCHORS))
    table = np.asarray(_ANCHORS, dtype=np.float32)
    return np.stack([np.interp(heat, at, table[:, channel]) for channel in range(3)], axis=-1).astype(np.float32)


def _draw_ring(drawn: Image.Image, attention: Floats) -> None:
    row, column = np.unravel_index(int(attention.argmax()), attention.shape)
    width, height = drawn.size
    x, y = (column + 0.5) / attention.shape[1] * width, (row + 0.5) / attention.shape[0] * height
    radius = max(3.0, min(width, height) / 24)
    pen = ImageDraw.Draw(drawn)
    # White inside black is visible on any background.
    for grown, colour, thick in ((0.0, "black", 4), (0.0, "white", 2)):
        box = (x - radius - grown, y - radius - grown, x + radius + grown, y + radius + grown)
        pen.ellipse(box, outline=colour, width=thick)
