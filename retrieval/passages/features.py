"""What is measured of a unit of a passage beside a question, as named numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from data.han import HAN_RANGE
from data.text.segment import words
from data.text.standardize import standardize
from retrieval.contrast.features import FEATURES as CONTRASTS
from retrieval.contrast.features import measure_contrast
from retrieval.contrast.slots import Slots, parse_slots
from retrieval.postings import Floats

MEASURED = (
    "covered", "covered_around", "unanswered", "numbers_alone", "codes_alone", "latin_alone", "opposed", "negated",
)  # fmt: skip
FEATURES = ("meaning", "mean_meaning", "heading", "words", "grams", *MEASURED, "ahead", "apart")
"""What is measured.

meaning: the cosine of the question with the unit under its heading; mean_meaning: the mean of those of all units of the passage;
heading: the cosine with the heading; words, grams: the share of the BM25 score of the question against itself that the passage
has; covered: how much of the question's words, each weighing what it is rare, the unit and its headings have, a word near in
meaning counting in part; covered_around: the same of the whole passage; unanswered: 1 where a number, an amount or a time is asked
for and the unit has none; numbers_alone, codes_alone, latin_alone, opposed, negated: as in retrieval.contrast, beside the unit;
ahead: by how much the meaning is above that of the next passage; apart: by how many standard deviations it is above the mean of
the other passages that were found."""

GROUPS = {
    "meaning": "meaning", "mean_meaning": "meaning", "heading": "heading", "words": "words", "grams": "words",
    "covered": "words", "covered_around": "words", "unanswered": "kind", "numbers_alone": "numbers", "codes_alone": "numbers",
    "latin_alone": "numbers", "opposed": "opposites", "negated": "opposites", "ahead": "ahead", "apart": "ahead",
}  # fmt: skip
"""What the page names together, by feature."""

_TAKEN = ("numbers_alone", "codes_alone", "latin_alone", "opposed", "negated")
_ASKS_MONEY = re.compile(
    r"多少钱|几块|几元|价格|费用|收费|要钱|花多少|怎么收|\bhow much (?:is|are|does .{0,40}cost|do .{0,40}cost|for|would|will)\b|\bprice\b|\bcosts?\b"
    r"|\bfees?\b|\bcharge\b(?! (?:my|the|it))"
)
_MONEY = re.compile(
    rf"\d[\d,.]*\s*(?:元|块|折|%|美元|dollars?|euros?|pounds?|cents?|usd|eur)|[$€£¥]\s*\d|免费|不收费|免押金|不收|\bfree\b|{'费用'}自?[由理]|\bcosts? nothing\b"
)
_ASKS_NUMBER = re.compile(
    r"多[少大高重远宽深长快](?!钱)|几(?![乎])|\bhow (?:many|much|old|big|large|heavy|far|tall|often|fast|loud|wide|deep|high)\b"
)
_ASKS_TIME = re.compile(
    r"什么时候|何时|几点|多久|多长时间|几[天月号年小]|哪[天年]|(?:^|[,.!?] ?)(?:and |so )?when (?!i\b|we\b|you\b)|\bwhat time\b|\bhow (?:long|soon|early|late)\b|\buntil what\b"
)
_NUMBER = re.compile(
    rf"\d|[一二两三四五六七八九十百千半][{HAN_RANGE}]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|"
    r"fifty|sixty|hundred|half|twice|once|double|daily|weekly|monthly|yearly)\b"
)
_TIME = re.compile(
    r"\d|[一二三四五六七八九十两]+[天日周月年点时分秒号]|周[一二三四五六日末]|每[天日周月年]|立即|随时|当[天日场]|之[前后]|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|"
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december|daily|weekly|monthly|yearly|at once|"
    r"immediately|always|never|(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|thirty|sixty|ninety|few)\s+(?:\w+\s)?"
    r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?))\b"
)
# What asks, and what every question has.
_ASKING = frozenset(
    word
    for text in (
        "什么 怎么 怎样 如何 多少 多少钱 几 几个 哪 哪里 哪个 吗 呢 能 能不能 可以 可不可以 有没有 是不是 是 有 要 会 需要 你们 我们 我 你 钱 多久 的 了"
        " 在 和 就 还 也 都 这 这个 那 那个 一个 一下 怎么办 为什么 请问 吧 啊 得 给 把 被 让 去 来 到 里 里面 上 下 想 用 个 没 没有 不 哪些 些 啥",
        "a an the can could do does did how is are am was were be been many much what when where which who whom why will would you we i me "
        "my our your their his her its it they them he she there this that these those any some to of in on at for with by from up "
        "out and or if not no have has had get got need want should may might must please about into as than then so too also just "
        "still ok okay use us",
    )
    for name in text.split()
    for word in (name, *words(name))
)
_NEAR = 0.35
"""Words whose vectors have no higher cosine have nothing in common."""


@dataclass(frozen=True)
class Query:
    """A question taken apart once: its slots, its words that carry content with what each weighs, and what it asks for."""

    slots: Slots
    content: dict[str, float]
    folded: str

    @classmethod
    def of(cls, standard: str, rarity: Callable[[str], float]) -> Query:
        """Return the parts of a standardized question."""
        slots = parse_slots(standard)
        content = {word: rarity(word) for word in dict.fromkeys(slots.words) if word not in _ASKING}
        return cls(slots, content, standard)


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
        others = [vector for word in held if word not in _ASKING and (vector := self._vector(word)) is not None]
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


def is_unanswered(query: str, unit: str) -> bool:
    """Return whether a question asks for an amount, a number or a time, and the unit has none.

    >>> is_unanswered("这台机器多少钱", "机器重 3.4 千克。"), is_unanswered("how long is it open", "It is open until 9 p.m.")
    (True, False)
    """
    folded = standardize(unit)
    if _ASKS_MONEY.search(query):
        return not _MONEY.search(folded)
    if _ASKS_TIME.search(query):
        return not _TIME.search(folded)
    return bool(_ASKS_NUMBER.search(query)) and not _NUMBER.search(folded)
