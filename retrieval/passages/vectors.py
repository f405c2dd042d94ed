"""The vectors of a passage: one of its heading and one of each of its units, rounded to a byte a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.records import Passage
from retrieval.passages.unit import Unit
from retrieval.postings import Floats

_STEPS = 127
_MOST_UNITS = 64
"""Of a passage with more units, which only a person can write, the rest is found by words alone."""


@dataclass(frozen=True)
class PassageVectors:
    """Unit vectors, rounded: codes int8 [N, width] and scales float32 [N]; the first is that of the heading."""

    codes: NDArray[np.int8]
    scales: Floats

    @classmethod
    def of(cls, vectors: Floats) -> PassageVectors:
        """Return these vectors float32 [N, width], rounded."""
        codes = np.rint(vectors / np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-9) * _STEPS).astype(np.int8)
        lengths = np.linalg.norm(codes.astype(np.float32), axis=1)
        return cls(codes, (1 / np.maximum(lengths, 1e-9)).astype(np.float32))

    def to_bytes(self) -> bytes:
        """Return the vectors as bytes; from_bytes takes them."""
        return self.scales.astype("<f4").tobytes() + self.codes.tobytes()

    @classmethod
    def from_bytes(cls, raw: bytes, width: int) -> PassageVectors:
        """Return the vectors that to_bytes wrote.

        Raises:
            ValueError: The bytes are not vectors of that width.
        """
        count, rest = divmod(len(raw), width + 4)
        if rest or not count:
            raise ValueError(f"{len(raw)} bytes are not vectors of {width} values")
        scales = np.frombuffer(raw, "<f4", count)
        return cls(np.frombuffer(raw, np.int8, count * width, count * 4).reshape(count, width), scales)


def list_encoded(passage: Passage, units: Sequence[Unit]) -> list[str]:
    """Return the texts that are encoded for a passage: its heading, and each of its units under the heading."""
    heading = passage.heading[-1] if passage.heading else ""
    shown = " ".join(passage.heading[-2:]) or passage.file.rpartition("/")[2].rpartition(".")[0]
    colon = ("：" if not heading.isascii() else ": ") if heading else ""
    return [shown, *(f"{heading}{colon}{unit.text}" for unit in units[:_MOST_UNITS])]
