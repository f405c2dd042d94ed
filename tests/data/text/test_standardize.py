"""python -m pytest tests/data/text/test_standardize.py"""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.text.standardize import standardize

SAME = [
    ("三天", "3 天", "3天", "３天"),
    ("支持七天无理由退货", "支持7 天无理由退货", "支持7天無理由退貨"),
    ("十五天", "15 天"),
    ("99 元套餐", "九十九元套餐", "￥99套餐", "¥ 99 套餐", "99块套餐", "九十九块钱套餐"),
    ("iPhone15Pro", "iPhone 15 Pro", "IPHONE 15PRO", "ｉＰｈｏｎｅ　１５　Ｐｒｏ"),
    ("iPhone15 battery", "iphone 15 battery"),
    ("win11怎么装", "Windows 11怎么装", "WIN 11怎么装", "windows11怎么装"),
    ("what is new in v2.10", "what is new in 2.10", "what is new in version 2.10", "What is new in V 2.10"),
    ("5G套餐", "5 G 套餐", "５Ｇ套餐", "五G套餐", "五g套餐"),
    ("B站", "b站", "Ｂ站"),
    ("T恤", "t恤", "Ｔ恤"),
    ("错误 E-0042", "错误 E0042", "错误 e 0042", "错误 Ｅ－００４２", "错误 E_0042"),
    ("ERR_1001", "err 1001", "ERR-1001", "err1001"),
    ("how long does the X-100 last", "how long does the X 100 last", "How long does the x100 last"),
    ("滑鼠", "鼠标"),
    ("印表機", "打印机"),
    ("影片怎麼上傳", "视频怎么上传"),
    ("下載軟體", "下载软件"),
    ("星期天几点", "周日几点", "礼拜天几点", "禮拜日幾點"),
    ("星期三", "周三", "礼拜三"),
    ("within three days", "within 3 days"),
    ("C sharp course", "C# course"),
    ("Cpp课程", "C++课程", "c plus plus课程"),
]
APART = [
    ("三天", "七天"),
    ("3 天", "13 天"),
    ("99 元", "199 元"),
    ("iPhone 15", "iPhone 15 Pro"),
    ("iPhone 14", "iPhone 15"),
    ("Windows 10", "win11"),
    ("v2.1", "v2.10"),
    ("4G套餐", "5G套餐"),
    ("E-0042", "E-0142"),
    ("C++", "C#"),
    ("周三", "周四"),
    ("three days", "two days"),
]


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: spellings[0])
def test_ways_to_type_the_same_become_equal(spellings: tuple[str, ...]) -> None:
    assert len({standardize(text) for text in spellings}) == 1, [standardize(text) for text in spellings]


@pytest.mark.parametrize(("one", "other"), APART)
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert standardize(one) != standardize(other)


@pytest.mark.parametrize(
    "text",
    [
        "三星手机", "一般怎么办", "十分感谢", "万一下雨", "三五天到", "一起去", "第一次", "唯一的", "千万别忘", "一点也不",
        "no one came", "one of them",
    ],
)  # fmt: skip
def test_what_is_no_number_is_left_as_it_is(text: str) -> None:
    assert standardize(text) == text


_PIECES = st.sampled_from(
    [
        *(text for spellings in SAME for text in spellings),
        *(text for pair in APART for text in pair),
        "",
        "？",
        "😀",
        "吗",
        "Ａé",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=5), st.sampled_from(["，", " / ", "。"]))
def test_what_was_standardized_stays_as_it_is(pieces: list[str], mark: str) -> None:
    once = standardize(mark.join(pieces))
    assert standardize(once) == once


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.sampled_from(["三天", "E-0042", "￥99"]))
@example("¥", "三天")
def test_any_text_around_it_leaves_a_value_what_it_is(text: str, value: str) -> None:
    assert standardize(value) in standardize(f"{text}\n{value}\n{text}")
