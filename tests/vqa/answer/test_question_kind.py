"""python -m pytest tests/vqa/answer/test_question_kind.py"""

from __future__ import annotations

import numpy as np
import pytest

from data.records import Language
from vqa.answer.featurizer import AnswerChoice
from vqa.answer.question_kind import AnswerKinds, Kind, classify_question

KINDS: tuple[tuple[Language, Kind, str], ...] = (
    ("en", "yes/no", "Is there a dog?"),
    ("en", "yes/no", "do you see any cats or dogs"),
    ("en", "yes/no", "it's a cat, right?"),
    ("en", "yes/no", "This is a bus?"),
    ("en", "choice", "Is this a train or a bus?"),
    ("en", "choice", "train or bus?"),
    ("en", "number", "How many people are there?"),
    ("en", "number", "what's the number of chairs"),
    ("en", "colour", "What colour is the car?"),
    ("en", "yes/no", "Is the colour of the car red?"),
    ("en", "other", "What is he doing?"),
    ("en", "other", "where is it"),
    ("zh", "yes/no", "图里有没有狗？"),
    ("zh", "yes/no", "这是狗吗"),
    ("zh", "yes/no", "他戴没戴帽子"),
    ("zh", "yes/no", "是不是红色的"),
    ("zh", "yes/no", "这只猫胖不胖？"),
    ("zh", "yes/no", "门开着吧？"),
    ("zh", "choice", "这是火车还是公交车？"),
    ("zh", "choice", "白天还是晚上呢"),
    ("zh", "number", "有几个人？"),
    ("zh", "number", "一共多少只羊"),
    ("zh", "colour", "车是什么颜色的"),
    ("zh", "colour", "茶几是啥颜色？"),
    ("zh", "other", "他在干什么？"),
    ("zh", "other", "这是什么"),
    ("zh", "other", "现在几点了"),
)
CHOICES = tuple(
    AnswerChoice(en, zh)
    for en, zh in (
        ("yes", "是"), ("no", "否"), ("2", ""), ("red", "红色"), ("dark blue", "深蓝色"), ("train", "火车"), ("bus", "公交车"),
        ("unknown", "不知道"), ("frisbee", ""), ("", "戴着"), ("", "白天"), ("", "晚上"),
    )
)  # fmt: skip


@pytest.mark.parametrize(("language", "kind", "question"), KINDS)
def test_the_kind_of_a_question_is_told_from_its_words(language: Language, kind: Kind, question: str) -> None:
    assert classify_question(question, language) == kind


@pytest.mark.parametrize(
    ("language", "question", "words"),
    [
        ("en", "Is it a train?", {"yes", "no"}),
        ("zh", "他戴着帽子吗？", {"是", "否", "戴着"}),
        ("en", "How many?", {"2"}),
        ("zh", "几辆？", {"2"}),
        ("en", "what colour is it", {"red", "dark blue"}),
        ("zh", "什么颜色", {"红色", "深蓝色"}),
        ("en", "Is it a train or a bus?", {"train", "bus"}),
        ("zh", "这是公交车还是火车？", {"公交车", "火车"}),
        ("zh", "白天还是晚上", {"白天", "晚上"}),
        # One of the two is unknown: any answer but yes and no.
        ("en", "Is it a train or a yak?", {"2", "red", "dark blue", "train", "bus", "frisbee"}),
        ("zh", "这是什么？", {"2", "红色", "深蓝色", "火车", "公交车", "戴着", "白天", "晚上"}),
    ],
)
def test_the_answer_is_of_the_kind_and_the_language_of_the_question(
    language: Language, question: str, words: set[str]
) -> None:
    _, allowed = AnswerKinds(CHOICES).find_allowed(question, language)
    assert {CHOICES[number].word(language)[0] for number in np.flatnonzero(allowed)} == words


def test_an_answerer_without_answers_of_a_kind_gives_what_it_has() -> None:
    for choices, count in ((CHOICES[5:7], 2), (CHOICES[:2], 2)):
        for _, _, question in KINDS:
            assert AnswerKinds(choices).find_allowed(question, "en")[1].sum() == count
