"""Mask personal data in text: telephone, e-mail, identity card and bank card numbers.

Not covered: names, addresses, number plates, passports, and numbers spelt out in words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

EMAIL, PHONE, IDENTITY, CARD = "[email]", "[phone]", "[id]", "[card]"

# What may stand between the digits of one number, after _plain.
_SEPARATOR = r"[ ()./+-]"
_LOOK = re.compile(
    r"[@＠]|\d(?:[\s()./+\-（）．／＋－\u00a0\u00b7\u200b-\u200d\u2010-\u2015\u2060\u2212\u30fb]{0,3}\d){6}"
)
# An address begins where no character of one precedes, so that a long word is scanned once and not once for each letter.
_LOCAL = r"A-Za-z0-9_.+%&'-"
_EMAIL = re.compile(rf"(?<![{_LOCAL}])[{_LOCAL}]++\s?@\s?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_RUN = re.compile(rf"[0-9](?:{_SEPARATOR}{{0,3}}[0-9]){{6,}}")
_DIGITS = re.compile(r"[0-9]+")
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_WHOLE_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_CHINESE_MOBILE = re.compile(r"(?:86|0086|0)?1[3-9]\d{9}")
_MOBILES = re.compile(r"(?:1[3-9]\d{9}){2,}")
# With the trunk prefix 0: 010 62345678, 020 7946 0958, 01 23 45 67 89, 090-1234-5678.
_NATIONAL = re.compile(r"0[1-9]\d{7,10}")
# The group sizes of numbers without a prefix: 415 555 2671, 55 1234 5678, 8 495 123-45-67.
_SHAPES = frozenset(
    {(3, 3, 4), (1, 3, 3, 4), (3, 4, 4), (2, 4, 4), (2, 5, 4), (4, 3, 3), (3, 3, 2, 2), (1, 3, 3, 2, 2), (4, 3, 4)}
)
_MOST_GROUPS = 5
_MOST_DIGITS = 19
# ITU-T E.164: a number with its country code has at most 15 digits.
_INTERNATIONAL = 15
_LEAST_ABROAD = 7
_FEWEST = 9
_GROUPED = range(10, _INTERNATIONAL + 1)
# A Chinese mobile number, which some write with a space after every digit.
_SPELT = 11

_PLAIN: dict[int, int | str] = {
    **{0xFF01 + place: 0x21 + place for place in range(94)},
    **dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212), "-"),
    **dict.fromkeys((0x00A0, 0x3000, *range(0x2000, 0x200E), 0x202F, 0x2060, 0xFEFF), " "),
    **dict.fromkeys((0x00B7, 0x2022, 0x30FB), "."),
}


class _Group(NamedTuple):
    """Adjacent digits and their position in the text."""

    start: int
    end: int
    digits: str


class _Span(NamedTuple):
    """The groups from first to last, both included, that may be one number of this kind."""

    first: int
    last: int
    kind: str


def mask(text: str) -> str:
    """Replace personal data in a text by [email], [phone], [id] or [card].

    A Chinese identity number must have its checksum (GB 11643-1999), a card number of 13 to 19 digits pass Luhn's test
    (ISO/IEC 7812-1). A telephone number is a Chinese mobile number in any grouping, one that begins with 0, one of seven to
    fifteen digits that begins with + or 00, or ten to fifteen digits in three or more groups. The text around a number does not
    matter, except further digits without a separator. Other numbers (orders, prices, years, dates) stay; in doubt a number is
    masked.

    >>> mask("打13812345678或写信给li@example.com"), mask("call +44 20 7946 0958"), mask("order 20240131, 3.14159265")
    ('打[phone]或写信给[email]', 'call [phone]', 'order 20240131, 3.14159265')
    >>> mask("身份证11010519491231002X，卡号6222021234567890128"), mask("2024-01-02 138 1234 5678")
    ('身份证[id]，卡号[card]', '2024-01-02 [phone]')
    """
    if not _LOOK.search(text):
        return text
    plain = _to_ascii(text)
    if "@" in plain:
        text = _replace(text, ((*found.span(), EMAIL) for found in _EMAIL.finditer(plain)))
        plain = _to_ascii(text)
    return _replace(text, (found for run in _RUN.finditer(plain) for found in _find_numbers(plain, *run.span())))


def _to_ascii(text: str) -> str:
    """Return the text, at the same length, with digits, letters and separators of other forms as ASCII."""
    if text.isascii():
        return text
    return _OTHER_DIGIT.sub(lambda found: str(unicodedata.decimal(found[0])), text.translate(_PLAIN))


def _replace(text: str, spans: Iterator[tuple[int, int, str]]) -> str:
    made, done = [], 0
    for start, end, kind in spans:
        made += [text[done:start], kind]
        done = end
    return "".join((*made, text[done:])) if made else text


def _find_numbers(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and kind of personal numbers in a run of digits and separators, from left to right."""
    groups = [_Group(*found.span(), found[0]) for found in _DIGITS.finditer(text, start, end)]
    dated = _find_dates(text, groups)
    if len(dated) == len(groups):
        return
    spans = [span for first in range(len(groups)) for span in _find_spans(text, groups, first, dated)]
    for first, last, kind in _merge([*spans, *_find_grouped(text, groups, spans, dated)], groups):
        begin, stop = groups[first].start, groups[last].end
        if kind == IDENTITY and text[stop : stop + 1] in ("X", "x"):
            stop += 1
        # A sign or a bracket before the number is masked with it, and so is the closing bracket.
        while begin and text[begin - 1] in "(+":
            begin -= 1
        if text[begin] == "(" and text[stop : stop + 1] == ")" and ")" not in text[begin:stop]:
            stop += 1
        yield begin, stop, kind


def _find_dates(text: str, groups: Sequence[_Group]) -> set[int]:
    """Return the indices of groups in dates, or of an hour after one at the end of the run: 2024-01-02 10(:30)."""
    found: set[int] = set()
    place = 0
    while place < len(groups):
        if len(groups[place].digits) == 8 and _WHOLE_DATE.fullmatch(groups[place].digits):
            found.add(place)
            place += 1
        elif _is_date(text, groups[place : place + 3]):
            found |= {place, place + 1, place + 2}
            place += 3
            if place == len(groups) - 1 and len(groups[place].digits) <= 2:
                found.add(place)
        else:
            place += 1
    return found


def _is_date(text: str, groups: Sequence[_Group]) -> bool:
    """Return whether the groups are year, month and day, or the year last; month and day in either order."""
    if len(groups) < 3 or max(len(group.digits) for group in groups) != 4:
        return False
    first, middle, last = groups
    between = text[first.end : middle.start]
    if len(between) != 1 or between != text[middle.end : last.start]:
        return False
    year, *rest = (first, middle, last) if len(first.digits) == 4 else (last, middle, first)
    if year.digits[:2] not in ("19", "20") or any(len(group.digits) > 2 for group in rest):
        return False
    low, high = sorted(int(group.digits) for group in rest)
    return 1 <= low <= 12 and high <= 31


def _find_spans(text: str, groups: Sequence[_Group], first: int, dated: set[int]) -> Iterator[_Span]:
    """Yield the spans of groups that begin with this group and may be a number."""
    sizes: tuple[int, ...] = ()
    digits = ""
    for last in range(first, min(first + _MOST_GROUPS, len(groups))):
        if last > first and "+" in text[groups[last - 1].end : groups[last].start]:
            break
        digits += groups[last].digits
        sizes += (len(groups[last].digits),)
        if len(digits) < _FEWEST:
            continue
        if kind := _classify(digits, sizes, text, groups[last].end):
            yield _Span(first, last, kind)
        elif _is_national(digits, sizes) and dated.isdisjoint(range(first, last + 1)):
            yield _Span(first, last, PHONE)
        if len(digits) > _MOST_DIGITS:
            break
    if (before := _measure_prefix(text, groups, first)) is not None:
        yield from _find_international(groups, first, before)
    if groups[first].digits == "1":
        spelt = groups[first : first + _SPELT]
        joined = "".join(group.digits for group in spelt)
        if len(spelt) == _SPELT == len(joined) and _CHINESE_MOBILE.fullmatch(joined):
            yield _Span(first, first + _SPELT - 1, PHONE)


def _classify(digits: str, sizes: tuple[int, ...], text: str, end: int) -> str | None:
    """Return the kind of a number that ends at end in the text, judged by its digits; None if it has none."""
    total = len(digits)
    if total < _SPELT:
        return None
    if total == 17 and text[end : end + 1] in ("X", "x") and is_identity(f"{digits}X"):
        return IDENTITY
    if ((total == 18 and len(sizes) <= 3) or sizes in ((15,), (6, 6, 3))) and is_identity(digits):
        return IDENTITY
    if total <= _INTERNATIONAL and (len(sizes) == 1 or min(sizes) >= 2) and _CHINESE_MOBILE.fullmatch(digits):
        return PHONE
    if 13 <= total <= _MOST_DIGITS and _is_card_grouped(sizes) and passes_luhn(digits):
        return CARD
    if len(sizes) == 1 and _MOBILES.fullmatch(digits):
        return PHONE
    return None


def _is_card_grouped(sizes: tuple[int, ...]) -> bool:
    """Return whether cards have groups of these sizes: one group, 6 13, 4 6 5, or fours and a rest."""
    return len(sizes) == 1 or sizes[0] == 6 or (min(sizes[:-1]) >= 4 and max(sizes) <= 8)


def _is_national(digits: str, sizes: tuple[int, ...]) -> bool:
    """Return whether it is written like a national telephone number."""
    if sizes in _SHAPES:
        return True
    return digits[0] == "0" and min(sizes) > 1 and _NATIONAL.fullmatch(digits) is not None


def _measure_prefix(text: str, groups: Sequence[_Group], first: int) -> int | None:
    """Return the number of digits before a country code: 0 after +, 2 for 00; None if there is no such prefix."""
    start, _, digits = groups[first]
    if digits.startswith("00") and digits[2:3] != "0":
        # 99.00 1299 100 are prices, and 10:00:00 2024 is a time.
        return None if digits == "00" and start > 1 and text[start - 1] in ".:" and text[start - 2].isdigit() else 2
    while start and text[start - 1] == "(":
        start -= 1
    # No country code begins with 0, and +0800 is a time zone.
    if not start or text[start - 1] != "+" or digits[0] == "0":
        return None
    glued = start > 1 and text[start - 2].isdigit()
    # 1000000+2000000 is a sum.
    return None if glued and len(digits) < _GROUPED[0] else 0


def _find_international(groups: Sequence[_Group], first: int, before: int) -> Iterator[_Span]:
    total, last = -before, first - 1
    for place in range(first, len(groups)):
        if total + len(groups[place].digits) > _INTERNATIONAL:
            break
        total += len(groups[place].digits)
        last = place
    if total >= _LEAST_ABROAD:
        yield _Span(first, last, PHONE)


def _find_grouped(text: str, groups: Sequence[_Group], spans: Sequence[_Span], dated: set[int]) -> Iterator[_Span]:
    """Yield the rest between dates and other numbers if it has three groups or more and the digits of a telephone."""
    if len(groups) - len(dated) <= 2:
        return
    taken = dated | {place for span in spans for place in range(span.first, span.last + 1)}
    first = 0
    while first < len(groups):
        last = first
        while last < len(groups) and last not in taken:
            last += 1
        digits = sum(len(group.digits) for group in groups[first:last])
        parted = sum(
            1 for one, other in zip(groups[first:last], groups[first + 1 : last], strict=False)
            if set(text[one.end : other.start]) <= set(" -()")
        )  # fmt: skip
        if digits in _GROUPED and parted >= 2:
            yield _Span(first, last - 1, PHONE)
        first = last + 1


def _merge(spans: Sequence[_Span], groups: Sequence[_Group]) -> Iterator[_Span]:
    """Yield the spans in order; those that share a group are merged and get the kind of the one with most digits."""
    held: _Span | None = None
    most = 0
    for span in sorted(spans):
        size = sum(len(group.digits) for group in groups[span.first : span.last + 1])
        if held is None or span.first > held.last:
            if held is not None:
                yield held
            held, most = span, size
        else:
            kind = span.kind if size > most else held.kind
            held, most = _Span(held.first, max(held.last, span.last), kind), max(most, size)
    if held is not None:
        yield held


def is_identity(number: str) -> bool:
    """Return whether 18 characters are a Chinese identity number with a valid check digit, or 15 with a real date.

    >>> is_identity("11010519491231002X"), is_identity("110105194912310021")
    (True, False)
    """
    if len(number) == 18 and number[:17].isdigit():
        total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
        return number[17].upper() == _CHECKS[total % 11]
    if len(number) == 15 and number.isdigit():
        return 11 <= int(number[:2]) <= 82 and 1 <= int(number[8:10]) <= 12 and 1 <= int(number[10:12]) <= 31
    return False


def passes_luhn(digits: str) -> bool:
    """Return whether the last digit is the check digit of the others. Source: Luhn, US patent 2,950,048 (1960).

    >>> passes_luhn("4539148803436467"), passes_luhn("4539148803436468")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
