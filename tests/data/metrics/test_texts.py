"""Measures of tokens and of their vectors, worked by hand. Run: python -m pytest tests/data/metrics/test_texts.py"""

import random

import numpy as np
import pytest

from data.metrics.distinct import distinct
from data.metrics.embedding import embedding_average, greedy_matching
from data.metrics.repetition import measure_repetition, repetition_rate
from data.metrics.rouge import rouge_l
from data.metrics.tokens import tokens

SAID = ["我不知道", "我不知道", "I don't know", "I don't care", "今天去吃火锅"]


def test_tokens_are_characters_and_words() -> None:
    assert tokens("用PyTorch训练CNN！") == ["用", "pytorch", "训", "练", "cnn"]
    assert tokens("GPT-4, \U0002000b 3.5") == ["gpt", "4", "\U0002000b", "3", "5"]
    assert tokens("！？…… ") == []


def test_distinct_is_as_worked_by_hand() -> None:
    texts = [tokens(text) for text in SAID]  # 4 + 4 + 4 + 4 + 6 tokens
    assert distinct(texts, 1) == (4 + 4 + 1 + 6) / 22
    assert distinct(texts, 2) == (3 + 3 + 1 + 5) / 22
    assert distinct(texts, 9) == 0
    assert distinct([], 1) == distinct([[]], 2) == 0


def test_distinct_over_the_same_number_of_tokens_reads_no_further() -> None:
    texts = [tokens(text) for text in SAID]
    assert distinct(texts, 1, first=8) == 4 / 8
    assert distinct(texts, 2, first=10) == (3 + 1) / 10
    # A system that says the same kind of thing is not worse for saying more of it, once as much is read of both.
    chance = random.Random(1)
    long = [[str(chance.randrange(500)) for _ in range(8)] for _ in range(2000)]
    assert distinct(long, 1) < 0.25 * distinct(long[:100], 1)
    assert distinct(long, 1, first=800) == distinct(long[:100], 1, first=800)
    with pytest.raises(ValueError, match="22 tokens, fewer than the first 23"):
        distinct(texts, 1, first=23)
    with pytest.raises(ValueError, match="length is 0"):
        distinct(texts, 0)


def test_loops_are_seen_and_ordinary_texts_are_not() -> None:
    assert measure_repetition(tokens("哈" * 7)) == 3 / 4
    assert measure_repetition(tokens("i am " * 4)) == 3 / 5
    assert measure_repetition(tokens("今天天气真好，我们去哪里")) == 0
    assert measure_repetition([]) == measure_repetition(["好"]) == 0
    assert repetition_rate([tokens(text) for text in ("好的好的好的", "so so so so so", "good", "我不知道")]) == 0.5
    assert repetition_rate([]) == 0


def test_rouge_l_is_as_worked_by_hand() -> None:
    # Lin 2004, section 3.1: "police kill the gunman" and "the gunman kill police" against "police killed the gunman".
    wanted = "police killed the gunman".split()
    assert rouge_l("police kill the gunman".split(), wanted) == 0.75
    assert rouge_l("the gunman kill police".split(), wanted) == 0.5
    assert rouge_l(tokens("我今天吃火锅"), tokens("今天我想吃火锅")) == 2 * 5 / (6 + 7)
    assert rouge_l([], wanted) == rouge_l(wanted, []) == rouge_l(list("一二"), list("三四")) == 0
    assert rouge_l(wanted, wanted) == 1


def test_meaning_is_as_worked_by_hand() -> None:
    one = np.array([[3.0, 0.0], [0.0, 3.0]])
    other = np.array([[1.0, 1.0], [1.0, 0.0]], dtype=np.float32)
    assert embedding_average(one, other) == pytest.approx((2 + 1) / np.sqrt(2 * 5))
    half = np.sqrt(0.5)
    assert greedy_matching(one, other) == pytest.approx(((1 + half) / 2 + (half + 1) / 2) / 2)
    assert greedy_matching(one, other) == pytest.approx(greedy_matching(other, one))
    assert embedding_average(one, -one) == pytest.approx(-1)


def test_texts_without_a_vector_are_near_nothing() -> None:
    none, some = np.zeros((0, 3)), np.ones((2, 3))
    for measure in (embedding_average, greedy_matching):
        assert measure(none, some) == measure(some, none) == measure(some, np.zeros((1, 3))) == 0
        with pytest.raises(ValueError, match=r"expected \[N, D\] and \[M, D\]"):
            measure(some, np.ones((2, 4)))
        with pytest.raises(ValueError, match=r"expected \[N, D\] and \[M, D\]"):
            measure(some[0], some)
