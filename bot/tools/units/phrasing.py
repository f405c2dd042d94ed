"""Parse requests for unit conversions in chat messages."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from bot.tools.units.table import BY_NAME, Unit
from data.text import numerals
from data.text.clean import clean

MAX_LENGTH = 120


@dataclass(frozen=True)
class Question:
    """An amount in a source unit, and the target unit.

    `rest` is a part given in a smaller unit, such as the 11 in of 5 ft 11 in.
    """

    amount: Fraction
    source: Unit
    target: Unit
    rest: tuple[Fraction, Unit] | None = None


def _build_unit_pattern() -> str:
    names = sorted(BY_NAME, key=len, reverse=True)
    return "|".join(
        (r"(?<![a-z])" if name[0].isalpha() and name.isascii() else "")
        + re.escape(name).replace(r"\ ", r"\s+")
        + (r"(?![a-z])" if name[-1].isalpha() and name[-1].isascii() else "")
        for name in names
    )


_UNIT = _build_unit_pattern()
_NUMBER = rf"{numerals.PATTERN}|(?:half\s+)?an?(?=\s)"
_SIGN = r"(?:[-−]|minus\s+|零下|负)"
_SCALE = r"(?P<scale>华氏|摄氏)(?P<scale_sign>零下|负|-)?\s*(?P<scale_amount>{number})\s*度"
_QUANTITY = (
    rf"(?:{_SCALE.format(number=numerals.PATTERN)}"
    rf"|(?P<sign>{_SIGN})?(?P<amount>{_NUMBER})\s*(?:个|個)?\s*(?P<unit>{_UNIT})"
    rf"(?:\s*(?:and|,|又|零)?\s*(?P<amount2>{numerals.PATTERN})\s*(?P<unit2>{_UNIT}))?)"
)
_TARGET = rf"(?P<target>{_UNIT})"
_END = r"(?:\s*(?:呢|啊|呀|吗|来着|please|exactly))?[\s?？。.!！]*$"
_PLEASE_ZH = r"(?:请问?|麻烦|你能|能不能|你知道|告诉我|帮我|给我|算一?下|看一?下|换算一?下|[\s,，:：])*"
_PLEASE_EN = (
    r"(?:(?:hey|so|ok|and|please|quickly|quick\s+question)[\s,:]+)*(?:(?:can|could|would)\s+you\s+(?:please\s+)?)?(?:tell\s+me\s+)?"
    r"(?:(?:do\s+you\s+know\s+)?(?:what\s*(?:'s|\s+is|\s+are|s)|how\s+(?:much|many|far|long|tall|high|heavy|hot|cold|warm|big|large|fast)"
    r"\s+(?:is|are))\s+|(?:convert|change|turn|express|calculate)\s+)?"
)
_MANY = r"(?:多少|几|幾)\s*(?:个|個)?\s*"
_IS = r"\s*(?:大约|大概|约)?(?:是|等于|等於|有|合|相当于|折合|=|≈)\s*(?:大约|大概|约)?\s*"
_INTO = r"\s*(?:换算|转换|折算|换|转|化)(?:一下)?(?:成|为|到|作|做)?\s*(?:是|等于)?\s*"
_IN = r"\s*(?:\s(?:in|to|into|as)\s|(?:\sis|\sare|\sequals?|\smakes?|=)\s+how\s+many\s|(?:\sis|\sequals?|=)\s*(?:what|how\s+much)\s+in\s|=\s*\?*|\s(?:in|to)\s+how\s+many\s)\s*"

_FORMS = tuple(
    re.compile(form)
    for form in (
        # 3英里是多少公里   一斤等于几两
        rf"^{_PLEASE_ZH}{_QUANTITY}{_IS}{_MANY}{_TARGET}{_END}",
        # 把100华氏度换算成摄氏度
        rf"^{_PLEASE_ZH}(?:把|将)?\s*{_QUANTITY}{_INTO}(?:{_MANY})?{_TARGET}{_END}",
        # 多少克是一斤
        rf"^{_PLEASE_ZH}{_MANY}{_TARGET}{_IS}{_QUANTITY}{_END}",
        # 3 miles in km   convert 100 f to celsius   what is 5 feet 11 inches in cm
        rf"^{_PLEASE_EN}{_QUANTITY}{_IN}{_TARGET}{_END}",
        # how many km are in 3 miles   how many ounces make a pound
        r"^(?:(?:can|could)\s+you\s+tell\s+me\s+|do\s+you\s+know\s+|tell\s+me\s+|so\s+|and\s+)?how\s+(?:many|much)\s+"
        rf"{_TARGET}\s+(?:are\s+there\s+in|is\s+there\s+in|are\s+in|is\s+in|in|is|are|equals?|make(?:s|\s+up)?|does)\s+{_QUANTITY}(?:\s+have)?{_END}",
    )
)
_SPEED = re.compile(rf"时速\s*(?P<amount>{numerals.PATTERN})\s*(?P<unit>公里|千米|英里)")
# A small b is a bit, a capital B a byte of eight bits; people mix them up.
_BITS = re.compile(r"(?<![A-Za-z])[KMGT]b(?:ps)?(?![A-Za-z])")


def parse_message(text: str) -> Question | None:
    """Return the conversion that a chat message asks for.

    Args:
        text: The message as typed.

    Returns:
        The question; None unless the whole message is one, with an amount and two different units of the same dimension.

    >>> question = parse_message("3 miles in km")
    >>> question.amount, question.source.en, question.target.en
    (Fraction(3, 1), 'mi', 'km')
    >>> parse_message("How many days is the return window?"), parse_message("苍鹭3不带地钉是几公斤？")
    (None, None)
    """
    question = parse_question(text)
    if question is None or question.source == question.target:
        return None
    return question if question.source.dimension == question.target.dimension else None


def parse_question(text: str) -> Question | None:
    """Parse a conversion between any two units.

    It is None if the text is not one, or has the ambiguous Mb (bits or bytes).
    """
    if len(text) > MAX_LENGTH or _BITS.search(text):
        return None
    line = unicodedata.normalize("NFKC", clean(text).replace("²", "^2").replace("³", "^3")).casefold().replace("’", "'")
    line, is_speed = _SPEED.subn(r"\g<amount>\g<unit>/小时", line)
    for form in _FORMS:
        if found := form.match(line):
            break
    else:
        return None
    target = BY_NAME[_squeeze(found["target"])]
    if is_speed and target.dimension == "length":
        target = BY_NAME.get(f"{target.zh}/小时", target)
    if found["scale"]:
        amount, source = numerals.parse_number(found["scale_amount"]), BY_NAME[found["scale"]]
        return None if amount is None else Question(-amount if found["scale_sign"] else amount, source, target)
    source = BY_NAME[_squeeze(found["unit"])]
    amount = _parse_amount(found["amount"])
    if amount is None:
        return None
    if found["amount2"]:
        more, smaller = numerals.parse_number(found["amount2"]), BY_NAME[_squeeze(found["unit2"])]
        if more is None or found["sign"] or smaller.dimension != source.dimension or smaller.factor >= source.factor:
            return None
        return Question(amount, source, target, (more, smaller))
    if found["sign"]:
        if source.dimension != "temperature":
            return None
        amount = -amount
    return Question(amount, source, target)


def _parse_amount(written: str) -> Fraction | None:
    word = " ".join(written.split())
    if word in ("a", "an"):
        return Fraction(1)
    return Fraction(1, 2) if word.startswith("half a") else numerals.parse_number(word)


def _squeeze(name: str) -> str:
    return " ".join(name.split())
