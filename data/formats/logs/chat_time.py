"""Parse the dates of chat exports: day or month first, 12 or 24 hours, Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

DateOrder = Literal["day", "month"]
"""Whether the first of the two numbers of a date is the day or the month, where the year does not come first."""

DATE = (
    r"(?:\d{4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}日?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})"
    r"(?:\s*(?:星期|周)[一二三四五六日天])?"
)
TIME = (
    r"(?:(?:上午|下午|早上|晚上|凌晨|中午|傍晚|AM|PM)\s?)?\d{1,2}[:：.]\d{2}(?:[:：.]\d{2}(?:[.,]\d{1,6})?)?"
    r"(?:[\s\u202f\u00a0]?[AaPp]\.?\s?[Mm]\.?)?(?:Z|[+-]\d{2}:?\d{2})?"
)
_NUMBERS = re.compile(r"\d+")
_DATE = re.compile(DATE)
_LATE = re.compile(r"下午|晚上|傍晚|p\.?\s?m", re.IGNORECASE)
_EARLY = re.compile(r"上午|凌晨|早上|a\.?\s?m", re.IGNORECASE)
_NOON = re.compile(r"中午")


def find_date_order(stamps: Iterable[str]) -> DateOrder:
    """Return which comes first, judged by numbers over twelve; the day where the dates do not tell.

    >>> find_date_order(["01/10/2025, 10:00", "01/31/2025, 10:00"]), find_date_order(["01/10/2025, 10:00"])
    ('month', 'day')
    """
    for stamp in stamps:
        if date := _DATE.search(stamp):
            numbers = [int(number) for number in _NUMBERS.findall(date[0])]
            if len(numbers) == 3 and numbers[0] < 1000:
                if numbers[0] > 12:
                    return "day"
                if numbers[1] > 12:
                    return "month"
    return "day"


def parse_chat_time(stamp: str, order: DateOrder) -> float | None:
    """Return seconds since 1970, UTC; None for a stamp without a date, or one that no calendar has.

    >>> parse_chat_time("2023/11/14 下午10:13:20", "day"), parse_chat_time("14.11.23, 22:13", "day")
    (1700000000.0, 1699999980.0)
    """
    date = _DATE.search(stamp)
    if date is None:
        return None
    numbers = [int(number) for number in _NUMBERS.findall(date[0])]
    rest = stamp[: date.start()] + " " + stamp[date.end() :]
    clock = [int(number) for number in re.findall(r"\d+", re.sub(r"[+-]\d{2}:?\d{2}$|[.,]\d{3,6}", "", rest.strip()))][
        :3
    ]
    if numbers[0] >= 1000:
        year, month, day = numbers
    elif order == "day":
        day, month, year = numbers
    else:
        month, day, year = numbers
    year += 2000 if year < 100 else 0
    hour, minute, second = (*clock, 0, 0, 0)[:3]
    if (_LATE.search(rest) and hour < 12) or (_NOON.search(rest) and hour < 3):
        hour += 12
    elif _EARLY.search(rest) and hour == 12:
        hour = 0
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None
