"""Where a model looked, drawn over the picture it looked at."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from data.image import open_picture

LONGEST = 512
_CLEAREST = 0.3
_STRONGEST = 0.62
# Anchors of "cividis" (Nunez et al. 2018, Optimizing colormaps with consideration for color vision deficiency): from blue to
# yellow, its lightness rises evenly for every kind of colour vision.
_ANCHORS = (
    (0, 32, 76), (0, 48, 110), (47, 66, 109), (78, 84, 108), (103, 102, 110), (124, 123, 120), (148, 142, 119),
    (174, 162, 113), (201, 184, 102), (230, 208, 82), (255, 234, 70),
)  # fmt: skip

Floats = NDArray[np.float32]


def overlay(picture: bytes, attention: Floats, longest: int = LONGEST, marked: bool = True) -> bytes:
    """A PNG of the picture, its longer side at most longest pixels, tinted by attention float32 [H', W'] >= 0.

    Blue is looked past, yellow is looked at, and a ring marks the middle of the strongest cell. Attention that is the same
    everywhere says nothing, and gets one tint and no ring. Raises PictureError, and ValueError for attention of another shape.
    """
    if attention.ndim != 2 or not attention.size:
        raise ValueError(f"attention has the shape {attention.shape}; expected [H', W'], both at least 1")
    photo = open_picture(picture)
    photo.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    spread = attention - attention.min()
    most = float(spread.max())
    even = most <= 1e-9
    heat = np.zeros(photo.size[::-1], dtype=np.float32) if even else _smooth(spread / most, photo.size)
    colours = _coloured(heat)
    share = (_CLEAREST + (_STRONGEST - _CLEAREST) * heat)[..., None]
    # The photo's lightness shines through, whatever the tint.
    grey = np.asarray(photo.convert("L"), dtype=np.float32)[..., None] / 255
    tint = colours * (0.35 + 0.65 * grey)
    mixed = (1 - share) * np.asarray(photo, dtype=np.float32) + share * tint
    drawn = Image.fromarray(np.clip(mixed, 0, 255).astype(np.uint8))
    if marked and not even:
        _ring(drawn, attention)
    made = io.BytesIO()
    drawn.save(made, "PNG")
    return made.getvalue()


def strip(picture: bytes, tokens: Sequence[str], attention: Floats, longest: int = 160) -> list[tuple[str, bytes]]:
    """Each token of a caption with a small overlay of what was looked at for it; attention float32 [T, H', W'].

    Empty where the captioner has no attention. Raises PictureError, and ValueError if there are not as many maps as tokens.
    """
    if not len(attention):
        return []
    if len(attention) != len(tokens):
        raise ValueError(f"{len(tokens)} tokens have {len(attention)} maps; expected one for each")
    small = _small(picture, longest)
    return [(token, overlay(small, each, longest)) for token, each in zip(tokens, attention, strict=True)]


def _small(picture: bytes, longest: int) -> bytes:
    """The picture as a PNG of the size that is drawn: decoded once for all words."""
    photo = open_picture(picture)
    photo.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    made = io.BytesIO()
    photo.save(made, "PNG")
    return made.getvalue()


def _smooth(heat: Floats, size: tuple[int, int]) -> Floats:
    """heat [H', W'] in [0, 1] as float32 [H, W] of the size (W, H), in [0, 1] again: bicubic overshoots."""
    large = Image.fromarray(heat.astype(np.float32)).resize(size, Image.Resampling.BICUBIC)
    return np.clip(np.asarray(large, dtype=np.float32), 0, 1)


def _coloured(heat: Floats) -> Floats:
    """float32 [H, W, 3], 0 to 255, of heat [H, W] in [0, 1]."""
    at = np.linspace(0, 1, len(_ANCHORS))
    table = np.asarray(_ANCHORS, dtype=np.float32)
    return np.stack([np.interp(heat, at, table[:, channel]) for channel in range(3)], axis=-1).astype(np.float32)


def _ring(drawn: Image.Image, attention: Floats) -> None:
    row, column = np.unravel_index(int(attention.argmax()), attention.shape)
    width, height = drawn.size
    x, y = (column + 0.5) / attention.shape[1] * width, (row + 0.5) / attention.shape[0] * height
    radius = max(3.0, min(width, height) / 24)
    pen = ImageDraw.Draw(drawn)
    # White inside dark: seen on any ground.
    for grown, colour, thick in ((0.0, "black", 4), (0.0, "white", 2)):
        box = (x - radius - grown, y - radius - grown, x + radius + grown, y + radius + grown)
        pen.ellipse(box, outline=colour, width=thick)
