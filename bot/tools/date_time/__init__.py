"""Answer questions for dates and the time, here and in other places."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable
from datetime import date, datetime, timedelta

from bot.messages import Translations
from bot.tool import Example, Request, Result, Run, Tool, ToolError
from bot.tools.date_time.days import MONTHS, WEEKDAYS, Day, NoSuchDayError
from bot.tools.date_time.festivals import FIRST_YEAR, LAST_YEAR
from bot.tools.date_time.phrasing import MAX_LENGTH, Question, parse_message
from bot.tools.date_time.zones import PLACES, load_zone
from bot.types import Message
from data.records import Language

Clock = Callable[[], datetime]
"""Returns the current time with its time zone."""

# Higher than any stored entry reaches, unless it was stored with this very question.
_CONFIDENCE = 0.999

_BY_CLOCK: Translations = {
    "zh": "由日期工具按这台机器的时钟算出（时区 {zone}）。",
    "en": "Worked out by the calendar tool from the clock of this machine ({zone}).",
}
_BY_CALENDAR: Translations = {
    "zh": "由日期工具按公历算出。",
    "en": "Worked out by the calendar tool (Gregorian calendar).",
}
_UNREADABLE: Translations = {
    "zh": "这里可以问日期和时间，例如“今天星期几”“100 天后是几号”“距离春节还有几天”“东京现在几点”。",
    "en": "Ask for a date or the time here, such as “what day is it”, “what date is 100 days from now”, “how many days until "
    "Christmas” or “what time is it in Tokyo”.",
}
_NO_DAY: Translations = {
    "zh": f"日历上没有这一天，或者不在我知道的年份里（农历节日只到 {LAST_YEAR} 年）。请检查一下日期。",
    "en": f"There is no such day in the calendar, or it lies outside the years I know (festivals of the Chinese "
    f"calendar: {FIRST_YEAR} to {LAST_YEAR}). Please check the date.",
}
_NO_ZONE: Translations = {
    "zh": "这台机器上没有时区数据。请安装 Python 的 tzdata 包后再试。",
    "en": "There is no time zone data on this machine. Install the Python package tzdata and try again.",
}
_WORDS_ZH = {-3: "大前天", -2: "前天", -1: "昨天", 0: "今天", 1: "明天", 2: "后天", 3: "大后天"}
_WORDS_EN = {-1: "Yesterday was", 0: "Today is", 1: "Tomorrow is"}


def read_clock() -> datetime:
    """Return the current time in the time zone of this machine."""
    return datetime.now().astimezone()


def load(clock: Clock = read_clock) -> Run:
    """Return the function of the tool."""

    def run(request: Request) -> Result:
        language = request.language
        question = parse_message(request.text)
        if question is None:
            raise ToolError(_UNREADABLE[language])
        now = clock()
        try:
            text = _answer(question, now, language)
        except (NoSuchDayError, OverflowError):
            raise ToolError(_NO_DAY[language]) from None
        note = (
            _BY_CLOCK[language].format(zone=_format_offset(now)) if _is_relative(question) else _BY_CALENDAR[language]
        )
        return Result(text, note=note)

    return run


def confidence(message: Message) -> float:
    """Return a confidence above 0 only for a question for a date or the time.

    The whole message must be the question.
    """
    return _CONFIDENCE if parse_message(message.text) else 0.0


def _is_relative(question: Question) -> bool:
    match question.kind:
        case "between":
            return question.day.is_relative or question.other.is_relative
        case "day" | "is_weekday":
            return question.day.is_relative
        case "leap":
            return question.year is None
    return True


def _answer(question: Question, now: datetime, language: Language) -> str:
    today, zh = now.date(), language == "zh"
    match question.kind:
        case "time":
            return _format_time(question.place, now, language)
        case "year":
            return f"今年是 {today.year} 年。" if zh else f"It is {today.year}."
        case "month":
            month = MONTHS[today.month - 1].title()
            return f"现在是 {today.year} 年 {today.month} 月。" if zh else f"It is {month} {today.year}."
        case "leap":
            year = today.year if question.year is None else question.year
            if not 1 <= year <= 9999:
                raise NoSuchDayError
            leap = isleap(year)
            if zh:
                return f"{year} 年{'是' if leap else '不是'}闰年，2 月有 {28 + leap} 天。"
            return f"{year} {'is' if leap else 'is not'} a leap year: its February has {28 + leap} days."
        case "day":
            return _describe_day(question.day, today, language)
        case "is_weekday":
            return _confirm_weekday(question, today, language)
        case "between":
            return _count_between(question.day.find(today), question.other.find(today), language)
        case "until" | "since":
            return _count_from_today(question, today, language)


def _format_time(place: str, now: datetime, language: Language) -> str:
    if not place:
        day = _format_day(now.date(), language)
        return f"现在是 {day}，{now:%H:%M}。" if language == "zh" else f"It is {now:%H:%M} on {day}."
    zone_name, name_zh, name_en = PLACES[place]
    zone = load_zone(zone_name)
    if zone is None:
        raise ToolError(_NO_ZONE[language])
    there = now.astimezone(zone)
    day, offset = _format_day(there.date(), language), _format_offset(there)
    if language == "zh":
        return f"{name_zh}现在是 {day}，{there:%H:%M}（{offset}）。"
    return f"In {name_en} it is {there:%H:%M} on {day} ({offset})."


def _describe_day(day: Day, today: date, language: Language) -> str:
    found = day.find(today)
    if day.offset is not None:
        written = _format_day(found, language)
        if language == "zh":
            head = _WORDS_ZH.get(day.offset) or (f"{day.offset} 天后" if day.offset > 0 else f"{-day.offset} 天前")
            return f"{head}是 {written}。"
        if day.offset in _WORDS_EN:
            return f"{_WORDS_EN[day.offset]} {written}."
        if day.offset > 0:
            return f"In {day.offset} days it will be {written}."
        return f"{-day.offset} days ago it was {written}."
    if day.festival is not None:
        if day.year is None and day.shift is None:
            # "When is Christmas?" asks for the next one.
            found = day.find(today, is_next=True)
        weekday = _format_weekday(found, language)
        if language == "zh":
            return f"{found.year} 年的{day.festival.zh}是 {found.month} 月 {found.day} 日，{weekday}。"
        verb, month = "was" if found < today else "is", MONTHS[found.month - 1].title()
        return f"In {found.year}, {day.festival.en} {verb} on {weekday}, {found.day} {month}."
    if language == "zh":
        return f"{_format_date(found, 'zh')}是{_format_weekday(found, 'zh')}。"
    verb = "was" if found < today else "is"
    return f"{_format_date(found, 'en')} {verb} a {_format_weekday(found, 'en')}."


def _confirm_weekday(question: Question, today: date, language: Language) -> str:
    found = question.day.find(today)
    is_right = found.weekday() == question.weekday
    if language == "zh":
        return f"{'是的' if is_right else '不是'}，{_format_date(found, 'zh')}是{_format_weekday(found, 'zh')}。"
    verb = "was" if found < today else "is"
    return f"{'Yes' if is_right else 'No'}, {_format_date(found, 'en')} {verb} a {_format_weekday(found, 'en')}."


def _count_between(first: date, last: date, language: Language) -> str:
    days = abs((last - first).days)
    one, other = _format_date(first, language), _format_date(last, language)
    if language == "zh":
        return f"从 {one}到 {other}相隔 {days} 天（首尾只算一天）。"
    return f"From {one} to {other} it is {_format_days(days)}, counting one of the two ends."


def _count_from_today(question: Question, today: date, language: Language) -> str:
    found = question.day.find(today, is_next=question.kind == "until")
    if question.kind == "since" and found > today and question.day.year is None and question.day.festival is None:
        found = found.replace(year=found.year - 1)
    days = (found - today).days
    name = question.day.festival.zh if question.day.festival and language == "zh" else ""
    if question.day.festival and language == "en":
        name = question.day.festival.en
    day = _format_day(found, language)
    if language == "zh":
        what = f"{name}（{day}）" if name else f" {_format_date(found, 'zh')}（{_format_weekday(found, 'zh')}）"
        if days == 0:
            return f"今天就是{what}。"
        return f"距离{what}还有 {days} 天。" if days > 0 else f"{what.strip()}已经过去 {-days} 天。"
    what = f"{name} ({day})" if name else day
    if days == 0:
        return f"That is today: {what}."
    return (
        f"It is {_format_days(days)} until {what}." if days > 0 else f"It has been {_format_days(-days)} since {what}."
    )


def _format_days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"


def _format_weekday(day: date, language: Language) -> str:
    return "星期" + "一二三四五六日"[day.weekday()] if language == "zh" else WEEKDAYS[day.weekday()].title()


def _format_date(day: date, language: Language) -> str:
    if language == "zh":
        return f"{day.year} 年 {day.month} 月 {day.day} 日"
    return f"{day.day} {MONTHS[day.month - 1].title()} {day.year}"


def _format_day(day: date, language: Language) -> str:
    written, weekday = _format_date(day, language), _format_weekday(day, language)
    return f"{written}，{weekday}" if language == "zh" else f"{weekday}, {written}"


def _format_offset(now: datetime) -> str:
    minutes = round((now.utcoffset() or timedelta(0)).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}" if minutes else "UTC"


TOOL = Tool(
    name="date_time",
    title={"zh": "日期和时间", "en": "Date and time"},
    purpose={
        "zh": "今天几号、星期几，多少天后是哪天，两个日期隔多少天，离节日还有几天，别处现在几点。",
        "en": "Today's date, the weekday of any date, days from now, days between two dates or until a festival, and "
        "the time elsewhere.",
    },
    box={"zh": "例如：距离春节还有几天", "en": "Such as: how many days until Christmas"},
    takes="text",
    examples=(
        Example("今天星期几", "zh"),
        Example("100 天后是几号", "zh"),
        Example("距离春节还有几天", "zh"),
        Example("what day of the week was 20 July 1969", "en"),
        Example("how many days between 1 March 2024 and 5 April 2024", "en"),
        Example("what time is it in Tokyo", "en"),
    ),
    load=load,
    confidence=confidence,
    max_length=MAX_LENGTH,
)
