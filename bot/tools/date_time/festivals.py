"""Dates of festivals, those of the Chinese calendar included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

FIRST_YEAR, LAST_YEAR = 2024, 2056
"""The years in which the festivals of the Chinese calendar are known."""

# Year; month and day of Spring Festival, Dragon Boat, Qixi, Mid-Autumn and Double Ninth. Three libraries of the Chinese calendar
# (lunardate, borax, lunar_python) agree on every one of them.
_LUNAR = """
2024 0210 0610 0810 0917 1011
2025 0129 0531 0829 1006 1029
2026 0217 0619 0819 0925 1018
2027 0206 0609 0808 0915 1008
2028 0126 0528 0826 1003 1026
2029 0213 0616 0816 0922 1016
2030 0203 0605 0805 0912 1005
2031 0123 0624 0824 1001 1024
2032 0211 0612 0812 0919 1012
2033 0131 0601 0801 0908 1001
2034 0219 0620 0820 0927 1020
2035 0208 0610 0810 0916 1009
2036 0128 0530 0828 1004 1027
2037 0215 0618 0817 0924 1017
2038 0204 0607 0807 0913 1007
2039 0124 0527 0826 1002 1026
2040 0212 0614 0814 0920 1014
2041 0201 0603 0803 0910 1003
2042 0122 0622 0822 0928 1022
2043 0210 0611 0811 0917 1011
2044 0130 0531 0731 1005 1029
2045 0217 0619 0819 0925 1018
2046 0206 0608 0808 0915 1008
2047 0126 0529 0827 1004 1027
2048 0214 0615 0816 0922 1016
2049 0202 0604 0805 0911 1005
2050 0123 0623 0823 0930 1024
2051 0211 0613 0812 0919 1013
2052 0201 0601 0801 0907 1030
2053 0219 0620 0820 0926 1020
2054 0208 0610 0810 0916 1009
2055 0128 0530 0829 1005 1028
2056 0215 0617 0817 0924 1017
"""


@dataclass(frozen=True)
class Festival:
    """A festival.

    It has its names, its spellings in lower case, and a function from a year to its date, None if that is unknown.
    """

    zh: str
    en: str
    names: tuple[str, ...]
    find: Callable[[int], date | None]


def _read_lunar() -> dict[int, tuple[str, ...]]:
    rows = (line.split() for line in _LUNAR.strip().splitlines())
    return {int(year): tuple(days) for year, *days in rows}


_BY_YEAR = _read_lunar()


def _in_lunar_column(column: int, later: int = 0) -> Callable[[int], date | None]:
    def find(year: int) -> date | None:
        if year not in _BY_YEAR:
            return None
        written = _BY_YEAR[year][column]
        return date(year, int(written[:2]), int(written[2:])) + timedelta(later)

    return find


def _on(month: int, day: int) -> Callable[[int], date | None]:
    return lambda year: date(year, month, day)


def _on_nth_weekday(month: int, weekday: int, nth: int) -> Callable[[int], date | None]:
    """Return a function from a year to the nth given weekday of a month; Monday is 0."""

    def find(year: int) -> date | None:
        first = date(year, month, 1)
        return first + timedelta((weekday - first.weekday()) % 7 + 7 * (nth - 1))

    return find


FESTIVALS = (
    Festival(
        "春节",
        "Chinese New Year",
        ("春节", "过年", "大年初一", "农历新年", "chinese new year", "lunar new year", "spring festival"),
        _in_lunar_column(0),
    ),
    Festival(
        "除夕",
        "Chinese New Year's Eve",
        ("除夕", "大年三十", "年三十", "chinese new year's eve"),
        _in_lunar_column(0, -1),
    ),
    Festival(
        "元宵节",
        "the Lantern Festival",
        ("元宵节", "元宵", "正月十五", "lantern festival", "the lantern festival"),
        _in_lunar_column(0, 14),
    ),
    Festival(
        "端午节",
        "the Dragon Boat Festival",
        ("端午节", "端午", "dragon boat festival", "the dragon boat festival"),
        _in_lunar_column(1),
    ),
    Festival("七夕", "Qixi", ("七夕", "七夕节", "qixi", "qixi festival"), _in_lunar_column(2)),
    Festival(
        "中秋节",
        "the Mid-Autumn Festival",
        (
            "中秋节",
            "中秋",
            "八月十五",
            "mid-autumn festival",
            "the mid-autumn festival",
            "mid autumn festival",
            "the mid autumn festival",
            "moon festival",
        ),
        _in_lunar_column(3),
    ),
    Festival(
        "重阳节",
        "the Double Ninth Festival",
        ("重阳节", "重阳", "double ninth festival", "the double ninth festival"),
        _in_lunar_column(4),
    ),
    Festival(
        "元旦",
        "New Year's Day",
        ("元旦", "新年", "new year", "the new year", "new year's", "new years", "new year's day"),
        _on(1, 1),
    ),
    Festival("情人节", "Valentine's Day", ("情人节", "valentine's day", "valentines day"), _on(2, 14)),
    Festival(
        "妇女节",
        "International Women's Day",
        ("妇女节", "三八节", "women's day", "international women's day"),
        _on(3, 8),
    ),
    Festival("劳动节", "Labour Day (1 May)", ("劳动节", "五一", "五一劳动节", "may day"), _on(5, 1)),
    Festival("儿童节", "Children's Day (1 June)", ("儿童节", "六一", "六一儿童节"), _on(6, 1)),
    Festival("教师节", "Teachers' Day (10 September)", ("教师节",), _on(9, 10)),
    Festival(
        "国庆节",
        "China's National Day",
        ("国庆节", "国庆", "十一国庆", "chinese national day", "china's national day"),
        _on(10, 1),
    ),
    Festival("万圣夜", "Halloween", ("万圣夜", "万圣节前夜", "halloween"), _on(10, 31)),
    Festival("平安夜", "Christmas Eve", ("平安夜", "圣诞夜", "christmas eve"), _on(12, 24)),
    Festival("圣诞节", "Christmas", ("圣诞节", "圣诞", "christmas", "christmas day", "xmas"), _on(12, 25)),
    Festival("跨年夜", "New Year's Eve", ("跨年", "跨年夜", "new year's eve", "new years eve"), _on(12, 31)),
    Festival("母亲节", "Mother's Day (second Sunday in May)", ("母亲节",), _on_nth_weekday(5, 6, 2)),
    Festival(
        "父亲节",
        "Father's Day (third Sunday in June)",
        ("父亲节", "father's day", "fathers day"),
        _on_nth_weekday(6, 6, 3),
    ),
    Festival("感恩节", "Thanksgiving (US)", ("感恩节", "thanksgiving", "thanksgiving day"), _on_nth_weekday(11, 3, 4)),
)
BY_NAME = {name: festival for festival in FESTIVALS for name in festival.names}
