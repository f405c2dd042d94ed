"""Show a number as a spreadsheet program shows it: by the format code of its cell (ECMA-376 part 1, section 18.8.31)."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache

BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: '"$"#,##0', 6: '"$"#,##0', 7: '"$"#,##0.00', 8: '"$"#,##0.00',
    9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy",
    18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy/m/d h:mm",
    27: 'yyyy"年"m"月"', 28: 'm"月"d"日"', 29: 'm"月"d"日"', 30: "m-d-yy", 31: 'yyyy"年"m"月"d"日"', 32: 'h"时"mm"分"',
    33: 'h"时"mm"分"ss"秒"', 34: '上午/下午h"时"mm"分"', 35: '上午/下午h"时"mm"分"ss"秒"', 36: 'yyyy"年"m"月"',
    37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00",
    41: "#,##0", 42: '"$"#,##0', 43: "#,##0.00", 44: '"$"#,##0.00', 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0",
    49: "@", 50: 'yyyy"年"m"月"', 51: 'm"月"d"日"', 52: 'yyyy"年"m"月"', 53: 'm"月"d"日"', 54: 'm"月"d"日"',
    55: '上午/下午h"时"mm"分"',
    56: '上午/下午h"时"mm"分"ss"秒"', 57: 'yyyy"年"m"月"', 58: 'm"月"d"日"',
}  # fmt: skip
"""The codes that workbooks give by number only; those that depend on the computer's region in their unambiguous form."""

_TOKENS = re.compile(
    r'"[^"]*"|\\.|!.|_.|\*.|\[[^\]]*\]|General|G/通用格式|AM/PM|A/P|上午/下午|y+|m+|d+|h+|s+|a{3,}|b+|e+[+-]?|[0#?]+|\.|,|%|/|@|E[+-]|.',
    re.IGNORECASE | re.DOTALL,
)
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?[\d.]+)\]")
_EPOCH = datetime(1899, 12, 30)
_MAX_DAY = 2958465
_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_DAYS_ZH = "一二三四五六日"
_DIGITS = 15
"""Significant digits that a spreadsheet keeps of a number."""


def render_number(value: float, code: str, is_1904: bool = False) -> str:
    """Return a number as its cell shows it.

    Args:
        value: The number; days since 1899-12-30 for dates.
        code: The format code, such as 0.0% or yyyy-mm-dd.
        is_1904: Whether dates count from 1904-01-01.

    >>> render_number(0.855, "0.0%"), render_number(10, "000"), render_number(1299.5, '"¥"#,##0.00')
    ('85.5%', '010', '¥1,299.50')
    >>> render_number(4008001234, "000-000-0000"), render_number(0.8958333, "h:mm"), render_number(45931.395833, "m/d h:mm")
    ('400-800-1234', '21:30', '10/1 9:30')
    """
    if not math.isfinite(value):
        return str(value)
    section, value = _choose_section(_split_sections(code or "General"), value)
    tokens = _tokenize(section)
    if _is_date(tokens):
        shown = _render_date(tokens, value, is_1904)
        if shown is not None:
            return shown.strip()
        return _render_general(value)
    return _render_tokens(tokens, value).strip()


@lru_cache(maxsize=512)
def _split_sections(code: str) -> tuple[str, ...]:
    sections, at, start = [], 0, 0
    while at < len(code):
        character = code[at]
        if character == '"':
            at = code.find('"', at + 1)
            if at < 0:
                break
        elif character in "\\!_*":
            at += 1
        elif character == ";":
            sections.append(code[start:at])
            start = at + 1
        at += 1
    return (*sections, code[start:])


def _choose_section(sections: tuple[str, ...], value: float) -> tuple[str, float]:
    """Return the section for a value and the value that it shows."""
    conditions = [_CONDITION.search(section) for section in sections]
    if any(conditions):
        for section, condition in zip(sections, conditions, strict=True):
            if condition is None or _holds(value, condition[1], float(condition[2])):
                return section, abs(value) if value < 0 and condition is not None and len(sections) > 1 else value
        return sections[-1], value
    if value < 0 and len(sections) > 1:
        return sections[1], abs(value)
    if value == 0 and len(sections) > 2:
        return sections[2], value
    return sections[0], value


def _holds(value: float, sign: str, bound: float) -> bool:
    return {
        "<": value < bound, ">": value > bound, "=": value == bound,
        "<=": value <= bound, ">=": value >= bound, "<>": value != bound,
    }[sign]  # fmt: skip


@lru_cache(maxsize=512)
def _tokenize(section: str) -> tuple[str, ...]:
    return tuple(_TOKENS.findall(section))


def _is_date(tokens: tuple[str, ...]) -> bool:
    return any(
        _ELAPSED.fullmatch(token) or re.fullmatch(r"y+|m+|d+|h+|s+|a{3,}|e+", token, re.IGNORECASE) for token in tokens
    )


def _literal(token: str) -> str | None:
    """Return the text that a token stands for; None if it is no literal."""
    if token.startswith('"'):
        return token.strip('"')
    if token[0] in "\\!" and len(token) > 1:
        return token[1]
    if token[0] in "_*" and len(token) > 1:
        return " " if token[0] == "_" else ""
    if token.startswith("["):
        # [$¥-804] is a currency with a locale, [Red] a colour.
        return token[2:-1].partition("-")[0] if token.startswith("[$") else ""
    return None


def _render_general(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    if abs(value) >= 1e15:
        return _show_long(value)
    shown = f"{value:.10g}"
    if "e" not in shown:
        return shown
    return f"{Decimal(shown):f}" if 1e-9 < abs(value) < 1 else shown.upper()


def _show_long(value: float) -> str:
    """Return a large number with the digits that a spreadsheet keeps, the others as zeros."""
    return f"{Decimal(f'{value:.{_DIGITS - 1}e}'):f}" if abs(value) < 1e21 else f"{value:.5E}"


def _render_tokens(tokens: tuple[str, ...], value: float) -> str:
    if any(token == "@" for token in tokens) and not any(set(token) <= set("0#?") for token in tokens):
        return "".join(_render_general(value) if token == "@" else _literal(token) or "" for token in tokens)
    if any(token.lower() in ("general", "g/通用格式") for token in tokens):
        general = (
            _render_general(value) if token.lower() in ("general", "g/通用格式") else _show_token(token)
            for token in tokens
        )
        return "".join(general)
    if not any(set(token) <= set("0#?") for token in tokens):
        # A section of literals only hides the number, as "是";"否" does.
        return "".join(map(_show_token, tokens))
    if "/" in tokens and not any(token == "." for token in tokens):
        return _render_fraction(tokens, value)
    exponent = next((at for at, token in enumerate(tokens) if re.fullmatch(r"E[+-]", token, re.IGNORECASE)), None)
    if exponent is not None:
        return _render_exponent(tokens, exponent, value)
    return _render_decimal(tokens, value)


def _show_token(token: str) -> str:
    literal = _literal(token)
    return token if literal is None else literal


def _render_decimal(tokens: tuple[str, ...], value: float) -> str:
    places = [at for at, token in enumerate(tokens) if set(token) <= set("0#?")]
    last = places[-1]
    scale = 0
    while last + 1 + scale < len(tokens) and tokens[last + 1 + scale] == ",":
        scale += 1
    point = next((at for at, token in enumerate(tokens) if token == "."), None)
    whole = [at for at in places if point is None or at < point]
    behind = [at for at in places if point is not None and at > point]
    has_groups = any(tokens[at] == "," for at in range(places[0], whole[-1] if whole else places[0]))
    number = Decimal(repr(value) if abs(value) < 1e15 else f"{value:.{_DIGITS - 1}e}")
    number = number.scaleb(2 * sum(token == "%" for token in tokens)) / (Decimal(1000) ** scale)
    decimals = sum(len(tokens[at]) for at in behind)
    rounded = abs(number).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) if decimals < 30 else abs(number)
    digits, _, fraction = f"{rounded:f}".partition(".")
    fraction = _trim_fraction(fraction, "".join(tokens[at] for at in behind))
    pattern = "".join(tokens[at] for at in whole)
    least = len(pattern) - len(pattern.lstrip("#?")) if pattern else 0
    least = len(pattern) - least
    digits = digits.lstrip("0").rjust(least, "0") if pattern else digits.lstrip("0")
    shown = _place_digits(tokens, digits, fraction, whole, behind, point, has_groups)
    return ("-" if number < 0 and rounded != 0 else "") + shown


def _trim_fraction(fraction: str, pattern: str) -> str:
    while fraction and pattern[len(fraction) - 1 : len(fraction)] in ("#", "?") and fraction.endswith("0"):
        fraction = fraction[:-1]
    return fraction


def _place_digits(
    tokens: tuple[str, ...],
    digits: str,
    fraction: str,
    whole: list[int],
    behind: list[int],
    point: int | None,
    has_groups: bool,
) -> str:
    """Return the digits among the literals: from the right before the point, from the left behind it."""
    parts: dict[int, str] = {}
    rest = digits
    if has_groups:
        grouped = f"{int(rest or 0):,}" if rest else ""
        if len(rest) > len(str(int(rest or 0))):
            grouped = re.sub(r"(?<=\d)(?=(\d{3})+$)", ",", rest)
        parts[whole[0]] = grouped
    else:
        for at in reversed(whole):
            length = len(tokens[at])
            parts[at], rest = (rest[-length:], rest[:-length]) if at != whole[0] else (rest, "")
    for at in behind:
        length = len(tokens[at])
        parts[at], fraction = fraction[:length], fraction[length:]
    shown = []
    for at, token in enumerate(tokens):
        if at in parts:
            shown.append(parts[at])
        elif at in whole or at in behind or token == ",":
            continue
        elif at == point:
            shown.append(
                "." if any(parts[each] for each in behind) or any("0" in tokens[each] for each in behind) else ""
            )
        else:
            shown.append(_show_token(token))
    return "".join(shown)


def _render_fraction(tokens: tuple[str, ...], value: float) -> str:
    slash = tokens.index("/")
    below = next((token for token in tokens[slash + 1 :] if token.strip()), "?")
    has_whole = sum(set(token) <= set("0#?") for token in tokens[:slash]) > 1
    limit = int(below) if below.isdigit() and set(below) != {"0"} else 10 ** min(len(below), 4) - 1
    number = Fraction(abs(value)).limit_denominator(max(1, limit))
    sign = "-" if value < 0 else ""
    whole, part = divmod(number.numerator, number.denominator) if has_whole else (0, number.numerator)
    if not part:
        return f"{sign}{whole}"
    shown = f"{part}/{number.denominator}"
    return f"{sign}{whole} {shown}" if whole else sign + shown


def _render_exponent(tokens: tuple[str, ...], at: int, value: float) -> str:
    before = "".join(tokens[:at])
    decimals = len(re.sub(r"[^0#?]", "", before.partition(".")[2]))
    digits = sum(len(token) for token in tokens[at + 1 :] if set(token) <= set("0#?"))
    mantissa, _, exponent = f"{value:.{decimals}E}".partition("E")
    sign = "-" if exponent.startswith("-") else "+" if "+" in tokens[at] else ""
    return f"{mantissa}E{sign}{exponent[1:].lstrip('0').rjust(max(digits, 1), '0')}"


def _render_date(tokens: tuple[str, ...], value: float, is_1904: bool) -> str | None:
    """Return a date or time; None if the number is none."""
    days = value + 1462 if is_1904 else value
    if not 0 <= days < _MAX_DAY + 1:
        return None
    fractions = [
        tokens[at + 1] for at, token in enumerate(tokens[:-1]) if token == "." and set(tokens[at + 1]) == {"0"}
    ]
    precision = len(fractions[0]) if fractions else 0
    ticks = round(days * 86400 * 10**precision)
    seconds, tick = divmod(ticks, 10**precision)
    # Serial 60 is 29 February 1900, which never was.
    moment = _EPOCH + timedelta(seconds=seconds + (86400 if days < 60 else 0))
    is_twelve = any(token.upper() in ("AM/PM", "A/P", "上午/下午") for token in tokens)
    shown: list[str] = []
    for at, token in enumerate(tokens):
        low = token.lower()
        if elapsed := _ELAPSED.fullmatch(token):
            unit = elapsed[1].lower()
            total = seconds // {"h": 3600, "m": 60, "s": 1}[unit[0]]
            shown.append(str(total).rjust(len(unit), "0"))
        elif set(low) == {"m"}:
            shown.append(_show_minute_or_month(tokens, at, moment))
        elif low[0] in "ydhsa" and (part := _show_part(low, token, moment, is_twelve)) is not None:
            shown.append(part)
        elif re.fullmatch(r"e+", low):
            shown.append(str(moment.year))
        elif low == "上午/下午":
            shown.append("上午" if moment.hour < 12 else "下午")
        elif set(token) == {"0"} and at and tokens[at - 1] == ".":
            shown.append(str(tick).rjust(precision, "0"))
        else:
            shown.append(_show_token(token))
    return "".join(shown)


def _show_minute_or_month(tokens: tuple[str, ...], at: int, moment: datetime) -> str:
    """Return m as the minute behind hours or before seconds, else as the month."""
    units = [
        (place, token[0].lower())
        for place, token in enumerate(tokens)
        if re.fullmatch(r"[ymdhs]+|\[[hms]+\]", token, re.IGNORECASE)
    ]
    units = [(place, tokens[place].strip("[]")[0].lower()) for place, _ in units]
    position = [place for place, _ in units].index(at)
    before = units[position - 1][1] if position else ""
    after = units[position + 1][1] if position + 1 < len(units) else ""
    length = len(tokens[at])
    if length <= 2 and (before == "h" or after == "s"):
        return str(moment.minute).rjust(length, "0")
    month = _MONTHS[moment.month - 1]
    return {1: str(moment.month), 2: f"{moment.month:02}", 3: month[:3], 4: month, 5: month[0]}.get(length, month)


def _show_part(low: str, token: str, moment: datetime, is_twelve: bool) -> str | None:
    """Return the part of a date that a token asks for; None if it asks for none."""
    if low in ("am/pm", "a/p"):
        half = "AM" if moment.hour < 12 else "PM"
        return half if low == "am/pm" else half[0]
    unit = low[0]
    if set(low) != {unit}:
        return None
    weekday = moment.weekday()
    if unit == "y":
        return f"{moment.year:04}" if len(low) > 2 else f"{moment.year % 100:02}"
    if unit == "a":
        return ("星期" if len(low) > 3 else "") + _DAYS_ZH[weekday] if len(low) >= 3 else None
    if unit == "d":
        return {1: str(moment.day), 2: f"{moment.day:02}", 3: _DAYS[weekday][:3]}.get(len(low), _DAYS[weekday])
    number = (moment.hour % 12 or 12 if is_twelve else moment.hour) if unit == "h" else moment.second
    return str(number).rjust(min(len(low), 2), "0")
