"""python -m pytest tests/retrieval/test_typing_slips.py"""

from __future__ import annotations

import random

import pytest

from data.records import Language
from data.text.pinyin import read_syllables
from data.text.standardize import standardize
from retrieval.paraphrase.edit_distance import build_masks, count_edits
from retrieval.typing_slips import dress, slip

TEXTS: list[tuple[str, Language]] = [
    ("怎么申请退款", "zh"), ("会员卡过期了还能用吗", "zh"), ("How do I cancel my order?", "en"), ("delivery to an island", "en"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "language"), TEXTS)
def test_a_slip_is_another_text_that_sounds_or_is_spelt_nearly_the_same(text: str, language: Language) -> None:
    made = {slip(text, language, random.Random(seed)) for seed in range(60)}
    assert len(made - {text}) > 10
    for one in made:
        if language == "en":
            # Two slips, each of at most two letters.
            plain, typed = text.lower().rstrip("?"), one.lower().rstrip("?")
            assert count_edits(len(plain), build_masks(plain), typed) <= 4
        elif not one.isascii():
            sound = read_syllables(standardize(one))
            assert sum(syllable in sound for syllable in read_syllables(text)) >= len(read_syllables(text)) - 2
        else:
            assert "".join(one.split()) == "".join(read_syllables(text))


@pytest.mark.parametrize(("text", "language"), TEXTS)
def test_what_is_put_around_a_question_leaves_it_whole(text: str, language: Language) -> None:
    for seed in range(40):
        made = dress(text, language, random.Random(seed))
        assert text.rstrip("?") in made
        assert made != text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("text", ["", "?", "ok", "5", "😀"])
def test_a_text_without_words_is_left_alone(text: str, language: Language) -> None:
    for seed in range(20):
        assert slip(text, language, random.Random(seed)).strip("?") == text.strip("?")


def test_the_same_chance_makes_the_same_slip() -> None:
    for text, language in TEXTS:
        assert slip(text, language, random.Random(5)) == slip(text, language, random.Random(5))
