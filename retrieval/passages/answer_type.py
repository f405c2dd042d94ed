"""The expected type of an answer: whether an amount, a number or a time is asked for, and whether a text has one."""

from __future__ import annotations

import re

from data.han import HAN_RANGE
from data.text.standardize import standardize

_ASKS_MONEY = re.compile(
    r"多少(?:钱|押金|费|元)|几块|几元|价格|费用|收费|要钱|花多少|怎么收"
    r"|\bhow much (?:is|are|does .{0,40}cost|do .{0,40}cost|for|would|will)\b|\bprice\b|\bcosts?\b|\bfees?\b"
)
# A bare number in a table is an amount where its heading says so.
_MONEY = re.compile(
    r"\d[\d,.]*\s*(?:元|块|折|%|美元|dollars?|euros?|pounds?|cents?|usd|eur)|[$€£¥]\s*\d|\d(?=\s*(?:$|[,;，；、。]))"
    r"|免费|不收费|免押金|不收|承担|\bfree\b|\bcosts? nothing\b"
)
_ASKS_NUMBER = re.compile(
    r"多(?:少(?!钱|押金|费|元)|[大高重远宽深长快])|几(?!乎)"
    r"|\bhow (?:many|much|old|big|large|heavy|far|tall|often|fast|loud|wide|deep|high)\b"
)
_ASKS_TIME = re.compile(
    r"什么时候|何时|几点|多久|多长时间|几[天月号年小]|哪[天年]"
    r"|(?:^|[,.!?] ?)(?:and |so )?when (?!i\b|we\b|you\b)|\bwhat time\b|\bhow (?:long|soon|early|late)\b|\buntil what\b"
)
_NUMBER = re.compile(
    rf"\d|[一二两三四五六七八九十百千半][{HAN_RANGE}]"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|hundred)\b"
    r"|\b(?:half|twice|once|double|daily|weekly|monthly|yearly)\b"
)
_TIME = re.compile(
    r"\d|[一二三四五六七八九十两]+[天日周月年点时分秒号]|周[一二三四五六日末]|每[天日周月年]|立即|随时|当[天日场]|之[前后]"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b"
    r"|\b(?:daily|weekly|monthly|yearly|at once|immediately|always|never)\b"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|thirty|sixty|ninety|few)\s+(?:\w+\s)?"
    r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b"
)


def is_unanswered(query: str, unit: str) -> bool:
    """Return whether a question asks for an amount, a number or a time, and the unit has none.

    Args:
        query: The question, standardized.
        unit: A sentence, or a row of a table.

    >>> is_unanswered("这台机器多少钱", "机器重 3.4 千克。"), is_unanswered("how long is it open", "It is open until 9 p.m.")
    (True, False)
    """
    folded = standardize(unit)
    if _ASKS_MONEY.search(query):
        return not _MONEY.search(folded)
    if _ASKS_TIME.search(query):
        return not _TIME.search(folded)
    return bool(_ASKS_NUMBER.search(query)) and not _NUMBER.search(folded)
