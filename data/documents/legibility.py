"""Tell whether the text layer of a page holds what one sees on the page."""

from __future__ import annotations

import re
import unicodedata

from data.han import HAN_RANGE

_ENOUGH = 60
_ENOUGH_HAN = 80
_MOST_STRANGE = 0.1
_LEAST_COMMON_HAN = 0.06
_VOWELS = (0.24, 0.55)
_COMMON_HAN = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所"
    "民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日"
    "那社义事平形相全表间样与关各重新线内数正心反你明看原又利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已"
    "请将及按需时日内后元号单位件应当须不得服务使用申请办理说明规定责任费用"
)
_HAN = re.compile(f"[{HAN_RANGE}]")
_LETTERS = re.compile(r"[A-Za-z]")
# A table of contents is mostly dots.
_LEADERS = re.compile(r"(?:[.·…_]\s?){4,}")
_CID = re.compile(r"\(cid:\d+\)")


def is_garbled(text: str) -> bool:
    """Return whether a text is no text: its font does not say which letters its signs are.

    Short texts are never called garbled: a table of numbers has no vowels.

    >>> is_garbled("请在签收后七天内提出退货申请。" * 10), is_garbled("\\ue012\\ue034\\ue056" * 40)
    (False, True)
    """
    signs = [character for character in _LEADERS.sub("", text) if not character.isspace()]
    if len(signs) < _ENOUGH:
        return False
    strange = sum(unicodedata.category(sign) in ("Co", "Cn", "Cs", "Cc") or sign == "\ufffd" for sign in signs)
    strange += sum(map(len, _CID.findall(text)))
    if strange > _MOST_STRANGE * len(signs):
        return True
    han = _HAN.findall(text)
    if len(han) >= _ENOUGH_HAN and len(han) > 0.3 * len(signs):
        return sum(character in _COMMON_HAN for character in han) < _LEAST_COMMON_HAN * len(han)
    letters = _LETTERS.findall(text)
    if len(letters) >= 2 * _ENOUGH and len(letters) > 0.5 * len(signs):
        vowels = sum(letter in "aeiouAEIOU" for letter in letters) / len(letters)
        return not _VOWELS[0] <= vowels <= _VOWELS[1]
    marks = sum(not sign.isalnum() and unicodedata.category(sign)[0] in "SP" for sign in signs)
    return marks > 0.6 * len(signs)
