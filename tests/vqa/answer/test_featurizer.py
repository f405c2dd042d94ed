"""python -m pytest tests/vqa/answer/test_featurizer.py"""

from __future__ import annotations

import json

import numpy as np
import pytest

from data.records import Language
from data.text.vocab import PAD, UNK
from vqa.answer.config import Config
from vqa.answer.featurizer import MAX_LENGTH, AnswerChoice, Featurizer, select_choices, tokenize

QUESTIONS: list[tuple[str, Language]] = [
    ("What color is the dog?", "en"),
    ("狗是什么颜色的？", "zh"),
    ("How many people are there?", "en"),
    ("图片里有几个人？", "zh"),
]
CHOICES = (
    AnswerChoice("yes", "是"),
    AnswerChoice("2"),
    AnswerChoice("red", "红色"),
    AnswerChoice("frisbee"),
    AnswerChoice(zh="打太极"),
)


@pytest.fixture(scope="module")
def featurizer() -> Featurizer:
    return Featurizer.build(QUESTIONS, CHOICES, 60, min_count=1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What colour is the dog?", "what color is the DOG"),
        ("狗 是什么颜色的", "狗是什麼顏色的？"),
        ("ｈｏｗ many people are there", "How many people are there?"),
    ],
)
def test_what_means_the_same_has_the_same_ids(featurizer: Featurizer, one: str, other: str) -> None:
    assert featurizer.token_ids(one, "en") == featurizer.token_ids(other, "en")
    assert UNK not in featurizer.token_ids(one, "en")


def test_the_language_comes_first_and_nobody_can_type_it(featurizer: Featurizer) -> None:
    marks = [featurizer.token_ids("", language)[0] for language in ("zh", "en")]
    assert len(set(marks)) == 2
    assert all(
        not set(marks) & set(featurizer.token_ids(text, "en")[1:]) for text in ("<zh>", "<en> <zh>", "zh en", "<eos>")
    )
    assert not set(tokenize("<zh><pad>")) & {"<zh>", "<pad>"}


@pytest.mark.parametrize(
    "text", ["", "狗" * 9_000, "dog " * 9_000, "\u2603\u2604", "ქართული ენა", "<eos>", "👩\u200d💻?"]
)
def test_any_text_becomes_ids_of_the_vocabulary(featurizer: Featurizer, text: str) -> None:
    ids = featurizer.token_ids(text, "zh")
    assert 1 <= len(ids) <= MAX_LENGTH
    assert all(PAD < id < len(featurizer.vocab) for id in ids)
    assert featurizer.has_known_word(ids) == ("狗" in text or "dog" in text)


def test_questions_of_different_length_are_filled_up(featurizer: Featurizer) -> None:
    ids = featurizer.encode(QUESTIONS)
    assert ids.dtype == np.int64
    for row, question in zip(ids.tolist(), QUESTIONS, strict=True):
        alone = featurizer.token_ids(*question)
        assert row == alone + [PAD] * (len(row) - len(alone))


def test_people_share_the_target(featurizer: Featurizer) -> None:
    made = featurizer.encode_answers(
        [["two", "2", "2", "red"], ["红色", "两", "二", "紫色"], ["紫色"]], ["en", "zh", "zh"]
    )
    np.testing.assert_allclose(made[0], [0, 0.75, 0.25, 0, 0])
    # What is no answer of the featurizer takes nothing from those that are.
    np.testing.assert_allclose(made[1], [0, 2 / 3, 1 / 3, 0, 0])
    assert not made[2].any()


def test_an_answer_is_said_in_the_language_that_has_a_word_for_it(featurizer: Featurizer) -> None:
    said = [[featurizer.decode(number, language) for number in range(len(CHOICES))] for language in ("en", "zh")]
    assert said[0] == [("yes", "en"), ("2", "en"), ("red", "en"), ("frisbee", "en"), ("打太极", "zh")]
    assert said[1] == [("是", "zh"), ("2", "zh"), ("红色", "zh"), ("frisbee", "en"), ("打太极", "zh")]


def test_every_answer_that_is_said_is_understood(featurizer: Featurizer) -> None:
    for language in ("en", "zh"):
        for number in range(len(CHOICES)):
            assert featurizer.answer_index(featurizer.decode(number, language)[0], language) == number


def test_frequent_answers_are_chosen_and_keep_both_words() -> None:
    answered: list[tuple[list[str], Language]] = [
        (["red"] * 10, "en"),
        (["红色"], "zh"),
        (["Yes.", "yes", "no"], "en"),
        (["两"], "zh"),
        (["2"], "en"),
        (["?"], "en"),
    ]
    assert select_choices(answered, 9, [AnswerChoice("red", "红色")]) == [
        AnswerChoice("2"),
        AnswerChoice("red", "红色"),
        AnswerChoice("yes"),
        AnswerChoice("no"),
    ]
    assert select_choices([(["blanket, pillow"], "en")], 9) == [AnswerChoice("blanket, pillow")]
    assert select_choices(answered, 1, [AnswerChoice("red", "红色")]) == [AnswerChoice("2")]


def test_the_featurizer_survives_its_dictionary(featurizer: Featurizer) -> None:
    again = Featurizer.from_dict(json.loads(json.dumps(featurizer.to_dict())))
    assert again == featurizer
    assert (again.encode(QUESTIONS) == featurizer.encode(QUESTIONS)).all()


def test_what_is_no_featurizer_is_refused(featurizer: Featurizer) -> None:
    raw = json.loads(json.dumps(featurizer.to_dict()))
    with pytest.raises(ValueError, match="no answer"):
        Featurizer.from_dict(raw | {"choices": []})
    with pytest.raises(ValueError, match="at least one language"):
        Featurizer.from_dict(raw | {"choices": [["", ""]]})
    from data.text.vocab import SPECIAL, Vocab

    with pytest.raises(ValueError, match="<zh>"):
        Featurizer(Vocab((*SPECIAL, "狗", "dog")), CHOICES)


def test_the_config_survives_its_dictionary_and_refuses_what_cannot_be() -> None:
    config = Config(60, 5, 8, blind=True, encoder="mobilenet 1", temperature=1.5, threshold=0.25)
    assert Config.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    with pytest.raises(ValueError, match="temperature"):
        Config(60, 5, 8, temperature=0)
    with pytest.raises(ValueError, match="threshold"):
        Config(60, 5, 8, threshold=1.5)
