"""Parse requests for sums in chat messages."""

from __future__ import annotations

import re
import unicodedata

from bot.tools.arithmetic.expression import Node, list_operators, parse
from data.text import numerals
from data.text.clean import clean

MAX_LENGTH = 200

# Words before a sum that ask for arithmetic and nothing else ...
_COMPUTE = (
    r"(?:(?:can|could|would|will)\s+you\s+(?:please\s+)?|please\s+|help\s+me\s+|quickly\s+)*"
    r"(?:calculate|compute|work\s+out|how\s+much\s+(?:is|are|does|do)|evaluate|solve)\s+"
    r"|(?:请问?|麻烦|你能|能不能|可以|你)*(?:帮我|给我|替我)?(?:计?算(?:一下|下|算|一算)?|口算|心算)[\s,，:：]*"
)
# ... and words that may come before any question.
_ASK = (
    r"(?:(?:so|hey|ok|and)[\s,]+)*(?:(?:can|could|would)\s+you\s+(?:please\s+)?tell\s+me\s+|please\s+tell\s+me\s+|tell\s+me\s+|do\s+you\s+know\s+)?"
    r"(?:what\s*(?:'s|\s+is|\s+are|s\s)\s*(?:the\s+(?:result|value)\s+of\s+)?|what\s+does\s+)"
    r"|(?:请问|问一下|你知道|告诉我|那)+[\s,，]*"
)
_EQUALS_ZH = r"\s*(?:=|等于|是|得|得数是|结果是|一共是|等於|=)\s*(?:多少|几|什么数|幾)\s*(?:呢|啊|呀|吗|来着)?"
_EQUALS_EN = r"\s*(?:=\s*(?:what)?|equals?(?:\s+(?:to\s+)?what)?|is\s+(?:what|how\s+much)|makes?)"
_END = r"(?:\s+for\s+me)?(?:[\s,]+please)?\s*[?？。.!！~～]*\s*$"

_COMPUTED = re.compile(rf"^(?:{_COMPUTE})(?P<sum>.+?)(?:{_EQUALS_ZH}|{_EQUALS_EN}|\s*=)?{_END}")
_EQUATED = re.compile(rf"^(?:{_ASK})?(?P<sum>.+?)(?:{_EQUALS_ZH}|{_EQUALS_EN}|\s*=){_END}")
_ASKED = re.compile(rf"^(?:{_ASK})(?P<sum>.+?){_END}")
_BARE = re.compile(rf"^(?P<sum>.+?){_END}")

# 120元打八折   八五折后 300 块
_MONEY = r"\s*(?:元|块钱?|圆)?"
_REDUCED = re.compile(
    rf"(?P<price>(?:{numerals.PATTERN})){_MONEY}\s*(?:的东西)?打\s*(?P<tenths>\d(?:\.?\d)?|[{numerals.CHINESE}]{{1,2}})\s*折(?:之?后)?{_MONEY}"
    rf"(?:(?:等于|是|要|得|卖)?\s*(?:多少钱?|几块钱?))?"
)
# Without spaces these may also be dates, ranges, scores or names: 24/7, 10-5, 9/11.
_AMBIGUOUS = re.compile(r"\d+(?:[/-]\d+)+|\d+x\d+(?:x\d+)*")
_HAS_NUMBER = re.compile(rf"\d|[{numerals.CHINESE}]|{numerals.PATTERN}")


def fold_text(text: str) -> str:
    """Return a message in lower case and half width, with plain apostrophes."""
    line = unicodedata.normalize("NFKC", clean(text).replace("²", "^2").replace("³", "^3"))
    return line.casefold().replace("’", "'").replace("∶", ":").strip()


def parse_message(text: str) -> Node | None:
    """Return the sum that a chat message asks for.

    Args:
        text: The message as typed.

    Returns:
        The expression; None unless the whole message asks for it and nothing else.

    >>> parse_message("12*7 等于多少？").written, parse_message("what is 15% of 80").written
    ('12 × 7', '15% × 80')
    >>> parse_message("iPhone 15 多少钱"), parse_message("24/7"), parse_message("2024-01-02")
    (None, None, None)
    """
    line = fold_text(text)
    if len(line) > MAX_LENGTH or "\n" in line or not _HAS_NUMBER.search(line):
        return None
    for form in (_COMPUTED, _EQUATED):
        if (found := form.match(line)) and (node := parse_sum(found["sum"])):
            return node if any(list_operators(node)) and not _is_percentage(node) else None
    for form in (_ASKED, _BARE):
        if (found := form.match(line)) and not _AMBIGUOUS.fullmatch(found["sum"].strip()):
            node = parse_sum(found["sum"])
            if node and set(list_operators(node)) - {"negative", "parts"} and not _is_percentage(node):
                return node
    return None


def parse_sum(text: str) -> Node | None:
    """Parse a sum without words around it; None if the text is not a sum."""
    line = fold_text(text).rstrip("=?？ ")
    if found := _REDUCED.fullmatch(line):
        tenths = numerals.parse_number(found["tenths"])
        if not tenths or tenths >= 100:
            return None
        share = tenths / 100 if tenths >= 10 else tenths / 10
        return parse(f"{found['price']} * {float(share):g}")
    return parse(line)


def _is_percentage(node: Node) -> bool:
    """Tell whether a node is a percentage and no more: "是 15%" asks nothing."""
    return node.operator == "percent" or (node.operator == "negative" and _is_percentage(node.parts[0]))
