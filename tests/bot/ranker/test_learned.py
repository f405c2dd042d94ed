"""python -m pytest tests/bot/ranker/test_learned.py"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.ranker import LearnedRanker, ReciprocalRankFusion, SourceScores
from bot.ranker.features import FEATURES
from bot.ranker.train import (
    JudgedReply,
    build_context,
    compute_auc,
    compute_calibration_error,
    evaluate_choice,
    fit_weights,
    predict,
    predict_held_out,
)
from bot.types import Candidate, Evidence
from data import artifact
from data.artifact import ArtifactError, Manifest
from retrieval.calibration import Calibration

OWN = tuple(name for name in FEATURES if name != "match")


def build_weights(**given: float) -> Calibration:
    named = dict.fromkeys(FEATURES, 0.0) | {"match": 1.0} | given
    return Calibration(FEATURES, tuple(named[name] for name in FEATURES), 0.0, 0.4, 0.0)


def build_written(text: str, log_prob: float) -> Candidate:
    return Candidate(text, "written", 0.1, Evidence(features={"log_prob": log_prob, "asked": -3.0}, model="tiny"))


def test_a_stored_candidate_keeps_its_probability_and_its_reasons() -> None:
    stored = Candidate("你好！", "retrieved", 0.73, Evidence(question="你好", features={"same": 2.0}))
    # What a larger model says is just as little for these weights to judge; its score is the floor to the last digit.
    remote = Candidate("Hello there!", "remote", 0.40412345678)
    ranked = LearnedRanker(build_weights(written=-5.0)).rank(build_context(["你好"], "zh"), [stored, remote])
    assert ranked == [stored, remote]


def test_a_written_candidate_says_what_each_feature_adds() -> None:
    ranker = LearnedRanker(build_weights(written=-1.0, log_prob=2.0))
    likely, strange = ranker.rank(
        build_context(["so tired"], "en"), [build_written("get some rest", -1), build_written("a cat", -4)]
    )
    assert likely.score == pytest.approx(1 / (1 + np.exp(-3.0)), abs=1e-4)
    assert likely.evidence.features == {"written": -1.0, "log_prob": 4.0}
    assert likely.evidence.model == "tiny"
    assert strange.score < 0.05


def test_the_start_of_weights_that_have_one_is_said_too() -> None:
    ranker = LearnedRanker(replace(build_weights(log_prob=2.0), bias=-1.5))
    (found,) = ranker.rank(build_context(["累 tired"], "en"), [build_written("get some rest", -1)])
    assert found.evidence.features == {"start": -1.5, "log_prob": 4.0}
    assert found.score == pytest.approx(1 / (1 + np.exp(-2.5)), abs=1e-4)


def test_ranking_twice_changes_nothing_for_what_is_stored() -> None:
    stored = Candidate("ok", "retrieved", 0.5, Evidence(features={"known": 0.1}))
    ranker, context = LearnedRanker(build_weights()), build_context(["hi"], "en")
    once = ranker.rank(context, [stored])
    assert ranker.rank(context, once) == once


def build_judged(count: int = 200) -> tuple[list[JudgedReply], np.ndarray]:
    """Replies that are good where they are likely, with some noise, several to a message."""
    chance = np.random.default_rng(3)
    features = np.zeros((count, len(OWN)))
    features[:, OWN.index("written")] = 1.0
    features[:, OWN.index("log_prob")] = chance.normal(size=count)
    good = features[:, OWN.index("log_prob")] + 0.3 * chance.normal(size=count) > 0.5
    lines = [
        JudgedReply((f"第{n // 2}句",), "zh" if n % 4 < 2 else "en", f"答{n}", bool(g)) for n, g in enumerate(good)
    ]
    return lines, features


def test_the_weights_find_what_makes_a_reply_good() -> None:
    lines, features = build_judged()
    good = np.asarray([one.good for one in lines])
    found = fit_weights(features, good)
    assert found.weights[FEATURES.index("match")] == 1.0
    assert found.weights[FEATURES.index("log_prob")] > 1.0
    assert found.bias == 0.0
    unseen = predict_held_out(lines, features)
    assert np.mean((unseen > 0.5) == good) > 0.85
    assert compute_calibration_error(unseen, good) < 0.12
    assert compute_calibration_error(np.full(len(good), 0.99), good) > 0.5
    assert not np.allclose(unseen, predict(found, features)), "held-out replies were learned from"


def test_each_message_gets_its_best_reply_or_none() -> None:
    lines = [
        JudgedReply(("a",), "en", "x", True),
        JudgedReply(("a",), "en", "y", False),
        JudgedReply(("b",), "zh", "z", False),
    ]
    scores = [0.6, 0.9, 0.2]
    assert evaluate_choice(lines, scores.__getitem__, 0.5).given == 0.5
    assert evaluate_choice(lines, scores.__getitem__, 0.5).fitting == 0.0
    assert evaluate_choice(lines, [0.9, 0.6, 0.2].__getitem__, 0.5).fitting == 1.0
    assert evaluate_choice(lines, scores.__getitem__, 0.1, "zh").given == 1.0
    assert evaluate_choice(lines, scores.__getitem__, 2.0).fitting == 0.0


def test_how_often_a_fitting_reply_is_rated_above_another() -> None:
    good, together = np.array([True, False, True, False]), np.zeros(4, dtype=np.int64)
    assert compute_auc(np.array([0.9, 0.1, 0.5, 0.5]), good, together) == (1 + 1 + 1 + 0.5) / 4
    assert compute_auc(np.zeros(4), good, together) == 0.5
    # The first two are compared with each other only, and so are the last two.
    assert compute_auc(np.array([0.2, 0.1, 0.9, 0.8]), good, np.array([0, 0, 1, 1])) == 1.0


def test_an_artifact_with_other_features_is_refused(tmp_path: Path) -> None:
    artifact.write(
        tmp_path / "ranker", Manifest("ranker", "1", "", "", "", config=build_weights(log_prob=1.0).to_dict())
    )
    assert LearnedRanker.open(tmp_path / "ranker").rank(build_context(["hi"], "en"), []) == []
    other = Calibration(("charm",), (1.0,), 0.0, 0.4, 0.0).to_dict()
    artifact.write(tmp_path / "other", Manifest("other", "1", "", "", "", config=other))
    with pytest.raises(ArtifactError, match="weighs charm"):
        LearnedRanker.open(tmp_path / "other")
    artifact.write(tmp_path / "empty", Manifest("empty", "1", "", "", ""))
    with pytest.raises(ArtifactError, match="holds no weights"):
        LearnedRanker.open(tmp_path / "empty")


def test_the_rankers_that_learned_nothing() -> None:
    candidates = [Candidate("甲", "retrieved", 0.2), Candidate("乙", "retrieved", 0.9), Candidate("c", "written", 0.1)]
    context = build_context(["你好"], "zh")
    assert SourceScores().rank(context, candidates) == candidates
    fused = ReciprocalRankFusion().rank(context, candidates)
    assert [one.score for one in fused] == [61 / 62, 1.0, 1.0]
