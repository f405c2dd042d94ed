"""python -m pytest tests/data/text/test_numerals.py"""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from data.text.numerals import PATTERN, format_number, parse_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("1,234", 1234), (".5", Fraction(1, 2)), ("1.5万", 15_000), ("3万亿", 3 * 10**12), ("2 million", 2_000_000),
        ("零", 0), ("十", 10), ("十五", 15), ("二十", 20), ("一百零五", 105), ("三百五", 350), ("一百二十五", 125), ("两千零五", 2005),
        ("一万二", 12_000), ("一万零二", 10_002), ("三亿五千万", 350_000_000), ("十万", 100_000), ("二零二四", 2024), ("二点五", Fraction(5, 2)),
        ("半", Fraction(1, 2)), ("zero", 0), ("twenty-five", 25), ("three hundred and five", 305), ("two thousand twenty four", 2024),
        ("one million two hundred", 1_000_200),
    ],
)  # fmt: skip
def test_a_number_is_read_exactly(text: str, value: Fraction) -> None:
    assert parse_number(text) == value
    assert re.fullmatch(PATTERN, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "百",
        "三千百",
        "五百三千",
        "五三十",
        "点五",
        "一点",
        "five twenty",
        "hundred",
        "and",
        "1.2.3",
        "abc",
        "1" * 31,
        "十" * 31,
    ],
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Fraction(84), ("84", True)),
        (Fraction(-5, 2), ("−2.5", True)),
        (Fraction(1234567), ("1,234,567", True)),
        (Fraction(1, 3), ("0.3333333333", False)),
        (Fraction(1, 60), ("0.01666666667", False)),
        (Fraction(200, 3), ("66.66666667", False)),
        (Fraction(1, 10**12), ("0.000000000001", True)),
        (Fraction(1, 3 * 10**8), ("3.333333333 × 10^-9", False)),
        (Fraction(2) ** 1000, ("1.071508607 × 10^301", False)),
    ],
)
def test_a_number_is_written_with_what_it_is_worth(value: Fraction, written: tuple[str, bool]) -> None:
    assert format_number(value) == written
