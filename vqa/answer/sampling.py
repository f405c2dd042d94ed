"""Which questions are learned from together: sets in balance, a few questions about one picture at a time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import count

TOGETHER = 4
POWER = 0.5


def drawn(
    sets: Sequence[Sequence[str]], size: int, seed: int, start: int = 0, together: int = TOGETHER, power: float = POWER
) -> Iterator[list[int]]:
    """The numbers of at least size questions of one batch after another, without end, from step start on.

    sets holds the picture of each question of each set; numbers run on through them. Up to together questions about a picture
    come side by side, for seeing is dearer than reading. A set is drawn from as the power of its size, so that a large one does
    not drown the others (Arivazhagan et al. 2019, Massively Multilingual Neural Machine Translation in the Wild, section 4,
    temperature 2), and has no question twice before it had each once. Raises ValueError without questions.
    """
    if not any(sets):
        raise ValueError("there are no questions to make batches of")
    firsts = [sum(map(len, sets[:place])) for place in range(len(sets))]
    streams, shares = [], []
    for place, (images, first) in enumerate(zip(sets, firsts, strict=True)):
        if images:
            chance = random.Random(seed * 1_000_003 + place)
            streams.append(_endless(images, first, together, chance))
            # What is drawn is a picture's questions, of which one set has more than another.
            shares.append(len(images) ** (power - 1) * len(_pieces(images, first, together, random.Random(0))))
    chance = random.Random(seed)
    for step in count():
        batch: list[int] = []
        while len(batch) < size:
            (stream,) = chance.choices(streams, shares)
            batch += next(stream)
        if step >= start:
            yield batch


def _endless(images: Sequence[str], first: int, together: int, chance: random.Random) -> Iterator[list[int]]:
    while True:
        yield from _pieces(images, first, together, chance)


def _pieces(images: Sequence[str], first: int, together: int, chance: random.Random) -> list[list[int]]:
    order = list(range(len(images)))
    chance.shuffle(order)
    about: dict[str, list[int]] = {}
    for number in order:
        about.setdefault(images[number], []).append(first + number)
    pieces = [one[at : at + together] for one in about.values() for at in range(0, len(one), together)]
    chance.shuffle(pieces)
    return pieces
