"""The three answer types of VQA v2."""

from __future__ import annotations

from typing import Literal

from data.metrics.vqa_accuracy import normalize_answer

AnswerType = Literal["yes/no", "number", "other"]
ANSWER_TYPES: tuple[AnswerType, ...] = ("yes/no", "number", "other")

_YES_NO = frozenset({"yes", "no", "是", "是的", "不是", "否", "有", "没有", "对", "不对"})


def answer_type(answer: str) -> AnswerType:
    """Return the type of an answer, in either language.

    Numbers are digits, or words up to ten.

    Source: Antol et al. 2015, VQA: Visual Question Answering.

    >>> answer_type("Yes."), answer_type("两"), answer_type("没有"), answer_type("red"), answer_type("11")
    ('yes/no', 'number', 'yes/no', 'other', 'number')
    """
    plain = normalize_answer(answer)
    return "yes/no" if plain in _YES_NO else "number" if plain.isdecimal() else "other"
