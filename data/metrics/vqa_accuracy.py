"""How far an answer about a picture agrees with what people said."""

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
    """The answer as it is compared: lower case, no punctuation, no articles, numbers as digits.

    >>> normalize_answer("The two  Cats."), normalize_answer("两。")
    ('2 cats', '2')
    """
    text = _PUNCTUATION.sub(" ", unicodedata.normalize("NFKC", answer).lower())
    words = (_NUMBERS.get(word, word) for word in text.split())
    return " ".join(word for word in words if word not in _ARTICLES)


def vqa_accuracy(answer: str, people: Sequence[str]) -> float:
    """In [0, 1]: min(n / 3, 1) for the n others who gave the answer, averaged over leaving out each of the people in turn.

    With fewer than three people, the share who gave it counts in the place of n / 3. Raises ValueError without any.
    Antol et al. 2015, VQA, section 3, as its evaluation code has it.

    >>> vqa_accuracy("two", ["2", "2", "two", "3", "3", "3", "3", "3", "3", "3"])
    0.9
    """
    if not people:
        raise ValueError("nobody has answered; expected at least one answer")
    given, wanted = normalize_answer(answer), [normalize_answer(one) for one in people]
    if len(wanted) < 3:
        return sum(one == given for one in wanted) / len(wanted)
    same = sum(one == given for one in wanted)
    return sum(min((same - (one == given)) / 3, 1.0) for one in wanted) / len(wanted)
