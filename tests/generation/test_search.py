"""python -m pytest tests/generation/test_search.py"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest

from generation.search import (
    DecodingConfig,
    Floats,
    Hypothesis,
    Ids,
    beam_search,
    rerank_mmi,
    sample,
    score_targets,
    stream_greedy,
    stream_sample,
)

BOS, END, SIZE = 0, 1, 6
WORDS = {"你": 2, "好": 3, "hi": 4, "you": 5}


class Table:
    """A step function whose next id depends on the last two: log-probabilities from a seeded table."""

    def __init__(self, seed: int = 0, sharp: float = 2.0) -> None:
        raw = np.random.default_rng(seed).normal(size=(SIZE, SIZE, SIZE)) * sharp
        raw[:, :, BOS] = -np.inf
        self.table = (raw - np.log(np.exp(raw).sum(-1, keepdims=True))).astype(np.float32)
        self.steps = 0

    def step(self, last: Ids, state: Ids) -> tuple[Floats, Ids]:
        self.steps += 1
        return self.table[state, last], last

    def reorder_cache(self, state: Ids, rows: Ids) -> Ids:
        return state[rows]

    def total(self, ids: Sequence[int]) -> float:
        before, last, found = BOS, BOS, 0.0
        for id in ids:
            found += float(self.table[before, last, id])
            before, last = last, id
        return found


START = np.array([BOS], dtype=np.int64)


def every(longest: int) -> list[tuple[int, ...]]:
    return [one for length in range(1, longest + 1) for one in itertools.product(range(2, SIZE), repeat=length)]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("penalty", [0.0, 0.7, 1.5])
def test_a_wide_beam_finds_what_trying_everything_finds(seed: int, penalty: float) -> None:
    table = Table(seed)
    config = DecodingConfig(width=400, length_penalty=penalty, no_repeat_ngram=0, max_length=4)
    found = beam_search(table, START, BOS, END, config)
    wanted = max(
        (Hypothesis(one, table.total([*one, END]), True) for one in every(4)), key=lambda one: one.score(penalty)
    )
    assert found[0].ids == wanted.ids
    assert found[0].log_prob == pytest.approx(wanted.log_prob, abs=1e-4)


def test_a_beam_of_one_without_penalty_is_greedy() -> None:
    for seed in range(10):
        config = DecodingConfig(width=1, length_penalty=0.0, no_repeat_ngram=0, max_length=8)
        assert list(stream_greedy(Table(seed), START, BOS, END, config)) == list(
            beam_search(Table(seed), START, BOS, END, config)[0].ids
        )


def test_no_gram_is_said_twice() -> None:
    for seed, block in itertools.product(range(10), (2, 3)):
        config = DecodingConfig(width=3, no_repeat_ngram=block, max_length=30, length_penalty=2.0)
        for found in (
            beam_search(Table(seed), START, BOS, END, config)[0].ids,
            tuple(stream_greedy(Table(seed), START, BOS, END, config)),
        ):
            grams = [found[place : place + block] for place in range(len(found) - block + 1)]
            assert len(grams) == len(set(grams)), found


def test_without_blocking_the_same_search_loops() -> None:
    found = [
        list(
            stream_greedy(Table(seed), START, BOS, END, DecodingConfig(no_repeat_ngram=0, min_length=20, max_length=30))
        )
        for seed in range(10)
    ]
    grams = [[tuple(one[place : place + 3]) for place in range(len(one) - 2)] for one in found]
    assert all(len(one) > len(set(one)) for one in grams), "what was tested above would have been true anyway"


def test_banned_ids_and_the_shortest_length_hold() -> None:
    for seed in range(10):
        config = DecodingConfig(width=4, min_length=3, max_length=6)
        banned = [WORDS["hi"]]
        for found in beam_search(Table(seed), START, BOS, END, config, banned):
            assert len(found.ids) >= 3
            assert WORDS["hi"] not in found.ids
        chance = np.random.default_rng(seed)
        drawn = list(stream_sample(Table(seed), START, BOS, END, config, chance, banned))
        assert 3 <= len(drawn) <= 6
        assert WORDS["hi"] not in drawn


def test_a_late_beam_gives_what_it_has_after_one_step() -> None:
    table = Table(3)
    found = beam_search(table, START, BOS, END, DecodingConfig(width=3, min_length=2), should_stop=lambda: True)
    assert table.steps == 1
    assert found
    assert not found[0].finished


def test_where_nothing_may_follow_the_end_does() -> None:
    found = beam_search(Table(0), START, BOS, END, DecodingConfig(min_length=5, max_length=6), banned=[2, 3, 4, 5])
    assert found[0].ids == ()


def test_samples_are_drawn_as_the_nucleus_draws_one_and_know_how_likely_they_are() -> None:
    config = DecodingConfig(width=1, top_p=0.8, no_repeat_ngram=0, max_length=6)
    for seed in range(20):
        (one,) = sample(Table(seed), START, BOS, END, config, np.random.default_rng(seed))
        assert list(one.ids) == list(stream_sample(Table(seed), START, BOS, END, config, np.random.default_rng(seed)))
    many = sample(
        Table(4), START, BOS, END, DecodingConfig(width=50, no_repeat_ngram=0, max_length=6), np.random.default_rng(1)
    )
    assert len(many) == 50
    assert all(one.finished for one in many)
    assert len({one.ids for one in many}) > 5
    means = [one.mean for one in many]
    assert means == sorted(means, reverse=True)
    for one in many:
        assert one.log_prob == pytest.approx(Table(4).total([*one.ids, END]), abs=1e-4)


def test_samples_come_as_often_as_they_are_likely() -> None:
    table = Table(3)
    config = DecodingConfig(width=4000, top_p=1.0, no_repeat_ngram=0, min_length=0, max_length=1)
    drawn = [one.ids for one in sample(table, START, BOS, END, config, np.random.default_rng(5))]
    for id in range(2, SIZE):
        assert drawn.count((id,)) / 4000 == pytest.approx(math.exp(table.table[BOS, BOS, id]), abs=0.03)


def test_sampling_that_is_late_gives_what_it_has_after_a_step() -> None:
    table = Table(2)
    config = DecodingConfig(width=6, no_repeat_ngram=0, max_length=30)
    found = sample(table, START, BOS, END, config, np.random.default_rng(0), should_stop=lambda: True)
    assert table.steps == 1
    assert len(found) == 6
    assert [one.finished for one in found] == sorted((one.finished for one in found), reverse=True)


def test_the_nucleus_holds_the_likeliest_ids_only() -> None:
    table = Table(1)
    first = np.exp(table.table[BOS, BOS].astype(np.float64))
    order = np.argsort(-first)
    kept = set(order[: int(np.searchsorted(first[order].cumsum(), 0.6)) + 1].tolist())
    chance = np.random.default_rng(0)
    config = DecodingConfig(top_p=0.6, min_length=0, max_length=1)
    seen = {tuple(stream_sample(table, START, BOS, END, config, chance)) for _ in range(300)}
    assert {one[0] if one else END for one in seen} == kept


def test_a_low_temperature_is_greedy_and_the_same_seed_says_the_same() -> None:
    cold = DecodingConfig(temperature=0.01, top_p=1.0, no_repeat_ngram=0, max_length=10)
    chance = np.random.default_rng(5)
    assert list(stream_sample(Table(4), START, BOS, END, cold, chance)) == list(
        stream_greedy(Table(4), START, BOS, END, cold)
    )
    warm = DecodingConfig(temperature=1.5, max_length=10)
    one, other = (list(stream_sample(Table(4), START, BOS, END, warm, np.random.default_rng(7))) for _ in range(2))
    assert one == other


def test_the_scores_of_given_ids_are_the_sums_of_their_steps() -> None:
    targets = [
        [WORDS["你"], WORDS["好"], END],
        [WORDS["hi"], END],
        [END],
        [WORDS["hi"], WORDS["you"], WORDS["hi"], END],
    ]
    wanted = [Table(2).total(ids) for ids in targets]
    assert score_targets(Table(2), START, BOS, targets) == pytest.approx(wanted, abs=1e-5)
    with pytest.raises(ValueError, match="no targets"):
        score_targets(Table(2), START, BOS, [])


def test_mutual_information_puts_a_reply_that_fits_everything_last() -> None:
    dull, telling = Hypothesis((2,), -1.0, True), Hypothesis((3, 4), -2.0, True)
    asked = {dull.ids: -9.0, telling.ids: -2.0}
    assert rerank_mmi([dull, telling], lambda one: asked[one.ids], 0.0) == [dull, telling]
    assert rerank_mmi([dull, telling], lambda one: asked[one.ids], 0.5) == [telling, dull]


def test_the_length_penalty_is_that_of_the_paper() -> None:
    assert Hypothesis((2, 3, 4), -6.0, True).score(1.0) == pytest.approx(-6.0 / (9 / 6))
    assert Hypothesis((2, 3, 4), -6.0, True).score(0.0) == -6.0
    assert math.isclose(Hypothesis((2, 3, 4), -6.0, True).mean, -1.5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 0},
        {"max_length": 0},
        {"temperature": 0.0},
        {"top_p": 0.0},
        {"top_p": 1.1},
        {"min_length": 9, "max_length": 8},
    ],
)
def test_a_wish_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="a search needs"):
        DecodingConfig(**wrong)  # type: ignore[arg-type]
