"""python -m pytest tests/retrieval/test_bm25.py"""

import math
import random

import numpy as np
import pytest

from data.text.segment import words
from retrieval.bm25 import BM25

TEXTS = [
    "什么是卷积神经网络",
    "what is a convolutional network",
    "卷积和池化有什么区别",
    "how does pooling differ from convolution",
    "今天天气怎么样",
    "tell me a joke",
    "讲个笑话",
]


def by_hand(documents: list[list[str]], query: list[str], k1: float = 1.2, b: float = 0.75) -> list[float]:
    """BM25 as the formula is printed, one document at a time."""
    mean = sum(map(len, documents)) / len(documents)
    scores = []
    for document in documents:
        score = 0.0
        for term in query:
            containing = sum(term in other for other in documents)
            idf = math.log(1 + (len(documents) - containing + 0.5) / (containing + 0.5))
            count = document.count(term)
            score += idf * count * (k1 + 1) / (count + k1 * (1 - b + b * len(document) / mean))
        scores.append(score)
    return scores


@pytest.mark.parametrize("query", ["卷积是什么", "what is pooling", "笑话 joke", "joke joke joke", "从来没见过的词"])
def test_scores_are_the_printed_formula(query: str) -> None:
    documents = [words(text) for text in TEXTS]
    scores = BM25().with_added(documents).scores(words(query))
    assert np.allclose(scores, by_hand(documents, words(query)), atol=1e-5)


def test_changing_gives_the_same_scores_as_building_anew() -> None:
    chance = random.Random(7)
    vocabulary = [f"w{number}" for number in range(60)]
    documents = [[chance.choice(vocabulary) for _ in range(chance.randint(1, 12))] for _ in range(300)]
    index = BM25()
    alive: dict[int, list[str]] = {}
    given = 0
    for step in range(30):
        fresh = documents[step * 10 : step * 10 + 10]
        index = index.with_added(fresh)
        alive |= {given + place: document for place, document in enumerate(fresh)}
        given += len(fresh)
        dead = chance.sample(sorted(alive), 3)
        index = index.without(dead)
        for number in dead:
            del alive[number]
    rebuilt = BM25().with_added([alive[number] for number in sorted(alive)])
    query = vocabulary[:5]
    assert index.living == rebuilt.living == len(alive)
    assert np.allclose(index.scores(query)[sorted(alive)], rebuilt.scores(query), atol=1e-4)
    assert all(index.scores(query)[number] == -1 for number in range(given) if number not in alive)


def test_an_index_is_not_disturbed_by_its_successors() -> None:
    first = BM25().with_added([["卷积"], ["convolution"]])
    before = first.scores(["卷积", "convolution"]).copy()
    first.without([0]).with_added([["卷积", "convolution"]] * 20)
    assert np.array_equal(first.scores(["卷积", "convolution"]), before)


def test_best_first_and_ties_in_order() -> None:
    index = BM25().with_added([["猫"], ["狗"], ["猫"], ["cat", "猫"]])
    assert [number for number, _ in index.search(["猫"], 10)] == [0, 2, 3]


def test_the_perfect_score_is_reached_by_the_query_itself() -> None:
    query = words("卷积 pooling 卷积")
    index = BM25().with_added([query, words("别的东西"), words("something else")])
    assert index.scores(query)[0] == pytest.approx(index.perfect(query), rel=1e-5)


def test_unknown_words_weigh_most() -> None:
    index = BM25().with_added([["常见", "common"], ["常见"]])
    assert index.weight("从未见过") > index.weight("common") > index.weight("常见") > 0
    assert not index.knows("从未见过")
    assert index.knows("common")


def test_nothing_is_found_in_nothing() -> None:
    assert BM25().search(["你好", "hello"], 5) == []
    assert BM25().with_added([[]]).search(["你好"], 5) == []
    assert BM25().with_added([["hello"]]).without([0]).search(["hello"], 5) == []


def test_a_number_never_given_is_refused() -> None:
    with pytest.raises(IndexError, match="document 3 was never added"):
        BM25().with_added([["a"]]).without([3])
