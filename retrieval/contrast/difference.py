"""The one thing in which a message and a stored question differ, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from data.han import HAN_RANGE
from data.text.segment import SEGMENTER, stem, words
from data.text.standardize import standardize
from retrieval.contrast.slots import list_sides, parse_slots

_NUMBER = re.compile(r"(?<![a-z0-9.])\d+(?:[.,:]\d+)*(?![\d.]*\d)")
_NAME_BEFORE = re.compile(r"(?<![a-z0-9])([a-z][a-z+#.-]*)[ ]?$")
_UNIT_AFTER = re.compile(rf"\s?(%|°|[a-z]+(?![a-z0-9])|[{HAN_RANGE}]+)")
# Of 2 到 3 天 and 5-7 days neither end stands alone.
_RANGE = re.compile(r"\d\s*(?:到|至|[-~–]|to|and)\s*$")
_RANGE_GOES_ON = re.compile(r"\s*(?:到|至|[-~–]|to|and)\s*\d")
_CODE = re.compile(r"(?<![a-z0-9])(?=[a-z0-9-]*\d)(?=[a-z0-9-]*[a-z])[a-z0-9-]+")
_WORD = re.compile(r"[a-z]+")
# What stands before a number or behind it and names nothing.
_NAMELESS = frozenset(
    "a age aged an and are at below buy by can cost do does for from get give have in is it just least minus most my need new of "
    "on only or over pay per plus take than that the this to turn turned under until up want was with within you".split()
)
# What two questions have in common without being about the same.
_EMPTY = frozenset(
    "about and any are can could did does for from get got has have how is it its long many much my need of our please the their "
    "there this to want was were what when where which who why will with would you your "
    "什么 怎么 怎样 如何 多少 多少钱 多久 几点 哪里 哪儿 哪个 是否 可以 能否 能不能 可不可以 有没有 是不是 请问 我们 你们 时候 "
    "什么时候 时间 一个 一下 需要 想要 还是 或者 这个 那个".split()
)
# Words of more than one meaning, with which a difference would not be understood.
_UNCLEAR = frozenset(
    "on off am him his her add more less most least like post end present current check in out one way round trip class".split()
)
_COMPOUND = re.compile(r"(?<![a-z])(check|log|sign)[- ]?(in|out|up)(?![a-z])")
_CLEAR_CHARACTERS = frozenset("男女左右红蓝绿黄黑白紫灰粉热冰狗猫")

Kind = Literal["number", "side", "name"]


@dataclass(frozen=True)
class Difference:
    """What only the message says (asked) and what the question has instead (known).

    Both as they were typed.

    kind: a number or code, a side of a pair of opposites, or a name in Latin letters.
    """

    asked: str
    known: str
    kind: Kind


@dataclass(frozen=True)
class _Value:
    """A value that a text names for a group of values.

    Two texts that name different values of one group differ in it.
    """

    group: tuple[str, str]
    value: str
    text: str
    kind: Kind


def find_difference(message: str, question: str) -> Difference | None:
    """Return the single thing in which message and stored question differ, or None.

    >>> find_difference("iPhone14换电池多少钱", "iPhone 15 换电池多少钱？")
    Difference(asked='iPhone14', known='iPhone 15', kind='number')
    >>> find_difference("how much is a cleaning for kids", "How much is a cleaning for adults?")
    Difference(asked='kids', known='adults', kind='side')
    >>> find_difference("几点开门", "周末几点开门？") is None
    True
    """
    asked, known = list(_list_values(message)), list(_list_values(question))
    groups = {value.group for value in known}
    for group in dict.fromkeys(value.group for value in asked if value.group in groups):
        mine = [value for value in asked if value.group == group]
        theirs = [value for value in known if value.group == group]
        if not {value.value for value in mine}.isdisjoint(value.value for value in theirs):
            continue
        # Of several numbers on a side, which stands for which is unknown.
        if mine[0].kind != "side" and len({value.value for value in mine} | {value.value for value in theirs}) > 2:
            continue
        if mine[0].kind == "number" and _is_same_number(mine[0].value, theirs[0].value, group[1]):
            continue
        if group[0] in ("code", "named") or _share_content(message, question):
            return Difference(mine[0].text, theirs[0].text, mine[0].kind)
    return None


def find_choice(questions: Sequence[str]) -> tuple[str, ...] | None:
    """Return what stored questions that differ in one thing say there, or None.

    >>> find_choice(["成人洗牙多少钱？", "儿童洗牙多少钱？"]), find_choice(["怎么退货？", "几点开门？"])
    (('成人', '儿童'), None)
    """
    first, *others = questions
    found = [find_difference(other, first) for other in others]
    known = {difference.known for difference in found if difference is not None}
    if None in found or len(known) != 1:
        return None
    choice = (*known, *(difference.asked for difference in found if difference is not None))
    return choice if len(set(choice)) == len(choice) > 1 else None


def _is_same_number(first: str, second: str, unit: str) -> bool:
    """Return whether two numbers may mean the same: 24年 and 2024年, 19点 and 7点."""
    if unit == "年":
        return first.endswith(second) or second.endswith(first)
    return unit == "点" and first.isdigit() and second.isdigit() and abs(int(first) - int(second)) == 12


def _share_content(first: str, second: str) -> bool:
    mine, theirs = set(words(standardize(first))), set(words(standardize(second)))
    common = mine & theirs
    if any(len(word) > (2 if word.isascii() else 1) and not word[0].isdigit() for word in common - _EMPTY):
        return True
    return len(common) >= min(len(mine), len(theirs)) / 2


def _list_values(text: str) -> Iterator[_Value]:
    standard = standardize(text)
    for code in _CODE.findall(standard):
        shape = re.sub(r"\d+", "#", code.replace("-", ""))
        yield _Value(("code", shape), code.replace("-", ""), _find_typed(code, text), "number")
    for found in _NUMBER.finditer(standard):
        if _RANGE.search(standard[: found.start()]) or _RANGE_GOES_ON.match(standard, found.end()):
            continue
        value = found[0].replace(",", "")
        if "." in value:
            yield _Value(("version", ""), value, _find_typed(value, text), "number")
        before = _NAME_BEFORE.search(standard[: found.start()])
        after = _UNIT_AFTER.match(standard[found.end() :])
        if before and before[1] not in _NAMELESS:
            piece = standard[before.start() : found.end()]
            yield _Value(("named", before[1]), value, _find_typed(piece, text), "number")
        if after and after[1] not in _NAMELESS:
            unit = after[1] if not re.match(f"[{HAN_RANGE}]", after[1]) else SEGMENTER.cut(after[1])[0]
            if unit in _EMPTY:
                continue
            end = found.end() + after.start(1) + len(unit)
            piece = standard[found.start() : end]
            yield _Value(
                ("unit", unit if not unit.isascii() else stem(unit)), value, _find_typed(piece, text), "number"
            )
    for found in _COMPOUND.finditer(standard):
        yield _Value(("compound", found[1]), found[2], _find_typed(found[0], text), "side")
    for group, side, word in list_sides(text):
        if shown := _show_side(word, standard):
            yield _Value(("side", str(group)), str(side), _find_typed(shown, text), "side")
    latin = parse_slots(text).latin - _NAMELESS
    if len(latin) == 1:
        (name,) = latin
        yield _Value(("latin", ""), name, _find_typed(name, text), "name")


def _show_side(word: str, standard: str) -> str | None:
    """Return the word of a side as the text has it; None if it is unclear alone."""
    if not word.isascii():
        return word if len(word) > 1 or word in _CLEAR_CHARACTERS else None
    typed = next((found[0] for found in _WORD.finditer(standard) if stem(found[0]) == word), word)
    return None if typed in _UNCLEAR else typed


def _find_typed(piece: str, text: str) -> str:
    """Return the piece as it was typed, or unchanged if it cannot be found."""
    pattern = r"[\s_-]*".join(re.escape(part) for part in re.findall(rf"[a-z]+|\d[\d.,:]*|[{HAN_RANGE}]|\S", piece))
    found = re.search(rf"(?<![0-9.]){pattern}" if piece[0].isdigit() else pattern, text, re.IGNORECASE)
    return found[0] if found else piece
