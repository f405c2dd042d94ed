"""VQA accuracy: the agreement of an answer about a picture with those of people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_ARTICLES = frozenset({"a", "an", "the"})
_NUMBERS = {
    "none": "0", "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10",
    "零": "0", "一": "1", "二": "2", "两": "2", "三": "3", "四": "4", "五": "5",
    "六": "6", "七": "7", "八": "8", "九": "9", "十": "10",
}  # fmt: skip
_PUNCTUATION = re.compile(r"[^\w\s'’]")


def normalize_answer(answer: str) -> str:
    """Return an answer for comparison.

    It is in lower case, without punctuation and articles, with numbers as digits.

    >>> normalize_answer("The two  Cats."), normalize_answer("两。")
    ('2 cats', '2')
    """
    text = _PUNCTUATION.sub(" ", unicodedata.normalize("NFKC", answer).lower())
    words = (_NUMBERS.get(word, word) for word in text.split())
    return " ".join(word for word in words if word not in _ARTICLES)


def vqa_accuracy(answer: str, people: Sequence[str]) -> float:
    """Return min(n / 3, 1) for n people with this answer, in [0, 1].

    It is averaged over leaving out each person in turn.

    With fewer than three people, the share of them with this answer is the result.

    Raises:
        ValueError: There are no answers of people.

    Source: Antol et al. 2015, VQA, section 3, computed like its evaluation code.

    >>> vqa_accuracy("two", ["2", "2", "two", "3", "3", "3", "3", "3", "3", "3"])
    0.9
    """
    if not people:
        raise ValueError("there are no answers of people; expected at least one")
    given, wanted = normalize_answer(answer), [normalize_answer(other) for other in people]
    if len(wanted) < 3:
        return sum(other == given for other in wanted) / len(wanted)
    same = sum(other == given for other in wanted)
    return sum(min((same - (other == given)) / 3, 1.0) for other in wanted) / len(wanted)
