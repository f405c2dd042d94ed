"""Parse days: 2024-10-01, October 1st, tomorrow, in 100 days, Christmas."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot.tools.date_time import festivals
from bot.tools.date_time.festivals import Festival
from data.text import numerals

MONTHS = "january february march april may june july august september october november december".split()
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_SHORT = {month[:3]: number for number, month in enumerate(MONTHS, 1)} | {"sept": 9}
_MONTH = "(?:" + "|".join([*MONTHS, *sorted(_SHORT, key=len, reverse=True)]) + r")\.?"
_NUMBER = numerals.PATTERN
_ORDINAL = r"\d{1,2}(?:st|nd|rd|th)?"

_WORDS = {
    "今天": 0, "今日": 0, "今儿": 0, "明天": 1, "明日": 1, "明儿": 1, "后天": 2, "大后天": 3, "昨天": -1, "昨日": -1, "昨儿": -1,
    "前天": -2, "大前天": -3, "today": 0, "tomorrow": 1, "yesterday": -1, "the day after tomorrow": 2, "day after tomorrow": 2,
    "the day before yesterday": -2, "day before yesterday": -2,
}  # fmt: skip
_YEARS = {"前年": -2, "去年": -1, "今年": 0, "明年": 1, "后年": 2, "last year": -1, "this year": 0, "next year": 1}
_YEAR_ZH = r"(?:\d{4}\s*年|[零〇一二三四五六七八九]{4}年|[前去今明后]年)"
_YEAR_EN = r"(?:in\s+|of\s+|,\s*)?(?:\d{4}|(?:last|this|next)\s+year)"

_FESTIVAL = "(?:" + "|".join(re.escape(name) for name in sorted(festivals.BY_NAME, key=len, reverse=True)) + ")"
_FORMS = {
    "iso": r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}",
    "chinese": rf"(?:{_YEAR_ZH}\s*的?)?(?:{_NUMBER})\s*月\s*(?:{_NUMBER})\s*[日号號]",
    "month_first": rf"{_MONTH}\s*(?:the\s+)?{_ORDINAL}(?:\s*,?\s*\d{{4}})?",
    "day_first": rf"(?:the\s+)?{_ORDINAL}\s+(?:of\s+)?{_MONTH}(?:\s*,?\s*\d{{4}})?",
    "later_zh": rf"(?:从今天起|从现在起|今天起|再?过)?\s*(?:{_NUMBER})\s*(?:天|日|个?星期|个?礼拜|周)(?:之?后|以后|过后|之?前|以前)?",
    "later_en": rf"(?:in\s+)?(?:{_NUMBER}|a|one)\s+(?:days?|weeks?)(?:\s+(?:from\s+(?:now|today)|ago|later|hence|before\s+today|after\s+today))?",
    "festival": rf"(?:{_YEAR_ZH}\s*的?)?{_FESTIVAL}(?:\s*{_YEAR_EN})?",
    "word": "|".join(sorted(_WORDS, key=len, reverse=True)),
}
PATTERN = "(?:" + "|".join(_FORMS.values()) + ")"
"""A regular expression, without groups, for a day in lower case and half width."""
FESTIVAL = _FORMS["festival"]
"""The same for a festival, with a year or without."""


class NoSuchDayError(ValueError):
    """There is no such day in the calendar, or its date is not known."""


@dataclass(frozen=True)
class Day:
    """A day, given by its distance from today, by its date, or as a festival.

    Attributes:
        offset: Days from today.
        year: The year, if it was named.
        month: From 1 to 12.
        day: The day of the month.
        festival: The festival.
        shift: Years from this one, such as 1 for next year.
    """

    offset: int | None = None
    year: int | None = None
    month: int = 0
    day: int = 0
    festival: Festival | None = None
    shift: int | None = None

    @property
    def is_relative(self) -> bool:
        """Whether the date depends on today's."""
        return self.year is None

    def find(self, today: date, is_next: bool = False) -> date:
        """Return the date.

        Args:
            today: The day to count from.
            is_next: Whether a day without a year means the next one, rather than this year's.

        Raises:
            NoSuchDayError: There is no such day.
        """
        try:
            if self.offset is not None:
                return today + timedelta(self.offset)
            if is_next and self.year is None and self.shift is None:
                return self._find_next(today)
            found = self._find_in_year(self.year if self.year is not None else today.year + (self.shift or 0))
        except (ValueError, OverflowError) as error:
            raise NoSuchDayError from error
        if found is None:
            raise NoSuchDayError
        return found

    def _find_in_year(self, year: int) -> date | None:
        return self.festival.find(year) if self.festival else date(year, self.month, self.day)

    def _find_next(self, today: date) -> date:
        # A 29th of February may be up to eight years away.
        for year in range(today.year, today.year + 9):
            try:
                found = self._find_in_year(year)
            except ValueError:
                continue
            if found is not None and found >= today:
                return found
        raise NoSuchDayError


TODAY = Day(offset=0)


def parse_day(text: str) -> Day | None:
    """Parse a day from a text in lower case and half width; None if it is not a day."""
    text = " ".join(text.split())
    form = next((name for name, pattern in _FORMS.items() if re.fullmatch(pattern, text)), None)
    if form is None:
        return None
    if form == "word":
        return Day(offset=_WORDS[text])
    if form == "festival":
        return _parse_festival(text)
    if form in ("later_zh", "later_en"):
        return _parse_offset(text)
    if form == "chinese":
        return _parse_chinese(text)
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if form == "iso":
        year, month, day = numbers
        return Day(year=year, month=month, day=day)
    found = re.search(r"[a-z]{3,}(?<!the)", re.sub(r"\d+(?:st|nd|rd|th)", "", text))
    if found is None:
        return None
    return Day(year=numbers[1] if len(numbers) > 1 else None, month=_SHORT[found[0][:3]], day=numbers[0])


def _parse_chinese(text: str) -> Day | None:
    head, _, rest = text.rpartition("月")
    written, _, month_text = head.rpartition("年")
    month, day = numerals.parse_number(month_text.lstrip("的 ")), numerals.parse_number(rest.rstrip("日号號 "))
    if month is None or day is None or month.denominator != 1 or day.denominator != 1 or day > 31:
        return None
    if not written:
        return Day(month=int(month), day=int(day))
    shift = _YEARS.get(written.strip() + "年")
    year = None if shift is not None else numerals.parse_number(written.strip())
    return Day(year=None if year is None else int(year), month=int(month), day=int(day), shift=shift)


def _parse_festival(text: str) -> Day | None:
    name = max((name for name in festivals.BY_NAME if name in text), key=len)
    rest = text.replace(name, " ", 1)
    year = re.search(r"\d{4}", rest)
    shift = next((years for words, years in _YEARS.items() if words in rest), None)
    return Day(year=int(year[0]) if year else None, festival=festivals.BY_NAME[name], shift=shift)


def _parse_offset(text: str) -> Day | None:
    is_past = bool(re.search(r"前$|ago$|before today$", text))
    is_future = bool(re.search(r"^(?:in |从|今天起|再?过)|后$|(?:now|today|later|hence)$", text)) and not is_past
    number = re.search(rf"{_NUMBER}|\ba\b", re.sub(r"^从?[今现][天在]起", "", text))
    if number is None or not (is_past or is_future):
        return None
    count = numerals.parse_number(number[0]) if number[0] != "a" else numerals.parse_number("1")
    if count is None or count.denominator != 1:
        return None
    days = int(count) * (7 if re.search("week|周|星期|礼拜", text) else 1)
    return Day(offset=-days if is_past else days)
