"""Parse questions for dates and the time in chat messages."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Literal

from bot.tools.date_time.days import FESTIVAL, PATTERN, TODAY, WEEKDAYS, Day, parse_day
from bot.tools.date_time.zones import PLACES
from data.text.clean import clean

MAX_LENGTH = 120

Kind = Literal["time", "day", "is_weekday", "year", "month", "until", "since", "between", "leap"]


@dataclass(frozen=True)
class Question:
    """A question for the time at a place, the date of a day, or the days between two.

    Attributes:
        kind: What is asked.
        day: The day in question.
        other: The second day, of `between`.
        place: A key of zones.PLACES, or empty for the place of this machine.
        weekday: From 0 for Monday, of `is_weekday`.
        year: The year, of `leap`; None for this one.
    """

    kind: Kind
    day: Day = TODAY
    other: Day = TODAY
    place: str = ""
    weekday: int = 0
    year: int | None = None


_END = r"[\s?？。.!！~～]*$"
_PLEASE_ZH = r"(?:请问?一?下?|麻烦|你知道|你知不知道|能不能|告诉我|帮我|给我|跟我说|查一?下|看一?下|看看|算一?下|问一?下|那么?|[\s,，:：])*"
_PLEASE_EN = (
    r"(?:(?:hey|hi|hello|so|ok|okay|and|please|excuse\s+me|sorry|quick\s+question)[\s,.:!]+)*"
    r"(?:(?:(?:can|could|would)\s+you\s+(?:please\s+)?)?tell\s+me\s+|(?:do\s+you\s+(?:happen\s+to\s+)?know\s+)|i\s+need\s+to\s+know\s+)?"
)
_PLACE = "(?:" + "|".join(re.escape(name) for name in sorted(PLACES, key=len, reverse=True)) + ")"
_LE = r"(?:了|啦|呢|呀|啊)*"
_NOW_ZH = r"(?:现在|此刻|当前|目前|眼下|这会儿?)"
_HOUR_ZH = r"(?:几点钟?(?:几分)?|什么时间|几时)"
_DAYS_ZH = r"(?:多少|几)天"
_NOW_EN = r"(?:\s+(?:right\s+now|now|currently|at\s+the\s+moment|today|please))?"
_WHAT = r"(?:what(?:\s+is|'s|s|\s+was|\s+will\s+be)?)"
_BE = r"(?:is|was|will)(?:\s+it)?(?:\s+be)?"
_WEEKDAY_ZH = {character: number for number, character in enumerate("一二三四五六日")} | {"天": 6}

_D1, _D2 = rf"(?P<day>{PATTERN})", rf"(?P<other>{PATTERN})"


def _compile(please: str, forms: str) -> tuple[tuple[Kind, re.Pattern[str]], ...]:
    """Compile lines of "kind: expression" into patterns for a whole message."""
    pairs = (line.strip().split(": ", 1) for line in forms.strip().splitlines())
    return tuple((kind, re.compile(rf"^{please}(?:{form})\s*{_END}")) for kind, form in pairs)  # type: ignore[misc]


_FORMS = (
    *_compile(
        _PLEASE_ZH,
        rf"""
        time: {_NOW_ZH}(?:是)?(?:时间)?(?:是)?{_HOUR_ZH}{_LE}
        time: {_NOW_ZH}(?:是)?什么时候{_LE}
        time: 几点钟?(?:几分)?(?:了|啦|咯)|什么时间(?:了|啦)
        time: (?:报个?时|(?:看一?下|{_NOW_ZH}的?)时间)(?:是)?(?:多少|{_HOUR_ZH})?{_LE}
        time: {_NOW_ZH}(?:的)?(?P<place>{_PLACE})(?:当地)?(?:时间)?(?:是)?{_HOUR_ZH}{_LE}
        time: (?P<place>{_PLACE})(?:当地)?(?:{_NOW_ZH}(?:是)?(?:时间)?(?:是)?{_HOUR_ZH}{_LE}|{_HOUR_ZH}(?:了|啦))
        time: (?:{_NOW_ZH}(?:的|是)?)?(?P<place>{_PLACE})的?(?:当地)?时间(?:{_NOW_ZH})?(?:是)?(?:多少|{_HOUR_ZH}){_LE}
        day: {_D1}(?:是)?(?:公历|阳历)?(?:几月几[日号]|[几多]少?号|哪一?天|星期几|周几|礼拜几|几月几[日号]星期几|几号星期几){_LE}
        day: {_D1}(?:的)?日期(?:是)?(?:什么|多少|几号|哪天)?
        day: (?P<festival>{FESTIVAL})(?:是|在|是在)?(?:几月几[日号]|几号|哪一?天|什么时候|什么日子){_LE}
        is_weekday: {_D1}(?:是)?(?:星期|周|礼拜)(?P<weekday_zh>[一二三四五六日天])(?:吗|么|吧|嘛|\s*\?)
        is_weekday: {_D1}(?:是不是)(?:星期|周|礼拜)(?P<weekday_zh>[一二三四五六日天])(?:啊|呀)?
        year: (?:今年|现在)(?:是)?(?:公元)?(?:哪一?年|几几年|多少年){_LE}
        month: (?:现在|这个月|本月|今天)(?:是)?几月份?{_LE}
        until: (?:今天)?(?:距离?|离|到)(?:今年|明年)?(?:的)?{_D1}(?:到来)?(?:还有|还剩下?|还差|还要|有){_DAYS_ZH}{_LE}
        until: (?:还有|还剩|还差|还要){_DAYS_ZH}(?:到|就是|就到|就|才到|才是|才|是)?(?:了)?{_D1}{_LE}
        until: {_D1}(?:还有|还剩|还要等?){_DAYS_ZH}(?:到)?{_LE}
        since: (?:距离?|离|从)?{_D1}(?:到现在|到今天)?(?:已经)?(?:过了|过去了?|有){_DAYS_ZH}{_LE}
        between: (?:从|自)?\s*{_D1}\s*(?:到|至|和|与|跟|离|距离?|-|~)\s*{_D2}\s*(?:之?间)?(?:一共|总共|中间)?(?:有|是|相差|差了?|相隔|间隔|隔了?)*{_DAYS_ZH}{_LE}
        leap: (?:(?P<year>\d{{4}})年?|今年)是(?:不是)?闰年(?:吗|么)?
        """,
    ),
    *_compile(
        _PLEASE_EN,
        rf"""
        time: what\s+time\s+(?:is\s+it|it\s+is){_NOW_EN}(?:\s+here)?
        time: {_WHAT}\s+the\s+(?:current\s+|exact\s+|local\s+|right\s+)?time{_NOW_EN}(?:\s+here)?
        time: (?:the\s+)?(?:current|local)\s+(?:local\s+)?time{_NOW_EN}|got\s+the\s+time|(?:do\s+you\s+have|have\s+you\s+got)\s+the\s+time
        time: what\s+time\s+(?:is\s+it|it\s+is){_NOW_EN}\s+in\s+(?P<place>{_PLACE}){_NOW_EN}
        time: (?:{_WHAT}\s+)?(?:the\s+)?(?:current\s+|local\s+)?time(?:\s+is\s+it)?{_NOW_EN}\s+in\s+(?P<place>{_PLACE}){_NOW_EN}
        day: {_WHAT}\s+(?:the\s+)?(?:current\s+)?date(?:\s+(?:is\s+)?(?:it|today))?{_NOW_EN}|(?:the\s+current|today's)\s+date|what\s+date\s+it\s+is{_NOW_EN}
        day: (?:what|which)\s+(?:day|date)(?:\s+of\s+the\s+(?:week|month))?\s+(?:is\s+(?:it|today)|it\s+is){_NOW_EN}
        day: (?:{_WHAT}\s+)?(?P<word>tomorrow|yesterday)'s\s+date|{_WHAT}\s+today's\s+(?:date|day)
        day: (?:on\s+)?(?:what|which)\s+(?:week)?(?:day|date)(?:\s+of\s+the\s+week)?\s+{_BE}\s+(?:on\s+)?{_D1}
        day: (?:on\s+)?(?:what|which)\s+(?:week)?(?:day|date)(?:\s+of\s+the\s+week)?\s+(?:does|did|will)\s+{_D1}\s+fall(?:\s+on)?
        day: {_WHAT}\s+the\s+(?:week)?(?:day|date)(?:\s+of\s+the\s+week)?\s+(?:on\s+|of\s+)?{_D1}
        day: {_D1}\s+(?:is|was|will\s+be)\s+(?:on\s+)?(?:what|which|a\s+what)\s+(?:week)?(?:day|date)(?:\s+of\s+the\s+week)?
        day: when(?:'s|\s+is|\s+was|\s+will)\s+(?P<festival>{FESTIVAL})(?:\s+be)?
        is_weekday: is\s+(?:it\s+)?(?P<day>{PATTERN}|it)\s+(?:a\s+)?(?P<weekday_en>{"|".join(WEEKDAYS)}){_NOW_EN}
        is_weekday: is\s+it\s+(?P<weekday_en>{"|".join(WEEKDAYS)})\s+(?P<day>today|tomorrow)
        year: (?:what|which)\s+year\s+(?:is\s+(?:it|this)|are\s+we\s+in|it\s+is){_NOW_EN}|{_WHAT}\s+the\s+(?:current\s+)?year
        month: (?:what|which)\s+month\s+(?:is\s+(?:it|this)|are\s+we\s+in|it\s+is){_NOW_EN}|{_WHAT}\s+the\s+(?:current\s+)?month
        until: (?:how\s+(?:many\s+(?:more\s+)?days|long|far)\s+)?(?:are\s+(?:we\s+)?|is\s+)?(?:there\s+|it\s+|away\s+)?(?:left\s+|to\s+go\s+|remaining\s+)?(?:until|till|til|before)\s+{_D1}
        until: how\s+many\s+(?:more\s+)?days\s+(?:are\s+|is\s+)?(?:there\s+|it\s+)?(?:left\s+)?(?:to|from\s+(?:now|today)\s+(?:to|until|till))\s+{_D1}
        until: how\s+(?:many\s+days\s+away|far\s+away|far\s+off)\s+is\s+{_D1}
        until: (?:number\s+of\s+)?days\s+(?:left\s+)?(?:until|till|til|before|to)\s+{_D1}
        since: how\s+(?:many\s+days|long)\s+(?:has\s+it\s+been\s+|is\s+it\s+|have\s+passed\s+|ago\s+was\s+)?(?:since\s+)?{_D1}
        between: (?:how\s+many|number\s+of|the\s+number\s+of)?\s*days\s+(?:are\s+|is\s+)?(?:there\s+)?(?:in\s+)?between\s+{_D1}\s+and\s+{_D2}
        between: (?:how\s+many|number\s+of|the\s+number\s+of)?\s*days\s+(?:are\s+|is\s+)?(?:there\s+|it\s+)?from\s+{_D1}\s+(?:to|until|till)\s+{_D2}
        leap: is\s+(?:(?P<year>\d{{4}})|this\s+year|it)\s+a\s+leap\s+year
        """,
    ),
)
_SPOKEN = re.compile(r"(?:tell me|do you know|you tell me) the (?:time|date)(?: please)?")


def parse_message(text: str) -> Question | None:
    """Return what a chat message asks about dates or the time.

    Args:
        text: The message as typed.

    Returns:
        The question; None unless the whole message is such a question and nothing else.

    >>> parse_message("今天星期几？").kind, parse_message("how many days until Christmas").kind
    ('day', 'until')
    >>> parse_message("What time do you open on weekdays?"), parse_message("国庆放几天假"), parse_message("10月5号你们上班吗")
    (None, None, None)
    """
    if len(text) > MAX_LENGTH:
        return None
    line = unicodedata.normalize("NFKC", clean(text)).casefold().replace("’", "'")
    if spoken := _SPOKEN.fullmatch(line.rstrip(" .!?").removeprefix("please ").removeprefix("can you ")):
        return Question("time" if "time" in spoken[0] else "day")
    for kind, form in _FORMS:
        if (found := form.match(line)) and (question := _to_question(kind, found.groupdict())):
            return question
    return None


def _to_question(kind: Kind, groups: dict[str, str | None]) -> Question | None:
    question = Question(kind, place=groups.get("place") or "")
    if year := groups.get("year"):
        question = replace(question, year=int(year))
    written = groups.get("day") or groups.get("festival") or groups.get("word")
    if written and written != "it":
        if (day := parse_day(written)) is None:
            return None
        question = replace(question, day=day)
    if last := groups.get("other"):
        if (other := parse_day(last)) is None:
            return None
        question = replace(question, other=other)
    if weekday := groups.get("weekday_zh"):
        return replace(question, weekday=_WEEKDAY_ZH[weekday])
    if weekday := groups.get("weekday_en"):
        return replace(question, weekday=WEEKDAYS.index(weekday))
    return question
