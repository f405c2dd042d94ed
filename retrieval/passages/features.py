"""What is measured of a unit of a passage beside a question, as named numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from data.records import Language
from data.text.language import language_of
from data.text.segment import words
from data.text.standardize import standardize
from retrieval.contrast.features import FEATURES as CONTRASTS
from retrieval.contrast.features import measure_contrast
from retrieval.contrast.slots import Slots, parse_slots
from retrieval.passages.answer_type import is_unanswered
from retrieval.postings import Floats

MEASURED = (
    "covered", "covered_around", "unanswered", "numbers_alone", "codes_alone", "latin_alone", "opposed", "denied",
    "other_language",
)  # fmt: skip
FEATURES = ("meaning", "mean_meaning", "heading", "words", "grams", *MEASURED, "ahead", "apart")
"""What is measured.

meaning: the cosine of the question with the unit under its heading; mean_meaning: the mean of those of all units of the passage;
heading: the cosine with the heading; words, grams: the share of the BM25 score of the question against itself that the passage
has; covered: how much of the question's words, each weighing what it is rare, the unit and its headings have, a word near in
meaning counting in part; covered_around: the same of the whole passage; unanswered: 1 where a number, an amount or a time is
asked for and the unit has none; numbers_alone, codes_alone, latin_alone, opposed: as in retrieval.contrast, beside the unit;
denied: 1 where the question says that something is not, or cannot be, and the unit does not; other_language: 1 where the unit is
in the other language; ahead: by how much the meaning is above that of the next passage; apart: by how many standard deviations
it is above the mean of the other passages that were found."""

GROUPS = {
    "meaning": "meaning", "mean_meaning": "meaning", "heading": "heading", "words": "words", "grams": "words",
    "covered": "words", "covered_around": "words", "unanswered": "kind", "numbers_alone": "numbers", "codes_alone": "numbers",
    "latin_alone": "numbers", "opposed": "opposites", "denied": "opposites", "other_language": "language", "ahead": "ahead",
    "apart": "ahead",
}  # fmt: skip
"""What the page names together, by feature."""

_TAKEN = ("numbers_alone", "codes_alone", "latin_alone", "opposed")
# What asks, and what every question has.
_ASKING = (
    "什么 怎么 怎样 如何 多少 多少钱 几 几个 哪 哪里 哪个 吗 呢 能 能不能 可以 可不可以 有没有 是不是 是 有 要 会",
    "需要 你们 我们 我 你 钱 多久 的 了 在 和 就 还 也 都 这 这个 那 那个 一个 一下 怎么办 为什么 请问 吧 啊 得",
    "给 把 被 让 去 来 到 里 里面 上 下 想 用 个 没 没有 不 哪些 些 啥",
    "a an the can could do does did how is are am was were be been many much what when where which who whom why will would",
    "you we i me my our your their his her its it they them he she there this that these those any some to of in on at for",
    "with by from up out and or if not no have has had get got need want should may might must please about into as than",
    "then so too also just still ok okay use us",
)
_NEAR = 0.35
"""Words whose vectors have no higher cosine have nothing in common."""


@lru_cache(maxsize=1)
def _list_asking() -> frozenset[str]:
    return frozenset(word for text in _ASKING for name in text.split() for word in (name, *words(name)))


@dataclass(frozen=True)
class Query:
    """A question taken apart once: its slots, its words that carry content with what each weighs, and what it asks for."""

    slots: Slots
    content: dict[str, float]
    folded: str
    language: Language

    @classmethod
    def of(cls, standard: str, rarity: Callable[[str], float]) -> Query:
        """Return the parts of a standardized question."""
        slots = parse_slots(standard)
        content = {word: rarity(word) for word in dict.fromkeys(slots.words) if word not in _list_asking()}
        return cls(slots, content, standard, language_of(standard, "en"))


@dataclass(frozen=True)
class Around:
    """What surrounds the units of a passage: the words of its headings, and its slots."""

    titled: tuple[str, ...]
    slots: Slots


class Measures:
    """What the words of questions and passages are measured with."""

    def __init__(self, rarity: Callable[[str], float], vector: Callable[[str], Floats | None]) -> None:
        """Take functions that say how rare a word is, in [0, 1], and give the unit vector of a word, None for an unknown one."""
        self.rarity, self._vector = rarity, vector

    def describe(self, heading: Sequence[str], passage: str) -> Around:
        """Return what surrounds the units of a passage."""
        return Around(tuple(word for text in heading for word in words(standardize(text))), parse_slots(passage))

    def measure_unit(self, query: Query, unit: str, around: Around, covered_around: float) -> list[float]:
        """Return the values of MEASURED, in their order; covered_around is the same for all units of a passage."""
        slots = parse_slots(unit)
        contrast = dict(
            zip(CONTRASTS, measure_contrast(query.slots, slots, around.slots, _weigh_all, _know_all), strict=True)
        )
        return [
            self.measure_cover(query, (*slots.words, *around.titled)),
            covered_around,
            float(is_unanswered(query.folded, unit)),
            *(float(contrast[name]) for name in _TAKEN),
            float(query.slots.negated and not slots.negated),
            float(language_of(unit, query.language) != query.language),
        ]

    def measure_cover(self, query: Query, said: Sequence[str]) -> float:
        """Return the share of the question's content that the words said have, in [0, 1]."""
        if not query.content:
            return 0.0
        near = self._measure_nearness(query, frozenset(said))
        total = sum(query.content.values()) or 1.0
        return sum(weight * near[word] for word, weight in query.content.items()) / total

    def _measure_nearness(self, query: Query, held: frozenset[str]) -> dict[str, float]:
        """Return how near the nearest of the words said is to each word of the question, in [0, 1]; 1 for the same word."""
        near = {word: 1.0 if word in held else _share_characters(word, held) for word in query.content}
        mine = [(word, vector) for word in near if near[word] < 1 and (vector := self._vector(word)) is not None]
        asking = _list_asking()
        others = [vector for word in held if word not in asking and (vector := self._vector(word)) is not None]
        if mine and others:
            best = (np.stack([vector for _, vector in mine]) @ np.stack(others).T).max(axis=1)
            for (word, _), cosine in zip(mine, best.tolist(), strict=True):
                near[word] = max(near[word], (cosine - _NEAR) / (1 - _NEAR))
        return near


def _weigh_all(word: str) -> float:
    return 1.0


def _know_all(word: str) -> bool:
    return True


def _share_characters(word: str, held: frozenset[str]) -> float:
    """Return 0.6 where a Chinese word is a part of a word that was said, or the other way round, as 卡 and 会员卡."""
    if word.isascii() or len(word) < 2:
        return 0.0
    return 0.6 if any(len(other) > 1 and (word in other or other in word) for other in held) else 0.0
