"""python -m pytest tests/retrieval/test_word_similarity.py"""

import numpy as np
import pytest

from data import paths
from data.artifact import ArtifactError
from retrieval.word_similarity import WordSimilarity


@pytest.fixture(scope="module")
def similar() -> WordSimilarity:
    return WordSimilarity(paths.artifacts_dir() / "words")


def test_vectors_are_of_length_one_and_words_are_there_once(similar: WordSimilarity) -> None:
    np.testing.assert_allclose(np.linalg.norm(similar.vectors, axis=1), 1, atol=1e-5)
    assert len(set(similar.words)) == len(similar.words) == len(similar.vectors)


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [("医生", "病人", "键盘"), ("便宜", "实惠", "老虎"), ("movie", "film", "river"), ("下雨", "天气", "硬盘")],
)
def test_like_is_nearer_than_unlike(similar: WordSimilarity, word: str, near: str, far: str) -> None:
    one, other = similar.similarity(word, near), similar.similarity(word, far)
    assert one is not None
    assert other is not None
    assert one > other + 0.1


def test_the_nearest_are_best_first_and_not_the_word_itself(similar: WordSimilarity) -> None:
    for word in ("苹果", "river"):
        found = similar.find_nearest(word, 5)
        assert len(found) == 5
        assert word not in dict(found)
        assert [cosine for _, cosine in found] == sorted((cosine for _, cosine in found), reverse=True)


@pytest.mark.parametrize("text", ["", "😀", "zzqxv", "㐂㐂㐂㐂"])
def test_what_has_no_known_word_is_near_nothing(similar: WordSimilarity, text: str) -> None:
    assert similar.find_nearest(text) == []
    assert similar.similarity(text, "苹果") is None
    assert similar.embed(text) is None


@pytest.fixture(scope="module")
def guessing() -> WordSimilarity:
    return WordSimilarity(paths.artifacts_dir() / "words", guessing=True)


@pytest.mark.parametrize(("slip", "word"), [("tommorow", "tomorrow"), ("resturant", "restaur"), ("漂凉", "漂亮")])
def test_a_slip_is_near_to_what_was_meant_and_is_told(slip: str, word: str, guessing: WordSimilarity) -> None:
    ((unknown, like),) = guessing.guess_unknown(slip).items()
    assert unknown != word
    assert word in like
    likeness, other = guessing.similarity(slip, word), guessing.similarity(slip, "硬盘")
    assert likeness is not None
    assert other is not None
    assert likeness > other + 0.1


def test_guessing_changes_nothing_for_known_words(similar: WordSimilarity, guessing: WordSimilarity) -> None:
    for text in ("便宜又好吃的水果", "beautiful music"):
        assert guessing.guess_unknown(text) == {}
        assert guessing.find_nearest(text) == similar.find_nearest(text)


@pytest.mark.parametrize(("text", "english"), [("高兴", False), ("happy", True), ("便宜的水果", False)])
def test_neighbours_are_of_the_script_that_was_asked_in(text: str, english: bool, similar: WordSimilarity) -> None:
    assert {word.isascii() for word, _ in similar.find_nearest(text, 50)} == {english}


def test_the_nearest_are_not_the_same_whatever_is_asked(similar: WordSimilarity) -> None:
    asked = ("高兴", "苹果", "电脑", "下雨", "医生", "happy", "river", "music", "doctor", "cheap")
    seen = [word for text in asked for word, _ in similar.find_nearest(text)]
    assert len(set(seen)) >= 0.95 * len(seen)


def test_a_stem_is_shown_as_people_write_it(similar: WordSimilarity) -> None:
    assert [similar.find_surface(word) for word in ("happi", "river", "高兴")] == ["happy", "river", "高兴"]


def test_the_map_has_a_place_for_each_and_what_is_alike_lies_together(similar: WordSimilarity) -> None:
    others = ["开心", "生气", "硬盘", "内存", "显卡"]
    spots = similar.project("高兴", others)
    assert spots.shape == (6, 2)
    assert np.abs(spots).max() == pytest.approx(1)
    distances = np.linalg.norm(spots[1:] - spots[0], axis=1)
    assert distances[:2].max() < distances[2:].min()
    assert similar.project("river", []).tolist() == [[0, 0]]
    with pytest.raises(ValueError, match="no vector"):
        similar.project("高兴", ["㐂㐂㐂㐂"])


def test_a_missing_artifact_says_how_it_comes_back(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ArtifactError, match="git checkout -- data/artifacts/words"):
        WordSimilarity(tmp_path / "words")
