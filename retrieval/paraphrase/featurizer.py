"""A question and stored phrasings to named features and unmatched units."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, repeat
from math import log1p
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from data.han import HAN_RANGE
from data.text.clean import fold
from data.text.segment import grams, words
from retrieval.paraphrase.edit_distance import build_masks, count_edits, measure_common_subsequence
from retrieval.paraphrase.question_kinds import QUESTION_KINDS, find_question_kinds
from retrieval.postings import Floats

FEATURES = (
    "units", "units_contained", "pairs", "grams", "words", "rare", "rare_contained",
    "order", "edits", "beginning", "end", "first", "last", "length",
    "aligned_low", "aligned_high", "lost_low", "lost_high", "meaning", "left_meaning", "exchanged", "nothing_left",
    "kinds", "kinds_clash", "kinds_one", "numbers", "numbers_one", "latin", "latin_one", "negated",
    *(f"one asks: {kind}" for kind in QUESTION_KINDS), *(f"both ask: {kind}" for kind in QUESTION_KINDS),
)  # fmt: skip
"""What is measured of two texts, the same whichever comes first.

Units are Chinese characters and stems of other words. units, pairs, grams, words: Jaccard's coefficient of units, of pairs of
neighbouring units, of character n-grams and of words; rare: of words, each weighing what it is rare. contained: the shared part
of the shorter. order: the longest common subsequence over the longer; edits: 1 less the edits over the longer. beginning, end:
how much of the longer is the same from there; first, last: whether one unit is. length: the difference over the longer.
aligned: how near, by word vectors, the other text's nearest word is to each word, the mean by rarity, low and high of the two
directions; lost: the same for the one word that fares worst, rarity times distance. meaning: the cosine of the mean vectors;
left_meaning: of the words that only one text says, if both have such (exchanged); nothing_left: if neither has. kinds: Jaccard's
coefficient of what they ask for; clash: both ask, for nothing in common; one: only one asks. numbers, latin: both hold some and
they differ, and one: only one does. negated: one is, the other is not."""

_NEGATION = re.compile(r"不(?!错|仅|但|管|过)|没|无法|别|未|n['’]t\b|\b(?:not|no|never|without|cannot)\b")
_HAN = re.compile(f"[{HAN_RANGE}]")
_NUMBER = re.compile(r"\d+")
_LATIN = re.compile(r"[a-z]+")
# As many as 16 MB hold.
_CACHED = 2048

Item = TypeVar("Item")


@dataclass(frozen=True)
class TextParts:
    """A text taken apart for comparison.

    The occurrences of a unit and of a pair are numbered, so that sets of them count.

    places int64 [W] among the vectors, known float32 [W], 0 for a word that has none, and rarity float32 [W], in [0, 1], are of
    its different words; a text without any has one that weighs nothing.
    """

    units: tuple[str, ...]
    counted: frozenset[tuple[str, int]]
    pairs: frozenset[tuple[tuple[str, str], int]]
    grams: frozenset[str]
    words: tuple[str, ...]
    spoken: frozenset[str]
    weights: Mapping[str, float]
    places: NDArray[np.int64]
    known: Floats
    rarity: Floats
    kinds: frozenset[str]
    numbers: frozenset[str]
    latin: frozenset[str]
    negated: bool


@dataclass(frozen=True)
class PairFeatures:
    """Features float32 [N, F] of a question with N phrasings, and unmatched units.

    Args:
        unit is unmatched if only one of the two texts has it.
    """

    features: Floats
    unmatched: tuple[tuple[str, ...], ...]


class Featurizer:
    """Measures pairs of texts with word vectors.

    Words come most frequent first, with their unit vectors float32 [V, D]: the rank says how rare a word is.
    """

    def __init__(self, known: Sequence[str], vectors: Floats) -> None:
        self._places = {word: place for place, word in enumerate(known)}
        self._vectors = vectors
        # Phrasings are measured again and again, and what takes longest is to segment them.
        self.text: Callable[[str], TextParts] = lru_cache(_CACHED)(self._parse)

    @property
    def words(self) -> frozenset[str]:
        """The words that have a vector."""
        return frozenset(self._places)

    def rarity(self, word: str) -> float:
        """Return how rare a word is, from 0 for the most frequent to 1.

        It is the logarithm of its rank over that of the last (Zipf 1949).
        """
        size = len(self._places)
        return log1p(self._places.get(word, size)) / log1p(size) if size else 1.0

    def measure(self, question: str, phrasings: Sequence[str]) -> PairFeatures:
        """Return the features of the question with each phrasing."""
        one, others = self.text(question), [self.text(phrasing) for phrasing in phrasings]
        if not others:
            return PairFeatures(np.zeros((0, len(FEATURES)), np.float32), ())
        places = build_masks(one.units)
        surface = [_measure_surface(one, other, places) for other in others]
        rows = np.asarray([row for row, _ in surface], dtype=np.float32)
        first = FEATURES.index("aligned_low")
        features = np.hstack([rows[:, :first], _measure_meaning(one, others, self._vectors), rows[:, first:]])
        return PairFeatures(features, tuple(left for _, left in surface))

    def _parse(self, text: str) -> TextParts:
        folded, spoken = fold(text), words(text)
        units = [unit for word in spoken for unit in (word if _HAN.match(word) else (word,))]
        weights = {word: self.rarity(word) for word in spoken}
        places = [self._places.get(word, -1) for word in weights] or [-1]
        return TextParts(
            tuple(units),
            _number_items(units),
            _number_items(pairwise(("", *units, ""))) if units else frozenset(),
            frozenset(grams(text)),
            tuple(weights) or ("",),
            frozenset(weights),
            weights,
            np.maximum(np.asarray(places), 0),
            np.asarray([place >= 0 for place in places], dtype=np.float32),
            np.asarray(list(weights.values()) or [0.0], dtype=np.float32),
            find_question_kinds(folded),
            frozenset(_NUMBER.findall(folded)),
            frozenset(_LATIN.findall(folded)) if _HAN.search(folded) else frozenset(),
            len(_NEGATION.findall(folded)) % 2 == 1,
        )


def _number_items(items: Iterable[Item]) -> frozenset[tuple[Item, int]]:
    items = tuple(items)
    if len(set(items)) == len(items):
        return frozenset(zip(items, repeat(0)))
    seen: Counter[Item] = Counter()
    numbered = []
    for item in items:
        numbered.append((item, seen[item]))
        seen[item] += 1
    return frozenset(numbered)


def _jaccard(one: frozenset[Item], other: frozenset[Item]) -> float:
    both = len(one & other)
    return both / (len(one) + len(other) - both or 1)


def _measure_surface(
    one: TextParts, other: TextParts, places: Mapping[str, int]
) -> tuple[list[float], tuple[str, ...]]:
    """Return the features that need no vectors, and the unmatched units.

    They are in the order of FEATURES.
    """
    size, length = len(one.units), len(other.units)
    longer, shorter = max(size, length, 1), max(min(size, length), 1)
    both = len(one.counted & other.counted)
    heavy = sum(weight for word, weight in one.weights.items() if word in other.weights)
    mine, theirs = sum(one.weights.values()), sum(other.weights.values())
    beginning, end = (
        _count_common_prefix(one.units, other.units),
        _count_common_prefix(one.units[::-1], other.units[::-1]),
    )
    asks = bool(one.kinds), bool(other.kinds)
    left = {unit for unit, _ in one.counted - other.counted} | {unit for unit, _ in other.counted - one.counted}
    return [
        both / (size + length - both or 1),
        both / shorter,
        _jaccard(one.pairs, other.pairs),
        _jaccard(one.grams, other.grams),
        _jaccard(one.spoken, other.spoken),
        _divide(heavy, mine + theirs - heavy),
        _divide(heavy, min(mine, theirs)),
        measure_common_subsequence(size, places, other.units) / longer,
        1 - count_edits(size, places, other.units) / longer,
        beginning / longer,
        end / longer,
        beginning > 0,
        end > 0,
        abs(size - length) / longer,
        _jaccard(one.kinds, other.kinds),
        all(asks) and not one.kinds & other.kinds,
        asks[0] != asks[1],
        bool(one.numbers and other.numbers) and one.numbers != other.numbers,
        bool(one.numbers) != bool(other.numbers),
        bool(one.latin - other.latin) and bool(other.latin - one.latin),
        bool(one.latin - other.latin) != bool(other.latin - one.latin),
        one.negated != other.negated,
        *((kind in one.kinds) != (kind in other.kinds) for kind in QUESTION_KINDS),
        *(kind in one.kinds and kind in other.kinds for kind in QUESTION_KINDS),
    ], tuple(sorted(left))


def _divide(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _count_common_prefix(one: Sequence[str], other: Sequence[str]) -> int:
    for place, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return place
    return min(len(one), len(other))


def _measure_meaning(one: TextParts, others: Sequence[TextParts], table: Floats) -> Floats:
    """Return float32 [N, 8]: the features that need vectors, for all phrasings.

    They are in the order of FEATURES.

    They are in the order of FEATURES.
    """
    sizes = [len(other.words) for other in others]
    starts = np.cumsum([0, *sizes[:-1]])
    joined = [word for other in others for word in other.words]
    numbers = {word: number for number, word in enumerate(one.words)}
    same = np.asarray([numbers.get(word, -1) for word in joined])
    rarity = np.concatenate([other.rarity for other in others])
    mine = table[one.places] * one.known[:, None]
    theirs = (
        table[np.concatenate([other.places for other in others])]
        * np.concatenate([other.known for other in others])[:, None]
    )
    near = mine @ theirs.T  # [Q, M]: words of the question by words of all phrasings
    near[same[same >= 0], np.flatnonzero(same >= 0)] = 1.0
    forth, back = np.maximum.reduceat(near, starts, axis=1).T, near.max(axis=0)  # [N, Q] and [M]
    total, totals = one.rarity.sum(), np.add.reduceat(rarity, starts)
    aligned = (
        _divide_rows(forth @ one.rarity, np.full(len(others), total, np.float32)),
        _divide_rows(np.add.reduceat(back * rarity, starts), totals),
    )
    lost = (((1 - forth) * one.rarity).max(axis=1), np.maximum.reduceat((1 - back) * rarity, starts))
    weighed, weighed_theirs = mine * one.rarity[:, None], theirs * rarity[:, None]
    means = np.add.reduceat(weighed_theirs, starts)
    apart = np.ones((len(others), len(one.words)), dtype=np.float32)
    apart[np.repeat(np.arange(len(others)), sizes)[same >= 0], same[same >= 0]] = 0.0
    alone = (same < 0).astype(np.float32)
    some, some_theirs = apart.any(axis=1), np.add.reduceat(alone, starts) > 0
    left = _compute_cosines(apart @ weighed, np.add.reduceat(weighed_theirs * alone[:, None], starts))
    return np.stack(
        [
            np.minimum(*aligned),
            np.maximum(*aligned),
            np.minimum(*lost),
            np.maximum(*lost),
            _compute_cosines(np.broadcast_to(weighed.sum(axis=0), means.shape), means),
            left,
            some & some_theirs,
            ~some & ~some_theirs,
        ],
        axis=1,
    ).astype(np.float32)


def _divide_rows(part: Floats, whole: Floats) -> Floats:
    return np.asarray(part / np.where(whole > 0, whole, 1.0), dtype=np.float32)


def _compute_cosines(one: Floats, other: Floats) -> Floats:
    lengths = np.sqrt((one * one).sum(axis=1) * (other * other).sum(axis=1))
    return _divide_rows((one * other).sum(axis=1), lengths)
