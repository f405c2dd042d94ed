"""python -m pytest tests/vqa/answer -q"""

from __future__ import annotations

import pytest

from data.records import LANGUAGES, Language
from vqa.answer.answers import OTHERS, concept_of, concepts, text_of
from vqa.answer.derive import likely
from vqa.answer.lexicon import akin, ancestors, concept, concepts_in, keys, mentions_side


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
    found = concepts_in(text, language)
    assert named <= found
    assert not found & {"horse", "vehicle", "glasses"}
    assert ("dog" in found) == ("dog" in named)


def test_a_word_within_a_word_is_not_read() -> None:
    assert "horse" not in concepts_in("过马路", "zh")
    assert "flower" not in concepts_in("花样滑板", "zh")


def test_parents_are_concepts_and_kin() -> None:
    for key in keys():
        for parent in ancestors(key):
            assert concept(parent).key == parent
            assert akin(key, parent)
            assert key not in ancestors(parent)
    assert akin("puppy" if "puppy" in keys() else "dog", "animal")
    assert not akin("boy", "woman")


def test_an_answer_is_one_text_in_each_language_and_back() -> None:
    for language in LANGUAGES:
        texts = [text_of(answer, language) for answer in concepts()]
        assert len(set(texts)) == len(texts)
        assert [concept_of(text, language) for text in texts] == list(concepts())
    assert {text_of(answer, "zh") for answer in ("yes", "no")} == {"是", "否"}
    assert "yes" in OTHERS
    assert concept_of("nothing of the kind", "en") is None


@pytest.mark.parametrize(
    ("text", "side"),
    [("左边的狗", True), ("一个人向右看", True), ("狗在跑", False), ("The man on the LEFT", True), ("a brightly lit street", False)],
)
def test_what_a_mirror_would_make_untrue_is_told(text: str, side: bool) -> None:
    assert mentions_side(text) is side


def test_the_tables_of_what_is_likely_speak_of_concepts() -> None:
    for table in (likely._IMPLIED, likely._COMPATIBLE_ACTIONS, likely._CLOSE_COLOURS, likely._COMPATIBLE_PLACES):
        assert {key for pair in likely._pairs(table) for key in pair} <= set(keys())
    assert "ball" in likely.likely("play_soccer")
    assert "car" in likely.likely("street")
    assert "cat" not in likely.likely("street")
