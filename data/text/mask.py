"""Text that says who somebody is, made unreadable: telephone, e-mail, identity card and bank card numbers.

Not covered: names, addresses, number plates, passports, and numbers spelt out in words.
"""

from __future__ import annotations

import re

EMAIL, PHONE, IDENTITY, CARD = "[email]", "[phone]", "[id]", "[card]"

_LOOK = re.compile(r"[@＠]|[\d０-９](?:[\s().-]?[\d０-９]){6}")
_EMAIL = re.compile(r"[A-Za-z0-9_.+-]+\s?@\s?[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")
# Digits with single spaces, hyphens, dots or brackets between them; no further digit or letter on either side.
_NUMBER = re.compile(r"(?<![A-Za-z0-9])(?:\+|00)?\(?\d(?:[ \-.()]{0,2}\d){6,21}[Xx]?(?![A-Za-z0-9])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_DATE = re.compile(r"(?:19|20)\d{2}[-./ ]\d{1,2}[-./ ]\d{1,2}(?:[ T]\d{1,2})?")
_CHINESE_MOBILE = re.compile(r"(?:\+?86|0086)?1[3-9]\d{9}")
_CHINESE_LINE = re.compile(r"0\d{2,3}[ \-]\d{7,8}")
_FULL = str.maketrans("０１２３４５６７８９＠", "0123456789@")


def mask(text: str) -> str:
    """The text with [email], [phone], [id] or [card] in the place of what may be one.

    A Chinese identity number must have its checksum (GB 11643-1999), a card number of 13 to 19 digits pass Luhn's test
    (ISO/IEC 7812-1); a telephone number is a Chinese mobile or area code number, or seven to fifteen digits that begin
    with + or 00 or are grouped. Other numbers (orders, prices, years, dates) stay.

    >>> mask("打13812345678或写信给li@example.com"), mask("call +44 20 7946 0958"), mask("order 20240131, 3.14159265")
    ('打[phone]或写信给[email]', 'call [phone]', 'order 20240131, 3.14159265')
    >>> mask("身份证11010519491231002X，卡号6222021234567890128")
    '身份证[id]，卡号[card]'
    """
    if not _LOOK.search(text):
        return text
    wide = text.translate(_FULL)
    if "@" in wide:
        wide = _EMAIL.sub(EMAIL, wide)
    return _NUMBER.sub(_masked, wide)


def _masked(found: re.Match[str]) -> str:
    given = found[0]
    digits = re.sub(r"[^\dXx+]", "", given)
    bare = digits.lstrip("+")
    if is_identity(bare):
        return IDENTITY
    if _CHINESE_MOBILE.fullmatch(digits):
        return PHONE
    if bare.isdigit() and 13 <= len(bare) <= 19 and passes_luhn(bare):
        return CARD
    if _DATE.match(given):
        return given
    grouped = len(re.findall(r"\d[ \-()]{1,2}\d", given)) >= 2
    foreign = given.startswith(("+", "00")) or (grouped and len(bare) >= 10)
    if bare.isdigit() and (_CHINESE_LINE.fullmatch(given) or (foreign and 7 <= len(bare) <= 15)):
        return PHONE
    return given


def is_identity(number: str) -> bool:
    """Whether the 18 characters are a Chinese identity number with the right check digit, or 15 digits with a real date.

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
    """Whether the last digit is the check digit of the others. Luhn, US patent 2,950,048 (1960).

    >>> passes_luhn("4539148803436467"), passes_luhn("4539148803436468")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
