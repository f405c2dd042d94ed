"""Rows of ids of different lengths, as one array."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.text.vocab import PAD


def pad_rows(rows: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Return rows of ids as int64 [B, T], filled up with PAD.

    >>> pad_rows([[5, 6], [7]]).tolist(), pad_rows([[]]).tolist()
    ([[5, 6], [7, 0]], [[0]])

    Returns:
        is the length of the longest row, at least 1.
    """
    padded = np.full((len(rows), max(1, max(map(len, rows), default=1))), PAD, dtype=np.int64)
    for number, row in enumerate(rows):
        padded[number, : len(row)] = row
    return padded
