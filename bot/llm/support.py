"""Whether a sentence says what its sources say: numbers, names, opposites, words and meaning, without a second model."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bot.llm.evidence import NumberedSource
from bot.llm.polarity import contradicts
from data.han import HAN_RANGE
from data.text.language import detect
from data.text.segment import words
from data.text.standardize import standardize
from retrieval.contrast.difference import find_difference
from retrieval.contrast.slots import parse_slots
from retrieval.postings import Floats

Encode = Callable[[Sequence[str]], Floats]
"""Returns unit vectors float32 [N, D] of texts of either language."""

MIN_MEANING = 0.53
"""The least cosine of a sentence with the nearest part of its sources."""
MIN_MEANING_ACROSS = 0.48
"""The same where the sentence and its sources are in different languages, whose words cannot be compared."""
MIN_WORDS = 0.55
"""The least share of a sentence's words that its sources have, where both are in one language."""
_MAX_KEPT = 64
_NUMBER = re.compile(r"\d+(?:,\d{3}(?!\d))*(?::\d\d(?!\d))*(?:\.\d+)*")
_UNIT = re.compile(
    rf"[\s-]*(?:个|extra |more |full |additional )?(working |business )?\s*([a-z%°]+|[{HAN_RANGE}]{{1,3}})"
)
_CURRENCY_BEFORE = re.compile(r"([$€£¥￥]|usd|rmb|cny)\s*$")
_RANGE_GOES_ON = re.compile(r"\s*(?:到|至|[-~–—]|to|and|or|/)\s*\d")
_MORE = re.compile(r"\b(?:over|more than|at least|above|from|minimum of)\s*$")
_LESS = re.compile(r"\b(?:under|less than|up to|within|at most|below|no more than|maximum of)\s*$")
_MORE_AFTER = re.compile(rf"^[{HAN_RANGE}a-z\s]{{0,6}}?(?:以上|起)")
_LESS_AFTER = re.compile(rf"^[{HAN_RANGE}a-z\s]{{0,6}}?(?:以内|以下|之内|内)")
_PARTS = re.compile(r"[。！？!?；;\n]+|\.(?=\s|$)")
_CLAUSES = re.compile(r"[，,、：:（()）]+")
_NAME = re.compile(r"(?<![\w@])[A-Za-z][\w+#&'-]*(?:[./@][\w+#&'-]+)*")
_COMMON = frozenset(
    "the a an and or of to in on at for from by with without as is are was were be been it its this that these "
    "those you your we our they their i my he she his her not no can cannot may might will would should must do "
    "does did have has had if so also then than there here when where which who what how why any all each only "
    "just very more most please into within about up out 的 了 是 在 和 与 或 也 都 就 才 又 还 很 请 您 你 我 "
    "我们 您的 你的 我的 他 她 它 们 可以 能 会 要 需 需要 应 应该 如果 那么 以及 并 并且 但 但是 而 因为 所以 "
    "对 于 对于 关于 到 从 把 被 给 让 用 以 为 之 其 此 这 那 这个 那个 一个 进行 根据 资料 来源".split()
)
_UNITS: dict[str, str] = {
    unit: name
    for name, units in {
        "minute": "minute minutes min mins 分 分钟",
        "hour": "hour hours hr hrs h 小时 钟头",
        "day": "day days night nights 天 日 号 晚",
        "week": "week weeks 周 星期 礼拜",
        "month": "month months 月",
        "year": "year years yr 年",
        "percent": "% percent",
        "yuan": "yuan rmb cny 元 块 ¥ ￥",
        "dollar": "dollar dollars usd 美元 美金 $",
        "euro": "euro euros 欧元 欧 €",
        "pound": "pound pounds 英镑 镑 £",
        "kilogram": "kg kilo kilos kilogram kilograms 公斤 千克",
        "gram": "g gram grams 克",
        "kilometre": "km kilometre kilometer kilometres kilometers 公里 千米",
        "metre": "m metre meter metres meters 米",
        "centimetre": "cm centimetre centimeter 厘米",
        "litre": "l litre liter litres liters 升",
    }.items()
    for unit in units.split()
}


_STRONG = tuple(
    re.compile(pattern)
    for pattern in (
        r"免费|免收|不收|免运费|白送|包邮|免(?=\s*\d|两|首)"
        r"|\bfree\b|no (?:charge|fee|cost|extra)|(?:costs?|pay|for) nothing|complimentary",
        r"永久|终身|永远|forever|lifetime|permanent|never expire",
        r"只(?!要|是|管)|仅|唯一|\bonly\b|solely|exclusively",
        r"所有|全部|一律|统一|任何|随时|全场|\b(?:all|any|every|everywhere|everything|anything|always|anytime)\b|都一样",
        r"马上|立即|立刻|当天|当日|当场|即时|immediately|at once|same day|instantly|right away|straight away|on the day",
        r"保证|一定能|guarantee|certainly",
        r"半个?小时|half (?:an |a )?hour",
        r"半天|half a day|half-day",
        r"半年|half a year|half-year",
    )
)
"""Words that make a claim strong, each with those that say the same: what says one must rest on a source that does."""


@dataclass(frozen=True)
class Support:
    """What was measured of a sentence beside its sources.

    Attributes:
        fault: What the sentence says that the sources do not: "number", "unit", "bound", "strong", "name", "opposite",
            "negation" or "subject"; empty if there is no such thing.
        meaning: The cosine of the sentence with the nearest part of the sources, in [-1, 1].
        words: The share of the sentence's words that the sources or the message have, in [0, 1]; None across languages.
    """

    fault: str
    meaning: float
    words: float | None

    @property
    def is_enough(self) -> bool:
        """Whether the sentence may be shown."""
        if self.fault:
            return False
        if self.words is None:
            return self.meaning >= MIN_MEANING_ACROSS
        return self.meaning >= MIN_MEANING and self.words >= MIN_WORDS


class SupportChecker:
    """Compares the sentences of a reply with its sources."""

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        self._sources: dict[tuple[str, str], tuple[Sequence[str], Floats]] = {}

    def is_supported(self, claim: str, sources: Sequence[NumberedSource], message: str) -> bool:
        """Return whether the sources say what the claim says.

        Args:
            claim: A sentence without citations.
            sources: What it cites.
            message: The message that it answers.
        """
        return bool(sources) and self.measure(claim, sources, message).is_enough

    def measure(self, claim: str, sources: Sequence[NumberedSource], message: str) -> Support:
        """Measure a claim beside the sources that it cites; the first thing that is wrong is named."""
        whole = "\n".join(f"{source.title}\n{source.text}" for source in sources)
        encoded = [self._encode_parts(source) for source in sources]
        cosines = np.concatenate([vectors for _, vectors in encoded]) @ self._encode([claim])[0]
        fault = _find_fault(claim, whole, sources, message)
        return Support(fault, float(cosines.max(initial=-1.0)), _share_words(claim, whole))

    def _encode_parts(self, source: NumberedSource) -> tuple[Sequence[str], Floats]:
        """Return the parts of a source and their vectors float32 [N, D]; they are made once for all sentences of a reply."""
        key = source.title, source.text
        if (encoded := self._sources.get(key)) is None:
            parts = _split_source(*key)
            encoded = parts, self._encode(parts)
            if len(self._sources) >= _MAX_KEPT:
                self._sources.clear()
            self._sources[key] = encoded
        return encoded


def _find_fault(claim: str, whole: str, sources: Sequence[NumberedSource], message: str) -> str:
    known = _read_numbers(whole)
    for number in _read_numbers(claim):
        forms = _list_forms(number.value)
        # "一颗", "one of": no quantity is meant.
        if number.value == "1" and "1" not in claim:
            continue
        same = [other for other in known if forms & _list_forms(other.value)]
        if not same:
            return "number"
        if number.unit and all(other.unit not in ("", number.unit) for other in same):
            return "unit"
        if number.bound and all(other.bound == -number.bound for other in same):
            return "bound"
    if any(pattern.search(claim.lower()) and not pattern.search(whole.lower()) for pattern in _STRONG):
        return "strong"
    if not _list_names(claim) <= _list_names(whole, every=True):
        return "name"
    mine, theirs = parse_slots(claim), parse_slots(whole)
    if any(group in theirs.sides and not sides & theirs.sides[group] for group, sides in mine.sides.items()):
        return "opposite"
    if _has_prefix_opposite(mine.words, theirs.words):
        return "opposite"
    if all(contradicts(claim, source.title, source.text) for source in sources):
        return "negation"
    # "Yes, it is in stock" takes its subject from the message, and the source may speak of another one.
    for source in sources:
        if source.title and find_difference(message, source.title) and not find_difference(message, claim):
            return "subject"
    return ""


def _has_prefix_opposite(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    """Return whether only one side has a word that the other has with "un" before it: opened, unopened."""
    known, said = set(theirs), set(mine)
    return any(
        (f"un{word}" in known and word not in known)
        or (word.startswith("un") and word[2:] in known and word not in known)
        for word in said
        if word.isascii() and len(word) > 3
    )


@dataclass(frozen=True)
class _Number:
    """A number in a text; bound is 1 where at least so many are meant, -1 where at most so many are."""

    value: str
    unit: str
    bound: int


def _read_numbers(text: str) -> list[_Number]:
    standard = standardize(text)
    found: list[_Number] = []
    for number in _NUMBER.finditer(standard):
        before, after = standard[: number.start()], standard[number.end() :]
        # Of 2 到 3 天 both ends have the unit behind the second.
        unit_from = after
        if going_on := _RANGE_GOES_ON.match(after):
            second = _NUMBER.match(after, going_on.end() - 1)
            unit_from = after[second.end() :] if second else after
        bound = 0
        if _MORE.search(before) or _MORE_AFTER.match(after):
            bound = 1
        elif _LESS.search(before) or _LESS_AFTER.match(after):
            bound = -1
        found.append(_Number(number[0].replace(",", ""), _read_unit(before, unit_from), bound))
    return found


def _read_unit(before: str, after: str) -> str:
    """Return the unit of a number; empty where none is known."""
    if currency := _CURRENCY_BEFORE.search(before):
        return _UNITS[currency[1]]
    unit = _UNIT.match(after)
    if unit is None:
        return ""
    word = unit[2]
    if word.startswith("工作"):
        return "workday"
    name = (
        _UNITS.get(word) or next((_UNITS[word[:size]] for size in (2, 1) if word[:size] in _UNITS), "")
        if not word.isascii()
        else _UNITS.get(word, "")
    )
    return f"work{name}" if unit[1] and name else name


def _list_forms(value: str) -> set[str]:
    """Return the ways to write a number: 9:00 as 9, 21:30 as 9:30, 9.50 as 9.5."""
    forms = {value}
    clock = re.fullmatch(r"0?(\d{1,2}):(\d\d)", value)
    if clock:
        hour, minute = int(clock[1]), clock[2]
        for each in {hour, hour % 12 or 12}:
            forms |= {f"{each}:{minute}", *({str(each)} if minute == "00" else ())}
    elif re.fullmatch(r"\d+\.\d+", value):
        forms.add(value.rstrip("0").rstrip("."))
    elif value.isdigit():
        forms.add(str(int(value)))
    return forms


def _list_names(text: str, every: bool = False) -> set[str]:
    """Return the names in Latin letters: every word of a Chinese text, the capitalised ones inside an English sentence."""
    chinese = re.search(f"[{HAN_RANGE}]", text) is not None
    found: set[str] = set()
    for name in _NAME.finditer(text):
        word = name[0]
        is_first = not text[: name.start()].strip() or re.search(r"[.!?:;\n]\s*[\"'“(]?$", text[: name.start()])
        is_name = word[1:] != word[1:].lower() or re.search(r"[\d./@]", word) or (word[0].isupper() and not is_first)
        if every or (chinese and len(word) > 1) or is_name:
            folded = word.casefold().removesuffix("'s")
            found |= {folded} if every is False else {folded, folded.rstrip("s"), *re.split(r"[./@'-]", folded)}
    return found - _COMMON - {"i", "i'm", "i'll"}


def _share_words(claim: str, whole: str) -> float | None:
    """Return the share of the claim's words that the sources have; None if the two are in different languages."""
    if detect(claim) != detect(whole) and "mixed" not in (detect(claim), detect(whole)):
        return None
    # Numbers are compared by what they are worth.
    mine = [word for word in words(standardize(claim)) if word not in _COMMON and not word[0].isdigit()]
    theirs = set(words(standardize(whole)))
    joined = "".join(standardize(whole).split())
    if not mine:
        return 0.0
    return sum(word in theirs or (not word.isascii() and word in joined) for word in mine) / len(mine)


def _split_source(title: str, text: str) -> tuple[str, ...]:
    """Return what a claim is compared with: sentences, pairs of them, clauses, and the whole, with and without the title."""
    sentences = [part.strip() for part in _PARTS.split(text) if part.strip()]
    clauses = [part.strip() for sentence in sentences for part in _CLAUSES.split(sentence) if len(part.strip()) > 3]
    pairs = [f"{first} {second}" for first, second in pairwise(sentences)]
    titled = [f"{title} {part}" for part in sentences] if title else []
    return tuple(dict.fromkeys([*sentences, *pairs, *titled, *clauses, f"{title} {text}".strip()]))
