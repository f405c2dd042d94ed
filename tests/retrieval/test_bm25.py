"""python -m pytest tests/retrieval/test_bm25.py"""

import math
import random
from collections.abc import Sequence

import numpy as np
import pytest

from data.text.segment import words
from retrieval import maxscore
from retrieval.bm25 import BM25, search
from retrieval.maxscore import Postings, find_best
from retrieval.postings import Segment, hash_term

TEXTS = [
    "什么是卷积神经网络",
    "what is a convolutional network",
    "卷积和池化有什么区别",
    "how does pooling differ from convolution",
    "今天天气怎么样",
    "tell me a joke",
    "讲个笑话",
]


def compute_by_hand(
    documents: Sequence[Sequence[str]], query: Sequence[str], k1: float = 1.2, b: float = 0.75
) -> list[float]:
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


def draw_documents(count: int, seed: int, vocabulary: int = 400) -> list[list[str]]:
    """Documents of words as unequally frequent as real ones, Chinese and English."""
    chance = random.Random(seed)
    terms = [f"词{rank}" if rank % 2 else f"w{rank}" for rank in range(vocabulary)]
    odds = [1 / (rank + 1) for rank in range(vocabulary)]
    return [chance.choices(terms, odds, k=chance.randint(1, 14)) for _ in range(count)]


def all_scores(index: BM25, query: Sequence[str]) -> list[float]:
    return [float(score) for score in index.prepare(query).score(range(index.size))]


@pytest.mark.parametrize("query", ["卷积是什么", "what is pooling", "笑话 joke", "joke joke joke", "从来没见过的词"])
def test_scores_are_the_printed_formula(query: str) -> None:
    documents = [words(text) for text in TEXTS]
    scores = all_scores(BM25().with_added(documents), words(query))
    assert np.allclose(scores, compute_by_hand(documents, words(query)), atol=1e-5)


@pytest.mark.parametrize("parts", [1, 7, 40])
def test_a_search_finds_what_looking_at_every_document_finds(parts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Short lists count as long ones here, so that terms are left out where they may be.
    monkeypatch.setattr(maxscore, "_LONG", 8)
    documents = draw_documents(2_000, 3)
    index = BM25()
    for part in range(parts):
        index = index.with_added(documents[part::parts])
    gone = {number: read_documents(documents, parts)[number] for number in range(0, 2_000, 9)}
    index = index.without(gone)
    for query in draw_documents(60, 4):
        scores = all_scores(index, query)
        wanted = sorted(
            (number for number in range(index.size) if scores[number] > 0 and number not in gone),
            key=lambda number: (-scores[number], number),
        )[:10]
        found = index.search(query, 10)
        assert [number for number, _ in found] == wanted
        assert [score for _, score in found] == pytest.approx([scores[number] for number in wanted], rel=1e-5)


def read_documents(documents: list[list[str]], parts: int) -> list[list[str]]:
    return [document for part in range(parts) for document in documents[part::parts]]


def test_changing_gives_the_same_scores_as_building_anew() -> None:
    chance = random.Random(7)
    documents = draw_documents(300, 5, 60)
    index = BM25()
    alive: dict[int, list[str]] = {}
    for step in range(30):
        fresh = documents[step * 10 : step * 10 + 10]
        alive |= dict(zip(range(index.size, index.size + 10), fresh, strict=True))
        index = index.with_added(fresh)
        dead = {number: alive.pop(number) for number in chance.sample(sorted(alive), 3)}
        index = index.without(dead)
    left = [alive[number] for number in sorted(alive)]
    rebuilt, compact = BM25().with_added(left), index.compact()
    assert index.live_count == rebuilt.live_count == compact.size == len(alive)
    assert len(index.segments) < 8
    for query in draw_documents(20, 6, 60):
        asked = index.prepare(query)
        assert np.allclose(asked.score(sorted(alive)), all_scores(rebuilt, query), atol=1e-4)
        assert np.allclose(all_scores(compact, query), all_scores(rebuilt, query), atol=1e-4)
        assert asked.self_score == pytest.approx(rebuilt.prepare(query).self_score)
        places = {number: place for place, number in enumerate(sorted(alive))}
        assert [places[number] for number, _ in index.search(query, 5)] == [one for one, _ in rebuilt.search(query, 5)]


def test_two_indexes_are_searched_as_one() -> None:
    by_words, by_letters = BM25(), BM25()
    for text in TEXTS:
        by_words, by_letters = by_words.with_added([words(text)]), by_letters.with_added([list(text)])
    query = "卷积 convolution"
    asked = [(by_words.prepare(words(query)), 2.0), (by_letters.prepare(list(query)), 0.5)]
    sums = 2.0 * np.asarray(all_scores(by_words, words(query))) + 0.5 * np.asarray(all_scores(by_letters, list(query)))
    found = {number: value for number, value in enumerate(sums.tolist()) if value > 0}
    assert len(found) == 5
    assert dict(search(asked, 7)) == pytest.approx(found)


def test_an_index_is_not_disturbed_by_its_successors() -> None:
    first = BM25().with_added([["卷积"], ["convolution"]])
    before = all_scores(first, ["卷积", "convolution"])
    first.without({0: ["卷积"]}).with_added([["卷积", "convolution"]] * 20)
    assert all_scores(first, ["卷积", "convolution"]) == before
    assert first.search(["卷积"], 5)[0][0] == 0


def test_best_first_and_ties_in_order() -> None:
    index = BM25().with_added([["猫"], ["狗"], ["猫"], ["cat", "猫"]])
    assert [number for number, _ in index.search(["猫"], 10)] == [0, 2, 3]
    assert [number for number, _ in BM25().with_added([["same", "一样"]] * 50).search(["一样"], 3)] == [0, 1, 2]


def test_the_self_score_is_reached_by_the_query_itself() -> None:
    query = words("卷积 pooling 卷积")
    asked = BM25().with_added([query, words("别的东西"), words("something else")]).prepare(query)
    assert asked.score([0])[0] == pytest.approx(asked.self_score, rel=1e-5)
    assert asked.normalize([0, 1]).tolist() == [1.0, 0.0]


def test_unknown_words_weigh_most() -> None:
    index = BM25().with_added([["常见", "common"], ["常见"]])
    assert index.compute_weight("从未见过") > index.compute_weight("common") > index.compute_weight("常见") > 0


def test_nothing_is_found_in_nothing() -> None:
    assert BM25().search(["你好", "hello"], 5) == []
    assert BM25().with_added([[]]).search(["你好"], 5) == []
    assert BM25().with_added([["hello"]]).without({0: ["hello"]}).search(["hello"], 5) == []
    assert BM25().with_added([["hello"]]).search([], 5) == []


def test_a_number_never_given_is_refused() -> None:
    with pytest.raises(IndexError, match="document 3 was never added"):
        BM25().with_added([["a"]]).without({3: ["a"]})


def test_a_document_that_died_twice_is_counted_once() -> None:
    index = BM25().with_added([["猫", "cat"], ["猫"]])
    assert index.without({0: ["猫", "cat"]}).without({0: ["猫", "cat"]}).compute_weight("猫") == pytest.approx(
        index.without({0: ["猫", "cat"]}).compute_weight("猫")
    )


def test_a_segment_is_its_arrays() -> None:
    segment = Segment.of([["猫", "cat", "猫"], [], ["cat"]])
    again = Segment.from_arrays(segment.to_arrays())
    assert (
        again.find_rows(np.asarray([hash_term("猫"), hash_term("没有"), hash_term("cat")], np.uint64)).tolist()
        == segment.find_rows(np.asarray([hash_term("猫"), hash_term("没有"), hash_term("cat")], np.uint64)).tolist()
    )
    assert (len(again), again.live_count, again.token_count) == (3, 3, 4)


def _lists(chance: np.random.Generator, documents: int) -> list[Postings]:
    """Two rare terms, and eight that stand in a third of all documents."""
    norms = chance.uniform(0.5, 2.0, documents).astype(np.float32)
    made = []
    for share, weight in [(0.02, 6.0), (0.04, 5.0), *((0.33, 1.0 - 0.05 * number) for number in range(8))]:
        docs = np.flatnonzero(chance.random(documents) < share).astype(np.int32)
        counts = chance.integers(1, 4, len(docs)).astype(np.uint8)
        made.append(Postings(docs, counts, norms, weight, weight * 3 / 3.5))
    return made


def test_common_terms_only_add_to_what_rarer_ones_found(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(11)
    alive = np.ones(6_000, np.bool_)
    alive[::7] = False
    shared = 0
    for _ in range(20):
        lists = _lists(chance, len(alive))
        exact, exact_scores = find_best(lists, alive, 10)
        with monkeypatch.context() as patched:
            patched.setattr(maxscore, "_COMMON", 1_000)
            patched.setattr(maxscore, "_KEPT", 100)
            found, scores = find_best(lists, alive, 10)
        # What is given has its full score, and the best is never missed where rare words say so.
        assert scores == pytest.approx(sum(each.compute_contributions_to(found) for each in lists), rel=1e-5)
        assert alive[found].all()
        assert found[0] == exact[0]
        assert scores[0] == pytest.approx(exact_scores[0])
        shared += len(set(found.tolist()) & set(exact.tolist()))
    assert shared / 200 > 0.95


def test_a_query_of_common_terms_only_still_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(12)
    alive = np.ones(3_000, np.bool_)
    lists = _lists(chance, len(alive))[2:]
    monkeypatch.setattr(maxscore, "_COMMON", 500)
    found, scores = find_best(lists, alive, 10)
    assert len(found) == 10
    assert scores == pytest.approx(sum(each.compute_contributions_to(found) for each in lists), rel=1e-5)
    # The rarest of them, which weighs most, is in all that is given.
    assert (lists[0].compute_contributions_to(found) > 0).all()


def test_the_threshold_follows_every_list_and_never_counts_the_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maxscore, "_LONG", 1)
    chance = np.random.default_rng(13)
    alive = chance.random(4_000) < 0.5
    for count in (1, 7, 60, 5_000):
        for _ in range(8):
            lists = _lists(chance, len(alive))
            sums = sum(each.compute_contributions_to(np.arange(len(alive), dtype=np.int32)) for each in lists) * alive
            found, scores = find_best(lists, alive, count)
            # As many as are wanted, or all there are, and none of the others would be above them.
            assert len(set(found.tolist())) == min(count, np.count_nonzero(sums))
            assert scores == pytest.approx(np.sort(sums)[::-1][: len(found)], rel=1e-5)
            assert scores == pytest.approx(sums[found], rel=1e-5)


def test_the_dead_do_not_hide_who_comes_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maxscore, "_LONG", 0)
    alive = np.arange(40) < 20
    norms = np.ones(40, np.float32)
    # Of ten terms deleted documents have the last seven, live ones one each of the first, but number 19 has the last three.
    held = [
        [number] if number < 3 else [number, *([19] if number >= 7 else []), *range(20, 40)] for number in range(10)
    ]
    lists = [
        Postings(np.asarray(docs, np.int32), np.ones(len(docs), np.uint8), norms, 2.0 - 0.01 * number, 1.0)
        for number, docs in enumerate(held)
    ]
    found, scores = find_best(lists, alive, 1)
    assert found.tolist() == [19]
    assert scores[0] == pytest.approx((1.93 + 1.92 + 1.91) / 2)
