"""Training batches: sets in balance, questions about a picture together."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import count

QUESTIONS_PER_GROUP = 4
SIZE_EXPONENT = 0.5


def sample_batches(
    sets: Sequence[Sequence[str]],
    size: int,
    seed: int,
    start: int = 0,
    group_size: int = QUESTIONS_PER_GROUP,
    size_exponent: float = SIZE_EXPONENT,
) -> Iterator[list[int]]:
    """Yield batches of question numbers without end.

    Batch questions about the same picture: encoding it dominates the cost. A set is drawn from in proportion to a power of its
    size, so that a large set does not dominate. No question repeats before all of its set have been drawn.

    Args:
        sets: The picture of each question of each set. Question numbers run on through the sets.
        size: The least number of questions in a batch.
        seed: The seed of the order.
        start: The first step to yield.
        group_size: The most questions about a picture that are drawn together.
        size_exponent: The power of a set's size.

    Raises:
        ValueError: There are no questions.

    Source:
        Arivazhagan et al. 2019, Massively Multilingual Neural Machine Translation in the Wild, section 4, temperature 2.
    """
    if not any(sets):
        raise ValueError("there are no questions to make batches of")
    firsts = [sum(map(len, sets[:place])) for place in range(len(sets))]
    streams, shares = [], []
    for place, (images, first) in enumerate(zip(sets, firsts, strict=True)):
        if images:
            chance = random.Random(seed * 1_000_003 + place)
            streams.append(_repeat_groups(images, first, group_size, chance))
            # Groups are drawn, whose size differs between the sets.
            shares.append(
                len(images) ** (size_exponent - 1) * len(_group_by_picture(images, first, group_size, random.Random(0)))
            )
    chance = random.Random(seed)
    for step in count():
        batch: list[int] = []
        while len(batch) < size:
            (stream,) = chance.choices(streams, shares)
            batch += next(stream)
        if step >= start:
            yield batch


def _repeat_groups(images: Sequence[str], first: int, group_size: int, chance: random.Random) -> Iterator[list[int]]:
    while True:
        yield from _group_by_picture(images, first, group_size, chance)


def _group_by_picture(images: Sequence[str], first: int, group_size: int, chance: random.Random) -> list[list[int]]:
    order = list(range(len(images)))
    chance.shuffle(order)
    about: dict[str, list[int]] = {}
    for number in order:
        about.setdefault(images[number], []).append(first + number)
    pieces = [one[at : at + group_size] for one in about.values() for at in range(0, len(one), group_size)]
    chance.shuffle(pieces)
    return pieces
