"""Tell photos from pictures without content, from noise, and from drawings and screenshots, by simple measures of the pixels."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Content = Literal["photo", "blank", "noise", "drawing"]
"""What a picture is. blank is one colour or a smooth gradient; drawing is a drawing with few colours or a screenshot."""

_FLAT_STEP = 3
"""The largest difference of neighbouring pixels, of 255, that counts as none."""
# Measured on 400 photos of COCO and 700 of Caltech 101, of which one is taken for a drawing; drawn shapes and screenshots.
_BLANK_FLAT, _BLANK_STD, _ALMOST_FLAT = 0.996, 6.0, 0.95
_NOISE_LAG, _NOISE_CORRELATION = 4, 0.33
_DRAWN_COLOURS, _DRAWN_FLAT = 40, 0.93
_PAPER_SHARE, _PAPER_FLAT, _PAPER_CORRELATION = 0.6, 0.75, 0.9


def classify_content(square: NDArray[np.uint8]) -> Content:
    """Return what kind of picture the pixels uint8 [S, S, 3] show."""
    grey = square.astype(np.float32).mean(2)
    signed = square.astype(np.int16)
    steps = [np.abs(np.diff(signed, axis=axis)).max(2) for axis in (0, 1)]
    flat = float(np.mean([(step <= _FLAT_STEP).mean() for step in steps]))
    if flat >= _BLANK_FLAT or (grey.std() < _BLANK_STD and flat >= _ALMOST_FLAT):
        return "blank"
    # Neighbours of a photo are alike some pixels away too; those of noise are not, even if it was enlarged.
    if _correlate(grey, _NOISE_LAG) < _NOISE_CORRELATION:
        return "noise"
    codes = (square >> 4).astype(np.int64) @ np.array([256, 16, 1])
    counts = np.bincount(codes.ravel(), minlength=4096)
    colours = int((counts > codes.size * 1e-4).sum())
    is_paper = counts.max() >= _PAPER_SHARE * codes.size and flat >= _PAPER_FLAT
    if (colours <= _DRAWN_COLOURS and flat >= _DRAWN_FLAT) or (is_paper and _correlate(grey, 1) < _PAPER_CORRELATION):
        return "drawing"
    return "photo"


def _correlate(grey: NDArray[np.float32], lag: int) -> float:
    """Return the mean correlation of pixels with those `lag` below and to the right of them."""
    centred = grey - grey.mean()
    products = (centred[:, :-lag] * centred[:, lag:]).mean() + (centred[:-lag] * centred[lag:]).mean()
    return float(products / 2 / max(float(centred.var()), 1e-6))
