"""python -m pytest tests/vqa/answer -q"""

from __future__ import annotations

import pytest

from data.records import LANGUAGES, Language
from vqa.answer.answers import GENERAL_ANSWERS, answer_keys, answer_text, find_answer
from vqa.answer.lexicon import ancestors, concept_keys, find_concepts, get_concept, is_related, mentions_side
from vqa.answer.question_generation import implied_concepts


@pytest.mark.parametrize(
    ("text", "language", "named"),
    [
        ("Two puppies and a girl on the beach", "en", {"two", "dog", "girl", "beach"}),
        ("沙滩上的女孩和两只小狗", "zh", {"two", "dog", "girl", "beach"}),
        ("A hot dog", "en", {"food"}),
        ("一个热狗", "zh", {"one", "food"}),
        ("一辆摩托车在马路上", "zh", {"motorcycle", "street"}),
        ("一个戴墨镜的人", "zh", {"one", "sunglasses", "person"}),
    ],
)
def test_a_text_names_what_it_names_and_no_more(text: str, language: Language, named: set[str]) -> None:
    found = find_concepts(text, language)
    assert named <= found
    assert not found & {"horse", "vehicle", "glasses"}
    assert ("dog" in found) == ("dog" in named)


def test_a_word_within_a_word_is_not_read() -> None:
    assert "horse" not in find_concepts("过马路", "zh")
    assert "flower" not in find_concepts("花样滑板", "zh")


def test_parents_are_concepts_and_kin() -> None:
    for key in concept_keys():
        for parent in ancestors(key):
            assert get_concept(parent).key == parent
            assert is_related(key, parent)
            assert key not in ancestors(parent)
    assert is_related("dog", "animal")
    assert not is_related("boy", "woman")


def test_an_answer_is_one_text_in_each_language_and_back() -> None:
    for language in LANGUAGES:
        texts = [answer_text(answer, language) for answer in answer_keys()]
        assert len(set(texts)) == len(texts)
        assert [find_answer(text, language) for text in texts] == list(answer_keys())
    assert {answer_text(answer, "zh") for answer in ("yes", "no")} == {"是", "否"}
    assert "yes" in GENERAL_ANSWERS
    assert find_answer("nothing of the kind", "en") is None


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("左边的狗", True),
        ("一个人向右看", True),
        ("狗在跑", False),
        ("The man on the LEFT", True),
        ("a brightly lit street", False),
    ],
)
def test_what_a_mirror_would_make_untrue_is_told(text: str, side: bool) -> None:
    assert mentions_side(text) is side


def test_the_tables_of_what_is_likely_speak_of_concepts() -> None:
    for table in (
        implied_concepts._IMPLIED,
        implied_concepts._COMPATIBLE_ACTIONS,
        implied_concepts._CLOSE_COLOURS,
        implied_concepts._COMPATIBLE_PLACES,
    ):
        assert {key for pair in implied_concepts._parse_pairs(table) for key in pair} <= set(concept_keys())
    assert "ball" in implied_concepts.implied_concepts("play_soccer")
    assert "car" in implied_concepts.implied_concepts("street")
    assert "cat" not in implied_concepts.implied_concepts("street")
