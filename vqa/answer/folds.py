"""Questions parted by photo, told by its name: what is asked about a photo is never in two parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from data.metrics.resampling import derive_seed
from data.records import PictureQuestion


def fold_of(image: str, count: int, seed: int) -> int:
    """The fold of a photo, from 0 to count - 1: its name's, wherever else it occurs."""
    return derive_seed(f"{seed} {image}") % count


def folds(images: Iterable[str], count: int, seed: int) -> list[frozenset[str]]:
    """The photos in count folds, by the hash of their names. Raises ValueError for fewer than two folds.

    >>> one, other = folds(["猫.jpg", "dog.jpg", "猫.jpg"], 2, seed=0)
    >>> one | other == {"猫.jpg", "dog.jpg"}, one & other
    (True, frozenset())
    """
    if count < 2:
        raise ValueError(f"{count} folds; expected at least two, one to learn from and one to measure by")
    parts: list[set[str]] = [set() for _ in range(count)]
    for image in images:
        parts[fold_of(image, count, seed)].add(image)
    return [frozenset(part) for part in parts]


def parted(
    questions: Sequence[PictureQuestion], one_of: int, seed: int
) -> tuple[list[PictureQuestion], list[PictureQuestion]]:
    """The questions about one of so many photos, and all others."""
    inside = [one for one in questions if fold_of(one.image, one_of, seed) == 0]
    outside = [one for one in questions if fold_of(one.image, one_of, seed) != 0]
    return inside, outside
