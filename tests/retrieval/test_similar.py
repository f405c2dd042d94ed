"""python -m pytest tests/retrieval/test_similar.py"""

import numpy as np
import pytest

from data import places
from data.artifact import ArtifactError
from retrieval.similar import Similar


@pytest.fixture(scope="module")
def similar() -> Similar:
    return Similar(places.artifacts() / "words")


def test_vectors_are_of_length_one_and_words_are_there_once(similar: Similar) -> None:
    np.testing.assert_allclose(np.linalg.norm(similar.vectors, axis=1), 1, atol=1e-5)
    assert len(set(similar.words)) == len(similar.words) == len(similar.vectors)


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [("医生", "病人", "键盘"), ("便宜", "实惠", "老虎"), ("movie", "film", "river"), ("下雨", "天气", "硬盘")],
)
def test_like_is_nearer_than_unlike(similar: Similar, word: str, near: str, far: str) -> None:
    one, other = similar.similarity(word, near), similar.similarity(word, far)
    assert one is not None
    assert other is not None
    assert one > other + 0.1


def test_the_nearest_are_best_first_and_not_the_word_itself(similar: Similar) -> None:
    for word in ("苹果", "river"):
        found = similar.near(word, 5)
        assert len(found) == 5
        assert word not in dict(found)
        assert [cosine for _, cosine in found] == sorted((cosine for _, cosine in found), reverse=True)


@pytest.mark.parametrize("text", ["", "😀", "zzqxv", "㐂㐂㐂㐂"])
def test_what_has_no_known_word_is_near_nothing(similar: Similar, text: str) -> None:
    assert similar.near(text) == []
    assert similar.similarity(text, "苹果") is None
    assert similar.vector_of(text) is None


def test_a_missing_artifact_says_how_it_comes_back(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ArtifactError, match="git checkout -- data/artifacts/words"):
        Similar(tmp_path / "words")
