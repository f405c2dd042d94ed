"""Folds of questions by photo, assigned by a hash of the photo's name.

The questions about a photo are never in two folds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from data.metrics.resampling import derive_seed
from data.records import PictureQuestion


def assign_fold(image: str, count: int, seed: int) -> int:
    """Return the fold of a photo, from 0 to count - 1; it depends on the name only."""
    return derive_seed(f"{seed} {image}") % count


def folds(images: Iterable[str], count: int, seed: int) -> list[frozenset[str]]:
    """Return the photos in count folds, by the hash of their names.

    Raises:
        ValueError: There are fewer than two folds.

    >>> one, other = folds(["猫.jpg", "dog.jpg", "猫.jpg"], 2, seed=0)
    >>> one | other == {"猫.jpg", "dog.jpg"}, one & other
    (True, frozenset())
    """
    if count < 2:
        raise ValueError(f"{count} folds; expected at least two, one to train on and one to test on")
    parts: list[set[str]] = [set() for _ in range(count)]
    for image in images:
        parts[assign_fold(image, count, seed)].add(image)
    return [frozenset(part) for part in parts]


def split_by_fold(
    questions: Sequence[PictureQuestion], one_of: int, seed: int
) -> tuple[list[PictureQuestion], list[PictureQuestion]]:
    """Return the questions about one photo in one_of, and all others."""
    inside = [question for question in questions if assign_fold(question.image, one_of, seed) == 0]
    outside = [question for question in questions if assign_fold(question.image, one_of, seed) != 0]
    return inside, outside
