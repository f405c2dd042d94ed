"""python -m pytest tests/retrieval/test_similarity.py"""

from pathlib import Path

import pytest

from data import paths
from data.text.segment import words
from retrieval.similarity import evaluate_triples, measure_shared_ngrams, measure_triples, read_triples
from retrieval.word_similarity import WordSimilarity

BENCHMARKS = Path(__file__).parent.parent.parent / "benchmarks"
FILES = ("word_triples.tsv", "word_slips.tsv")


@pytest.mark.parametrize("file", FILES)
def test_the_triples_are_three_different_words_each_once(file: str) -> None:
    triples = read_triples(BENCHMARKS / file)
    assert all(len({*triple}) == 3 and all(word == word.strip() for word in triple) for triple in triples)
    assert len({word for word, _, _ in triples}) == len(triples)
    assert min(sum(word.isascii() for word, _, _ in triples), sum(not word.isascii() for word, _, _ in triples)) >= 30


def test_the_slips_are_words_that_the_vectors_do_not_know() -> None:
    known = set(WordSimilarity(paths.artifacts_dir() / "words").words)
    for slip, near, far in read_triples(BENCHMARKS / "word_slips.tsv"):
        assert not known.issuperset(words(slip)), slip
        assert known.issuperset([*words(near), *words(far)]), (near, far)


def test_an_unknown_word_counts_as_wrong() -> None:
    triples = [("猫", "狗", "桌子"), ("cat", "dog", "table"), ("猫", "桌子", "狗")]
    assert measure_triples(lambda one, other: {"狗": 0.9, "桌子": 0.1}.get(other), triples) == pytest.approx(1 / 3)
    assert measure_triples(lambda one, other: 0.5, triples) == 0.0


def test_sharing_ngrams_is_a_measure_between_none_and_all() -> None:
    assert measure_shared_ngrams("苹果", "苹果") == measure_shared_ngrams("apple", "apple") == 1.0
    assert measure_shared_ngrams("苹果", "river") == 0.0
    assert 0 < measure_shared_ngrams("tomorrow", "tommorow") < 1


@pytest.mark.parametrize("file", FILES)
def test_what_ships_is_far_better_than_chance_and_than_spelling(file: str) -> None:
    for score in evaluate_triples(
        WordSimilarity(paths.artifacts_dir() / "words", guessing=True).similarity, BENCHMARKS / file
    ):
        assert score.value >= 0.9, score
        assert score.value > score.chance > score.baseline
