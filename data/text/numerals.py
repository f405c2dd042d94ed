"""Parse numbers in digits or words, and format numbers."""

from __future__ import annotations

import re
from fractions import Fraction
from math import log10

CHINESE = "零〇一二两三四五六七八九十百千万亿点半"
"""The characters of a number in Chinese words."""

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "亿": 10**8}
_ENGLISH = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen".split()
    )
} | {
    word: value
    for value, word in zip(
        range(20, 100, 10), "twenty thirty forty fifty sixty seventy eighty ninety".split(), strict=True
    )
}
_ENGLISH_LARGE = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_WORD = "(?:" + "|".join(sorted({*_ENGLISH, *_ENGLISH_LARGE, "hundred"}, key=len, reverse=True)) + ")"

PATTERN = (
    # 1,234.5   1.5万   3亿   .5   2 million
    r"(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:\s*(?:万亿|[百千万亿]|(?:thousand|million|billion)\b))?"
    # 三百五   二点五   半
    rf"|[{CHINESE}]+"
    # twenty-five   three hundred and five
    rf"|\b{_WORD}(?:(?:[\s-]+|\s+and\s+){_WORD})*\b"
)
"""A regular expression, without groups, for a number without sign in a text of lower case and half width."""

_WRITTEN = re.compile(r"([\d,.]+)\s*(万亿|[百千万亿]|thousand|million|billion)?")
_LONGEST = 30
_SHOWN_WHOLE = 40
_DECIMALS = 12
_SIGNIFICANT = 10


def parse_number(text: str) -> Fraction | None:
    """Read a number without sign, in digits, Chinese or English words.

    Args:
        text: The number and nothing else, in lower case and half width.

    Returns:
        The exact value; None if the text is not a number, or has more than 30 digits.

    >>> parse_number("1,234.5"), parse_number("1.5万"), parse_number("三百零五"), parse_number("twenty-five")
    (Fraction(2469, 2), Fraction(15000, 1), Fraction(305, 1), Fraction(25, 1))
    """
    text = text.strip()
    if found := _WRITTEN.fullmatch(text):
        digits, unit = found[1].replace(",", ""), found[2] or ""
        if len(digits) > _LONGEST or not re.fullmatch(r"\d+(\.\d+)?|\.\d+", digits):
            return None
        value = Fraction(digits if digits[0] != "." else "0" + digits)
        if unit in _ENGLISH_LARGE:
            return value * _ENGLISH_LARGE[unit]
        for character in unit:
            value *= _SMALL.get(character) or _LARGE[character]
        return value
    if not text:
        return None
    if set(text) <= set(CHINESE):
        return _parse_chinese(text)
    return _parse_english(text)


def _parse_chinese(text: str) -> Fraction | None:
    if text == "半":
        return Fraction(1, 2)
    whole, point, decimals = text.partition("点")
    value = _parse_whole(whole)
    if value is None or len(text) > _LONGEST:
        return None
    if not point:
        return Fraction(value)
    if not decimals or any(character not in _DIGITS for character in decimals):
        return None
    return Fraction(f"{value}." + "".join(str(_DIGITS[character]) for character in decimals))


def _parse_whole(text: str) -> int | None:
    """Read a whole number as it is written or spoken.

    二零二四 is read digit by digit, 三百零五 by its units, 三百五 and 一万二 as they are spoken.
    """
    if not text:
        return None
    if all(character in _DIGITS for character in text):
        return int("".join(str(_DIGITS[character]) for character in text))
    for unit, size in reversed(_LARGE.items()):
        head, found, tail = text.rpartition(unit)
        if found:
            first = _parse_whole(head) if head else None
            rest = _parse_rest(tail, size)
            return None if first is None or rest is None else first * size + rest
    return _parse_section(text)


def _parse_rest(text: str, size: int) -> int | None:
    if not text:
        return 0
    if len(text) == 1 and text in _DIGITS:
        return _DIGITS[text] * size // 10
    value = _parse_whole(text.lstrip("零〇"))
    return value if value is not None and value < size else None


def _parse_section(text: str) -> int | None:
    """Read a number below 10000 that has at least one of 十百千."""
    total, last = 0, 10_000
    digit: int | None = None
    for place, character in enumerate(text):
        if character in _SMALL:
            unit = _SMALL[character]
            if unit >= last or (digit is None and (unit != 10 or place)):
                return None
            total, digit, last = total + (1 if digit is None else digit) * unit, None, unit
        elif character in "零〇":
            if digit is not None:
                return None
        elif character in _DIGITS and digit is None:
            digit = _DIGITS[character]
        else:
            return None
    if digit is not None:
        total += digit * (last // 10 if text[-2] in _SMALL else 1)
    return total


def _parse_english(text: str) -> Fraction | None:
    total, section, last = 0, 0, 10**12
    words = [word for word in re.split(r"[\s-]+", text) if word != "and"]
    for place, word in enumerate(words):
        if word in _ENGLISH:
            value = _ENGLISH[word]
            before = words[place - 1] if place else ""
            # "twenty five" is one number, "five twenty" and "three four" are none.
            if before in _ENGLISH and not (_ENGLISH[before] >= 20 and 0 < value < 10):
                return None
            section += value
        elif word == "hundred" and 0 < section < 100:
            section *= 100
        elif word in _ENGLISH_LARGE and section and _ENGLISH_LARGE[word] < last:
            last = _ENGLISH_LARGE[word]
            total, section = total + section * last, 0
        else:
            return None
    return Fraction(total + section) if words else None


def format_number(value: Fraction) -> tuple[str, bool]:
    """Write a number in digits.

    Returns:
        The digits, grouped by commas from five on, and whether they are exact. A value with more than 12 decimals is
        rounded to 10 significant digits, and a whole number of more than 40 digits is given by its power of ten.

    >>> format_number(Fraction(1, 8)), format_number(Fraction(10, 3)), format_number(Fraction(12345))
    (('0.125', True), ('3.333333333', False), ('12,345', True))
    """
    scaled = value * 10**_DECIMALS
    if abs(value) >= 10**_SHOWN_WHOLE:
        return _format_power(value), False
    if scaled.denominator == 1:
        whole, decimals = divmod(abs(scaled.numerator), 10**_DECIMALS)
        return _join(value < 0, whole, f"{decimals:0{_DECIMALS}d}"), True
    if abs(value) < Fraction(1, 10**6):
        return _format_power(value), False
    # Rounded half to even at the tenth significant digit.
    size = abs(value)
    before_point = len(str(int(size))) if size >= 1 else 0
    zeros = 0 if size >= 1 else len(str(int(1 / size))) - 1
    places = max(0, _SIGNIFICANT - before_point + zeros)
    rounded = round(abs(value) * 10**places)
    whole, decimals = divmod(rounded, 10**places)
    return _join(value < 0, whole, f"{decimals:0{places}d}" if places else ""), False


def _join(negative: bool, whole: int, decimals: str) -> str:
    decimals = decimals.rstrip("0")
    written = f"{whole:,}" if whole >= 10_000 else str(whole)
    return ("−" if negative else "") + written + ("." + decimals if decimals else "")


def _format_power(value: Fraction) -> str:
    numerator, denominator = abs(value.numerator), value.denominator
    power = int((numerator.bit_length() - denominator.bit_length()) * log10(2))
    while numerator >= denominator * 10 ** max(0, power + 1) * Fraction(10) ** min(0, power + 1):
        power += 1
    while numerator < denominator * Fraction(10) ** power:
        power -= 1
    mantissa = Fraction(numerator, denominator) / Fraction(10) ** power
    digits = f"{round(mantissa * 10 ** (_SIGNIFICANT - 1)):0{_SIGNIFICANT}d}"
    decimals = digits[1:_SIGNIFICANT].rstrip("0")
    return ("−" if value < 0 else "") + digits[0] + ("." + decimals if decimals else "") + f" × 10^{power}"
