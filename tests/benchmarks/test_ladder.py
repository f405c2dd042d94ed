"""python -m pytest tests/benchmarks/test_ladder.py"""

from __future__ import annotations

import math

import pytest

from benchmarks import ladder
from benchmarks.ladder import HYBRID, PARTS, WEIGHED, Trial, build_systems, fit_ranker, measure_agreement
from bot.types import Candidate
from data.metrics.chrf import sentence_chrf
from generation.examples import Exchange

STORED, WRITTEN = ("好的，明天见。", "晚安，做个好梦。"), ("明天见！", "你说得对。")


def build_trial(reply: str, stored: tuple[str, ...] = STORED, written: tuple[str, ...] = WRITTEN) -> Trial:
    """Build a trial whose features differ as sources and similarities do."""
    found = [Candidate(text, "retrieved", 0.9 - 0.1 * place) for place, text in enumerate(stored)]
    made = [Candidate(text, "written", 0.5 - 0.1 * place) for place, text in enumerate(written)]
    candidates = (*found, *made)
    plain = dict.fromkeys(WEIGHED, 0.0)
    features = tuple(
        plain
        | {"written": float(each.source == "written"), "length": math.log(1 + len(each.text))}
        | measure_agreement(each, candidates)
        for each in candidates
    )
    said = Exchange(("再见",), reply, "zh")
    return Trial(said, candidates, features, tuple(sentence_chrf(each.text, reply) for each in candidates))


def test_a_candidate_is_as_like_each_kind_as_the_mean_of_the_others() -> None:
    candidates = build_trial("明天见").candidates
    found = measure_agreement(candidates[0], candidates)
    assert found["like_stored"] == pytest.approx(sentence_chrf(STORED[0], STORED[1]) / 100)
    assert found["like_written"] == pytest.approx(sum(sentence_chrf(STORED[0], each) for each in WRITTEN) / 200)
    assert measure_agreement(candidates[0], candidates[:1]) == {"like_stored": 0.0, "like_written": 0.0}
    english = Candidate("See you!", "written", 0.5)
    assert measure_agreement(english, [*candidates, english])["like_stored"] == 0.0


def test_weights_learn_from_which_source_better_replies_come() -> None:
    by_hand = [build_trial("明天见！") for _ in range(20)]
    weights = dict(zip(WEIGHED, fit_ranker(by_hand).weights, strict=True))
    assert weights["like_written"] > 0
    choose = build_systems(by_hand, [Exchange(("喂",), "哪位？", "zh")])
    one = by_hand[0]
    assert choose["retrieval"](one) == STORED[0]
    assert choose["written"](one) == WRITTEN[0]
    assert choose["the best there was (not a system)"](one) == "明天见！"
    assert choose[HYBRID](one) == "明天见！"
    assert {*PARTS, HYBRID} <= set(choose)


def test_what_has_no_candidates_gets_an_empty_reply() -> None:
    known = [build_trial("明天见！") for _ in range(5)]
    empty = Trial(Exchange(("嗯",), "哦", "zh"), (), (), ())
    choose = build_systems(known, [Exchange(("喂",), "哪位？", "zh")])
    assert all(choose[name](empty) == "" for name in (*PARTS, HYBRID))


def test_exchanges_of_one_dialogue_are_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said = [
        Exchange(("你好",), "你好！", "zh"),
        Exchange(("你好", "你好！"), "吃了吗", "zh"),
        Exchange(("hi",), "Hello.", "en"),
        Exchange(("早",), "早上好", "zh"),
    ]
    monkeypatch.setattr("generation.training_data.load_held_out", lambda name, part: said)
    found = ladder.sample_exchanges("lccc", "test", 10)
    assert len(found) == 3
    assert {one.context[0] for one in found} == {"你好", "hi", "早"}
    assert ladder.sample_exchanges("lccc", "test", 2) == ladder.sample_exchanges("lccc", "test", 2)
