"""The names of ImageNet's thousand classes as people say them, in both languages.

The table `imagenet_classes.tsv` has a class a line, in ImageNet's order: its English and its Chinese name and, where a class is
finer than what people ask about, what it is in general: each breed of dog is also a dog.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.records import Language

_TABLE = Path(__file__).with_name("imagenet_classes.tsv")


@dataclass(frozen=True, slots=True)
class ClassName:
    """The name of one class or of several that people call alike."""

    english: str
    chinese: str

    def word(self, language: Language) -> str:
        """Return the name in a language."""
        return self.chinese if language == "zh" else self.english


@dataclass(frozen=True, slots=True)
class NamedClass:
    """A class that an encoder names, and its probability. general is what it is in general, or itself."""

    name: ClassName
    general: ClassName
    probability: float


def name_classes(classes: NDArray[np.float32], count: int = 5) -> list[NamedClass]:
    """Return the most probable names of the class probabilities float32 [1000], best first.

    A general name stands for its classes where none of them alone is more probable than half of all.

    Raises:
        ValueError: There are not a thousand probabilities.
    """
    names, generals = _read_table()
    if classes.shape != (len(names),):
        raise ValueError(f"{classes.shape} probabilities; expected one for each of ImageNet's {len(names)} classes")
    sums: dict[ClassName, float] = {}
    best: dict[ClassName, int] = {}
    for number in np.argsort(-classes, kind="stable").tolist():
        general = generals[number]
        best.setdefault(general, number)
        sums[general] = sums.get(general, 0.0) + float(classes[number])
    found = []
    for general, total in sorted(sums.items(), key=lambda pair: -pair[1])[:count]:
        number = best[general]
        is_clear = float(classes[number]) > total / 2
        found.append(NamedClass(names[number] if is_clear else general, general, total))
    return found


@cache
def _read_table() -> tuple[tuple[ClassName, ...], tuple[ClassName, ...]]:
    """Return the name of each class, and what it is in general."""
    _, *lines = _TABLE.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    names = tuple(ClassName(row[0], row[1]) for row in rows)
    # Classes with the same name are one: two elephants, two notebooks.
    return names, tuple(
        ClassName(row[2], row[3]) if len(row) == 4 else name for row, name in zip(rows, names, strict=True)
    )
