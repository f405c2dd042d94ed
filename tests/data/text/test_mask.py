"""What says who somebody is, and what only looks like it. Run: pytest tests/data/text/test_mask.py"""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.text.mask import is_identity, mask, passes_luhn


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("我的手机是13812345678，微信同号", "我的手机是[phone]，微信同号"),
        ("+86 138 1234 5678", "[phone]"),
        ("138-1234-5678", "[phone]"),
        ("１３８１２３４５６７８", "[phone]"),
        ("座机010-62345678转8", "座机[phone]转8"),
        ("call me at (415) 555-2671 today", "call me at [phone] today"),
        ("+442079460958", "[phone]"),
        ("邮箱：li.lei+tag@mail.example.com.cn。", "邮箱：[email]。"),
        ("han＠example.org", "[email]"),
        ("身份证11010519491231002X", "身份证[id]"),
        ("11010519491231002x", "[id]"),
        ("card 4539 1488 0343 6467 please", "card [card] please"),
        ("卡号6222021234567890128", "卡号[card]"),
    ],
)
def test_personal_numbers_are_masked(given: str, shown: str) -> None:
    assert mask(given) == shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("13812345678 13912345678", "[phone] [phone]"),
        ("13812345678/13912345678", "[phone]/[phone]"),
        ("2024-01-02 13812345678", "2024-01-02 [phone]"),
        ("2024/1/2 10:30 +44 20 7946 0958", "2024/1/2 10:30 [phone]"),
        ("1. 13812345678", "1. [phone]"),
        ("tel 010-62345678 13812345678", "tel [phone] [phone]"),
        ("订单 20240131 13812345678", "订单 20240131 [phone]"),
        ("订单２０２４０１３１（１３８１２３４５６７８）", "订单２０２４０１３１[phone]"),
        ("(010) 62345678 (021) 6234 5678", "[phone] [phone]"),
        ("0086 138 1234 5678, (+86) 138.1234.5678, 86-13812345678", "[phone], [phone], [phone]"),
        ("wx13812345678abc", "wx[phone]abc"),
        ("tel+8613812345678call", "tel[phone]call"),
        ("13812345678139123456780086", "13812345678139123456780086"),  # no separator: which digits belong together?
        ("1381234567813912345678", "[phone]"),
        ("1 3 8 1 2 3 4 5 6 7 8", "[phone]"),
        ("１３８\u2060-\u200b１２３４–５６７８", "[phone]"),
        ("𝟏𝟑𝟖𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖", "[phone]"),
        ("1 (415) 555-2671, 2024", "[phone], 2024"),
        ("证件11010519491231002X 13812345678", "证件[id] [phone]"),
        ("2 110105 19491231 002x 2", "2 [id] 2"),
        ("4539-1488-0343-6467 13812345678", "[card] [phone]"),
        ("第3张6222021234567890128号", "第3张[card]号"),
        ("13812345678@example.com 13812345678", "[email] [phone]"),
        ("ｌｉ＠ｅｘａｍｐｌｅ．ｃｏｍ，１２", "[email]，１２"),
    ],
)
def test_what_stands_beside_a_number_does_not_show_it(given: str, shown: str) -> None:
    assert mask(given) == shown


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-02 10:00:00",
        "订单号20240131884",
        "圆周率3.14159265358979",
        "1000000 元",
        "1000000+2000000",
        "99.00 100.00",
        "from 1990 to 2020",
        "版本 1.2.3.4",
        "版本 2024.10.31.1234",
        "192.168.100.200 192.168.100.201",
        "39.904202 116.407394",
        "10:00:00 +0800 2024",
        "身份证110105194912310021",
        "card 4539 1488 0343 6468",
        "价格 1299，数量 12345678",
        "2011.12.31 2012.01.01",
        "01/02/2024 12-31-2023 20240131",
        "model RTX40901234567 is @ home",
        "１２３４５６７８９",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert mask(text) == text


def _complete_identity(body: str) -> str:
    return next(body + check for check in "0123456789X" if is_identity(body + check))


def _complete_card(body: str) -> str:
    return next(body + check for check in "0123456789" if passes_luhn(body + check))


def _group_digits(digits: str, shape: tuple[int, ...], between: str) -> str:
    parts, start = [], 0
    for size in shape:
        parts.append(digits[start : start + size])
        start += size
    return between.join(parts)


def _digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


_BETWEEN = st.sampled_from([" ", "-", ".", "/"])
_MOBILE = st.builds(
    _group_digits,
    st.builds("1{}{}".format, st.sampled_from("3456789"), _digits(9)),
    st.sampled_from([(11,), (3, 4, 4), (4, 3, 4), (4, 4, 3), (3, 3, 5), (3, 8), (7, 4)]),
    _BETWEEN,
)
_PLANTED = st.one_of(
    _MOBILE,
    st.builds("{}{}".format, st.sampled_from(["+86", "+86 ", "86 ", "0086", "0086-", "(+86) "]), _MOBILE),
    st.builds("{}{}".format, st.sampled_from(["010-6", "(021) 6", "0571-8", "0210"]), _digits(7)),
    st.builds("{}{}-{}".format, st.sampled_from(["(415) 5", "415-5", "1 415 5", "+1 (415) 5"]), _digits(2), _digits(4)),
    st.builds(
        "{}20 {} {}".format, st.sampled_from(["+44 ", "0", "0044 ", "+44 (0)", "00 44 "]), _digits(4), _digits(4)
    ),
    st.builds(_complete_identity, st.builds("11010519491231{}".format, _digits(3))),
    st.builds(
        _group_digits, st.builds(_complete_card, st.builds("4{}".format, _digits(14))), st.just((4, 4, 4, 4)), _BETWEEN
    ),
    st.builds(_complete_card, st.builds("6{}".format, st.one_of(_digits(15), _digits(17)))),
    st.builds("{}@{}.com".format, st.text("aZ0_.+-", min_size=1), st.text("aZ0", min_size=1)),
)
_OTHERS = st.text("0123456789 .-/()+，。：abX年号", max_size=24)
# Further digits directly before or after it make another number; anything else may stand there.
_NEXT = st.sampled_from([" ", "  ", "-", "/", ". ", " (", ") ", "，", "：", "\n", "号", " x"])


def _is_kept_from(pieces: list[str], text: str) -> bool:
    """Whether the pieces stand in the text in this order."""
    place = 0
    for piece in pieces:
        place = text.find(piece, place)
        if place < 0:
            return False
        place += len(piece)
    return True


@settings(max_examples=200, deadline=None)
@given(_OTHERS, _NEXT, _PLANTED, _NEXT, _OTHERS)
@example("2024-01-02", " ", "13812345678", " ", "20240131")
@example("1", ". ", "03-2012-5678", " ", "")
@example("2024-01-02", " ", "010-62345678", " ", "2024-01-02")
@example("", "：", "00 44 20 0000 0000", " ", "")
def test_a_number_is_hidden_whatever_it_is_mixed_with(
    before: str, left: str, planted: str, right: str, after: str
) -> None:
    for text in (f"{before}{left}{planted}{right}{after}", f"{before}{left}{_to_full_width(planted)}{right}{after}"):
        pieces = re.split(r"\[(?:phone|id|card|email)\]", mask(text))
        assert len(pieces) > 1, text
        # What is left comes from what stood before the number and from what stood after it, and nothing from the number itself.
        assert any(
            _is_kept_from(pieces[:count], f"{before}{left}+(") and _is_kept_from(pieces[count:], f"{right}{after}")
            for count in range(1, len(pieces))
        ), (text, pieces)


def _to_full_width(text: str) -> str:
    return text.translate({place: place + 0xFEE0 for place in range(0x21, 0x7F)} | {0x20: 0x3000})


@settings(max_examples=100, deadline=None)
@given(st.text("0123456789 .-/()+@，aX１", max_size=60))
def test_what_is_masked_is_masked_once_and_the_rest_is_as_it_was(text: str) -> None:
    shown = mask(text)
    assert mask(shown) == shown
    assert _is_kept_from(re.split(r"\[(?:phone|id|card|email)\]", shown), text)


def test_a_long_text_of_digits_takes_no_longer_than_its_length() -> None:
    assert mask("1 " * 50_000 + "13812345678") == "1 " * 50_000 + "[phone]"


def test_a_long_word_before_an_at_sign_takes_no_longer_than_its_length() -> None:
    # Tried from every letter of the word on, this would take hours.
    assert mask("a" * 300_000 + " @ 号 li@example.com") == "a" * 300_000 + " @ 号 [email]"
