"""Tell headings, list items and page furniture in lines of plain text, by what people write there."""

from __future__ import annotations

import re

from data.han import HAN_RANGE

_NUMERAL = "[零〇一二三四五六七八九十百]+"
_DIVISION = re.compile(rf"第\s*(?:{_NUMERAL}|\d+)\s*(?P<unit>部分|[编篇章节])(?=[\s:：、.．]|[{HAN_RANGE}]|$)")
_ARTICLE = re.compile(rf"第\s*(?:{_NUMERAL}|\d+)\s*条")
_ORDINAL = re.compile(rf"{_NUMERAL}\s*[、.．]\s*\S")
_BRACKETED = re.compile(rf"[（(]\s*{_NUMERAL}\s*[)）]\s*\S")
_DECIMAL = re.compile(r"(?P<number>\d{1,3}(?:\.\d{1,3}){1,4})\.?\s*(?=[^\d\s.%])\D")
_NUMBERED = re.compile(r"\d{1,2}(?:[.．、]\s*|\s+)(?=\D)\S")
_NAMED = re.compile(
    r"(?:chapter|part|section|appendix|annex|article)\s+(?:\d+|[ivxlc]+|[a-z])\b(?:\s*[.:–-]|\s|$)", re.I
)
_LEVELS = {"部分": 1, "编": 1, "篇": 1, "章": 1, "节": 2}

_ITEM = re.compile(
    r"(?:[•·●○▪■◆◇►▶‣⁃∙*–—-]|[①-⑳❶-❿]|\(?\d{1,2}[)）]|（\d{1,2}）|\d{1,2}[.．、](?!\d)|[(（]?[a-z][)）])\s*(?=\S)", re.I
)
_BULLET = re.compile(r"[•·●○▪■◆◇►▶‣⁃∙*–—-]\s*(?=\S)")
_ENDED = re.compile(r"[。.;；!！?？,，、…]['\"”’）)]*$")
_TERMINAL = re.compile(r"[。.;；!！?？:：…]['\"”’）)]*$")
_LEADERS = re.compile(r"(?:\.\s?){5,}|…{2,}|(?:·\s?){5,}|(?:_\s?){8,}")
_PAGE_NUMBER = re.compile(
    r"[-–—\s]*(?:page\s*|p\.\s*)?\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?[-–—\s]*|第\s*\d+\s*页(?:\s*[,，/]?\s*共\s*\d+\s*页)?|[ivxl]{1,6}",
    re.I,
)
_SMALL = frozenset("a an and as at by for from in into nor of on or the to vs with your you is it".split())
_MOST = 60


def measure_length(text: str) -> int:
    """Return how long a line reads: a Chinese character counts as two Latin letters.

    >>> measure_length("退货 ok")
    7
    """
    return len(text) + len(re.findall(f"[{HAN_RANGE}]", text))


def find_numbered_level(line: str) -> int | None:
    """Return the level of a heading that its number gives away, or None.

    >>> [find_numbered_level(line) for line in ("第三章 退货", "2.1 Battery life", "一、适用范围", "买了三件。")]
    [1, 3, 2, None]
    """
    if measure_length(line) > _MOST or _ENDED.search(line):
        return None
    if found := _DIVISION.match(line):
        return _LEVELS[found["unit"]]
    if _NAMED.match(line):
        return 1
    if _ORDINAL.match(line):
        return 2
    if _BRACKETED.match(line):
        return 3
    if found := _DECIMAL.match(line):
        return 2 + found["number"].count(".")
    return None


def is_short_number(line: str) -> bool:
    """Return whether a line is "3 Title" or "3. Title": a heading, or an item of a list; its neighbours tell."""
    return bool(_NUMBERED.match(line)) and measure_length(line) <= _MOST and not _ENDED.search(line)


def is_article(line: str) -> bool:
    """Return whether a line begins an article of rules (第十二条)."""
    return bool(_ARTICLE.match(line))


def is_titled(line: str, sentence_case: bool = False) -> bool:
    """Return whether a line that stands alone reads as an English or Chinese title.

    Args:
        line: The line.
        sentence_case: Whether a title may have small letters, as a line between blank lines may.

    >>> is_titled("WARRANTY AND RETURNS"), is_titled("Cleaning the Water Tank"), is_titled("请在七天内提出。")
    (True, True, False)
    """
    if not line or measure_length(line) > _MOST or _TERMINAL.search(line) or line[0] in "-•*|+>":
        return False
    if re.search(f"[{HAN_RANGE}]", line):
        return measure_length(line) <= 32 and not re.search(r"[，,：:；=]|\d{3,}", line)
    words = re.findall(r"[A-Za-z][A-Za-z'’&/-]*", line)
    if not words or len(words) > 9:
        return False
    if line.upper() == line:
        return sum(len(word) for word in words) >= 4
    if sentence_case:
        return line[0].isupper() or line[0].isdigit()
    counted = [word for word in words if word.lower() not in _SMALL]
    return bool(counted) and line[0].isupper() and all(word[0].isupper() for word in counted)


def is_item(line: str) -> bool:
    """Return whether a line begins an item of a list."""
    return bool(_ITEM.match(line))


def strip_bullet(line: str) -> str:
    """Return an item without its bullet; a number stays, since people refer to it."""
    return _BULLET.sub("", line, count=1) if _BULLET.match(line) else line


def ends_sentence(line: str) -> bool:
    """Return whether a line ends as a sentence does."""
    return bool(_TERMINAL.search(line))


def is_furniture(line: str) -> bool:
    """Return whether a line is a page number or a line of a table of contents."""
    return bool(_PAGE_NUMBER.fullmatch(line.strip())) or bool(_LEADERS.search(line))


def join_lines(first: str, second: str) -> str:
    """Return two lines of one paragraph as one: no space between Chinese, a broken English word put together.

    >>> join_lines("商品应", "保持完好"), join_lines("the exam-", "ple"), join_lines("one", "two")
    ('商品应保持完好', 'the example', 'one two')
    """
    if not first or not second:
        return first + second
    if first[-1] in "\ufffe\u00ad\x02":
        return first[:-1] + second
    if first[-1] == "-" and first[-2:-1].isalpha() and second[0].islower():
        return first[:-1] + second
    wide = f"[{HAN_RANGE}\u3000-\u303f\uff00-\uffef“”‘’（）]"
    if re.match(wide, second[0]) or (re.match(wide, first[-1]) and not second[0].isascii()):
        return first + second
    if re.match(wide, first[-1]):
        return first + second
    return f"{first} {second}"
