"""What is quoted of a passage: the sentence that answers, or as much around it as it needs to be understood."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from data.documents.cutter import measure_size
from data.text.standardize import standardize
from retrieval.passages.unit import Unit

_SHORT = 90
"""A paragraph of at most this size is quoted whole: what it says beside the sentence may matter."""
_LONGEST = 160
_WAY = re.compile(
    r"怎么|如何|怎样|咋|步骤|流程|\bhow (?:do|can|should|to|would)\b|\bwhat (?:should|do) (?:i|we) do\b|\bsteps?\b"
)
_LEANS = re.compile(
    r"(?:此外|另外|但是?|不过|否则|因此|所以|它们?|这|该|其|如此|同时|反之|例外|上述|之后|然后)"
    r"|(?:it|they|this|that|these|those|however|but|otherwise|then|without|such|in that case|also|so|therefore|both|the same)\b",
    re.I,
)
_LEADS = re.compile(r"[:：]$")


@dataclass(frozen=True)
class Quote:
    """What is quoted: the text as it is shown, as it stands in the passage, and what stands before and behind it there."""

    text: str
    stored: str
    before: str
    after: str


def choose_quote(question: str, passage: str, units: Sequence[Unit], best: int) -> Quote:
    """Return the quotation that answers.

    Args:
        question: What was asked.
        passage: The text of the passage.
        units: Its units.
        best: The index of the unit that answers.
    """
    first, last = _choose_span(standardize(question), units, best)
    lines = passage.split("\n")
    shown, stored = [], []
    for unit in units[first : last + 1]:
        shown.append((unit.line, unit.text))
        stored.append(unit)
    text = _join(shown)
    begin, end = _locate(lines, stored[0]), _locate(lines, stored[-1])
    whole = "\n".join(lines)
    start = begin
    stop = end + len(stored[-1].stored)
    return Quote(text, whole[start:stop], whole[:start], whole[stop:])


def _choose_span(question: str, units: Sequence[Unit], best: int) -> tuple[int, int]:
    unit = units[best]
    if unit.kind == "row":
        return best, best
    if unit.kind == "item" or _LEADS.search(unit.text):
        return _choose_list(question, units, best)
    same = [place for place, other in enumerate(units) if other.line == unit.line]
    if sum(measure_size(units[place].text) for place in same) <= _SHORT:
        return same[0], same[-1]
    first = best
    if _LEANS.match(unit.text) and best > same[0]:
        first -= 1
    last = best
    # A sentence that leans on this one belongs to it: an exception, a condition.
    if best < same[-1] and _LEANS.match(units[best + 1].text) and _measure(units, first, best + 1) <= _LONGEST:
        last += 1
    return first, last


def _choose_list(question: str, units: Sequence[Unit], best: int) -> tuple[int, int]:
    """Return the whole list where a way is asked for, or where the unit leads to it; otherwise the item."""
    first = last = best
    while first > 0 and units[first - 1].kind == "item" and units[first].kind == "item":
        first -= 1
    while last + 1 < len(units) and units[last + 1].kind == "item":
        last += 1
    leads = units[best].kind != "item"
    is_numbered = units[last].kind == "item" and units[last].text[:1].isdigit()
    if (leads or (is_numbered and _WAY.search(question))) and _measure(units, first, last) <= 2 * _LONGEST:
        return first, last
    return best, best


def _measure(units: Sequence[Unit], first: int, last: int) -> float:
    return sum(measure_size(unit.text) for unit in units[first : last + 1])


def _join(shown: Sequence[tuple[int, str]]) -> str:
    text, line = "", -1
    for place, part in shown:
        if not text:
            text = part
        elif place != line:
            text += "\n" + part
        else:
            text += ("" if not text[-1].isascii() else " ") + part
        line = place
    return text


def _locate(lines: Sequence[str], unit: Unit) -> int:
    """Return where a unit begins in the passage."""
    start = sum(len(line) + 1 for line in lines[: unit.line])
    return start + max(lines[unit.line].find(unit.stored), 0)
