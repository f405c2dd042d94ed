"""Standardize text for matching.

Numerals, amounts, names with digits and regional words get one spelling.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from data.text.clean import clean, fold
from data.text.numerals import parse_number

_NUMERAL = r"[零〇一二两三四五六七八九十百千万亿]+"
# A numeral counts only before a measure word: 三天, but not 三星, 一般 or 十分.
_MEASURE = (
    r"(?:天|日|号|月(?!亮|饼|经|老)|年|周岁|岁|周(?!末|[一二三四五六日天])|个|位|名|人(?!民|生|工|家|类)|元|块|毛|角|分钱|折|次|趟|回(?!家|来|去|复|答)"
    r"|小时|钟头|分钟|秒|点(?!击|赞|评|菜|心|也|儿)|刻|件(?!也)|双|套|张|台|部(?!分)|本(?!来|地|身)|只(?!有|要|能|是)|条|份|层|楼|栋|室|寸|斤|公斤|千克|克|吨|米|公里|里路"
    r"|厘米|毫米|升|毫升|码|度|兆|倍|颗|晚|顿|瓶|盒|包(?!括|含)|箱|袋|页|集|期|级(?!别)|种(?!植|牙)|门课|节课|座|口人|g\b|g(?=套餐|网|卡|流量|手机))"
)
_BEFORE_MEASURE = re.compile(
    rf"(?<![周期拜第几数好零〇一二两三四五六七八九十百千万亿])({_NUMERAL})(?=\s*多?\s*{_MEASURE})"
)
_POWER_NUMERAL = re.compile(
    r"(?<![周期拜第几数好十百千万])[一二两三四五六七八九][百千万十][零〇一二三四五六七八九十百千万]*(?!分之|分(?![钟钱])|来)"
)
# 三五天 means a few days, not 35; a year is read digit by digit.
_APPROXIMATE = re.compile(r"[一二两三四五六七八九]{2}")
_WEEKDAY = re.compile(r"(?:星期|礼拜|周)([一二三四五六日天七])")
_WEEKDAYS = {"天": "日", "七": "日"}
_WEEK = re.compile(r"礼拜(?![堂一二三四五六日天])|星期(?![一二三四五六日天])")
_YUAN = re.compile(r"[¥￥][^\S\n]*(\d+(?:[.,]\d+)*)\s*(?:元|块钱?)?|(\d+(?:[.,]\d+)*)\s*(?:块钱|块|元钱|rmb\b|圆)")
_DIGIT, _LETTER = re.compile(r"\d"), re.compile("[a-z]")
_SPACED_MEASURE = re.compile(r"(\d)\s+(?=[\u4e00-\u9fff])")
_GENERATION = re.compile(r"(?<![\d.])(\d)\s*g\s*(?=套餐|网|卡|流量|手机|信号)")
_VERSION = re.compile(r"(?<![a-z0-9])(?:v|ver|version|版本)\s*\.?\s*(?=\d+\.)")
_ALIASES = (
    (re.compile(r"(?<![a-z])win\s*(?=\d)"), "windows "),
    (re.compile(r"(?<![a-z])c\s*sharp(?![a-z])"), "c#"),
    (re.compile(r"(?<![a-z])(?:cpp|c\s*plus\s*plus)(?![a-z])"), "c++"),
    (re.compile(r"(?<![a-z])dot\s*net(?![a-z])"), ".net"),
    (re.compile(r"(?<![a-z.])js(?![a-z])"), "javascript"),
    (re.compile(r"(?<![a-z])wi-fi(?![a-z])"), "wifi"),
    (re.compile(r"(?<![a-z])e-mail"), "email"),
)
# A short code is one word however it is joined (E-0042, E 0042, err_1001); a name is split from its number (iphone 15).
_CODE = re.compile(r"(?<![a-z0-9])([a-z]{1,4})\s?[-_ ]?\s?(\d{2,})(?![\d.,:]*\d)")
_NAME_AND_NUMBER = re.compile(r"([a-z]{5,})(\d+)")
_NUMBER_AND_NAME = re.compile(r"(\d)(pro|max|plus|mini|ultra|air|se)(?![a-z])")
_NOT_CODES = frozenset("a an at by for from in is it of on or to up the my me we no am pm are was".split())
_ENGLISH_NUMBERS = {
    word: str(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty".split()
    )
} | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90", "hundred": "100"}
# "one" is mostly not a number ("the one that"), so it is 1 only before a unit of time or a count.
_ENGLISH_NUMBER = re.compile(
    r"\b(" + "|".join(sorted(_ENGLISH_NUMBERS, key=len, reverse=True)) + r")(?=[\s-](?:[a-z]+-)?"
    r"(?:days?|weeks?|months?|years?|hours?|minutes?|nights?|people|persons?|times|pieces?|items?|yuan|dollars?|percent|kg|km|miles?|gb)\b)"
)


@lru_cache(maxsize=1)
def _load_regional() -> Any:
    import opencc  # the tables are loaded once, on first use

    return opencc.OpenCC("tw2sp")


@lru_cache(maxsize=4096)
def standardize(text: str) -> str:
    """Return the folded text with one spelling for everything that has several.

    Numerals are digits, amounts are in 元, names and codes are uniform, regional words are replaced.

    Texts that differ only in these become equal. It is applied to queries and to stored phrasings.

    >>> standardize("支持三天无理由"), standardize("￥199 套餐"), standardize("九十九块的套餐")
    ('支持3天无理由', '199元套餐', '99元的套餐')
    >>> standardize("iPhone15Pro換電池"), standardize("错误 E-0042"), standardize("礼拜天几点"), standardize("滑鼠")
    ('iphone 15 pro换电池', '错误 e0042', '周日几点', '鼠标')
    """
    text = clean(text)
    if not text.isascii():
        text = str(_load_regional().convert(text))
    text = fold(text)
    if not text.isascii():
        text = _WEEKDAY.sub(lambda found: "周" + _WEEKDAYS.get(found[1], found[1]), text)
        text = _WEEK.sub("周", text)
        text = _BEFORE_MEASURE.sub(_to_digits, text)
        text = _POWER_NUMERAL.sub(_to_digits, text)
        text = re.sub(r"[零〇一二三四五六七八九](?=g(?:套餐|网|卡|流量|手机))", _to_digits, text)
    if text.isascii():
        text = _ENGLISH_NUMBER.sub(_replace_english_number, text)
    has_digits = _DIGIT.search(text) is not None
    if has_digits:
        text = _YUAN.sub(lambda found: f"{found[1] or found[2]}元", text)
        text = _GENERATION.sub(r"\1g", text)
        text = _VERSION.sub("", _SPACED_MEASURE.sub(r"\1", text))
    if _LETTER.search(text):
        for pattern, name in _ALIASES:
            text = pattern.sub(name, text)
    if has_digits:
        text = _NAME_AND_NUMBER.sub(r"\1 \2", text)
        text = _CODE.sub(_join_code, _NUMBER_AND_NAME.sub(r"\1 \2", text))
    return text


def _to_digits(found: re.Match[str]) -> str:
    numeral = found[0]
    if numeral in ("万一", "千万", "百万") or _APPROXIMATE.fullmatch(numeral):
        return numeral
    value = parse_number(numeral)
    return numeral if value is None else str(value)


def _replace_english_number(found: re.Match[str]) -> str:
    return _ENGLISH_NUMBERS[found[1]]


def _join_code(found: re.Match[str]) -> str:
    return found[0] if found[1] in _NOT_CODES else found[1] + found[2]
