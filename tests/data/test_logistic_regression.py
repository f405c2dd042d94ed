from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.safety.infer import Safety
from bot.visual_intent.infer import VisualIntentClassifier
from data import artifact, logistic_regression, paths
from data.artifact import ArtifactError, Manifest
from data.logistic_regression import WEIGHTS, LogisticRegression


@dataclass(frozen=True)
class Config:
    buckets: int
    bias: float


def config_of(raw: Any) -> Config:
    return Config(**raw)


def test_a_text_is_weighed_as_by_hand() -> None:
    weights = np.zeros(16, np.float32)
    weights[3], weights[5] = 2.0, 0.5
    model = LogisticRegression(weights, -0.5)
    # Three ids share a length of one.
    assert model.predict(np.array([3, 5, 7])) == pytest.approx(1 / (1 + np.exp(0.5 - 2.5 / 3**0.5)))
    assert model.predict(np.array([], np.int64)) == pytest.approx(1 / (1 + np.exp(0.5)))
    weights[3] = 60_000.0
    assert (
        0
        < LogisticRegression(-weights, 0.0).predict(np.array([3]))
        < LogisticRegression(weights, 0.0).predict(np.array([3]))
        < 1
    )


def test_what_is_packed_comes_back_as_it_weighed(tmp_path: Path) -> None:
    model = LogisticRegression(np.random.default_rng(0).normal(size=64).astype(np.float32), 0.25)
    manifest = Manifest("tiny", "1", "无 nothing", "ours", "tiny", config={"buckets": 64, "bias": 0.25})
    found = artifact.write(tmp_path / "tiny", manifest, files={WEIGHTS: model.to_bytes()})
    config, again = logistic_regression.load(found, config_of)
    assert config == Config(64, 0.25)
    np.testing.assert_array_equal(again.weights, model.weights)
    ids = np.arange(9)
    assert again.predict(ids) == model.predict(ids)


@pytest.mark.parametrize(
    "raw", [{"buckets": 10, "bias": 0.25}, {"buckets": 64}, {"buckets": 64, "bias": 0.25, "more": 1}]
)
def test_a_config_of_another_version_is_refused(tmp_path: Path, raw: dict[str, Any]) -> None:
    model = LogisticRegression(np.zeros(64, np.float32), 0.25)
    manifest = Manifest("tiny", "1", "无 nothing", "ours", "tiny", config=raw)
    found = artifact.write(tmp_path / "tiny", manifest, files={WEIGHTS: model.to_bytes()})
    with pytest.raises(ArtifactError, match="does not hold weights that fit its configuration"):
        logistic_regression.load(found, config_of)


@pytest.mark.parametrize(("name", "model"), [("safety", Safety), ("visual-question", VisualIntentClassifier)])
@pytest.mark.parametrize("harm", ["weights", "config", "empty"])
def test_a_shipped_one_that_is_damaged_is_refused(tmp_path: Path, name: str, model: type, harm: str) -> None:
    folder = tmp_path / name
    shutil.copytree(paths.artifacts_dir() / name, folder)
    if harm == "config":
        path = folder / "manifest.json"
        raw = json.loads(path.read_text(encoding="utf-8"))
        raw["config"]["buckets"] = 10
        path.write_text(json.dumps(raw), encoding="utf-8")
    else:
        (folder / WEIGHTS).write_bytes(b"damaged" if harm == "weights" else b"")
    with pytest.raises(ArtifactError, match=f"git checkout -- data/artifacts/{name}"):
        model(folder)
