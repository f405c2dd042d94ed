"""python -m pytest tests/retrieval/contrast/test_slots.py"""

from __future__ import annotations

import pytest

from retrieval.contrast.slots import parse_slots


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("支持三天无理由退货吗", {"3"}),
        ("支持 3 天无理由退货吗", {"3"}),
        ("99 元套餐和￥199 套餐", {"99", "199"}),
        ("is 1,000 the limit of version 2.10", {"1000", "2.10"}),
        ("within three days", {"3"}),
        ("怎么退款", set()),
        ("no one came", set()),
    ],
)
def test_numbers_are_read_however_they_are_typed(text: str, numbers: set[str]) -> None:
    assert parse_slots(text).numbers == numbers


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("错误 E-0042", {"e0042"}),
        ("error E 0042", {"e0042"}),
        ("the X-100 or the x200", {"x100", "x200"}),
        ("怎么退款", set()),
        ("a refund", set()),
    ],
)
def test_codes_are_one_word_however_they_are_joined(text: str, codes: set[str]) -> None:
    assert parse_slots(text).codes == codes


@pytest.mark.parametrize(
    ("text", "negated"),
    [
        ("不能退款吗", True),
        ("什么情况下不能退款", True),
        ("没有收到包裹", True),
        ("能不能退款", False),
        ("有没有红色的", False),
        ("可以退款不", False),
        ("这家店不错", False),
        ("为什么不能登录", True),
        ("the parcel has not arrived", True),
        ("I can't log in", True),
        ("without a receipt", True),
        ("never mind, it isn't gone", False),
        ("why don't you ship abroad", False),
        ("can I return it", False),
    ],
)
def test_who_denies_and_who_only_asks(text: str, negated: bool) -> None:
    assert parse_slots(text).negated is negated


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("红色的有货吗", "蓝色的有货吗"),
        ("周三开门吗", "周四开门吗"),
        ("星期天几点开门", "周六几点开门"),
        ("怎么打开夜间模式", "怎么关闭夜间模式"),
        ("is the red one in stock", "is the blue one in stock"),
        ("open on Sunday?", "open on Saturday?"),
        ("how do I turn notifications on", "how do I turn notifications off"),
    ],
)
def test_opposites_are_sides_of_one_group(one: str, other: str) -> None:
    here, there = parse_slots(one).sides, parse_slots(other).sides
    assert any(not here[group] & there[group] for group in set(here) & set(there))
    assert here == parse_slots(one.upper()).sides


def test_latin_words_stand_out_in_chinese_only() -> None:
    assert parse_slots("怎么用 Java 连接 MySQL").latin == {"java", "mysql"}
    assert parse_slots("how do I use Java").latin == frozenset()


@pytest.mark.parametrize("text", ["", "？！", "😀", "\u200b"])
def test_nothing_has_no_slots(text: str) -> None:
    found = parse_slots(text)
    assert not found.negated
    assert not {*found.numbers, *found.codes, *found.latin, *found.kinds, *found.sides}
