"""python -m pytest tests/vqa/answer/test_ship.py -m train"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from data.runtime import verify
from tests.vqa.answer.tiny import CHANNELS, EIGHT, ENCODER, Pictures
from vqa.answer import corpora
from vqa.answer.corpora import Splits
from vqa.answer.infer import Answerer

pytest.importorskip("torch")
pytestmark = pytest.mark.train

from data.training.loop import Plan  # noqa: E402
from vqa.answer.ship import ship  # noqa: E402


@pytest.fixture
def _two_sets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def parts(name: str) -> Callable[[], Splits]:
        asked = [replace(one, image=f"{name}/{one.image}") for one in EIGHT]
        return lambda: Splits(asked, asked[:4], asked)

    monkeypatch.setattr(corpora, "SETS", {"flickr8k": parts("flickr8k/train"), "coco": parts("coco")})
    monkeypatch.setattr("data.paths.runs_dir", lambda: tmp_path / "runs")


@pytest.mark.usefixtures("_two_sets")
def test_what_ships_says_what_it_learned_and_what_it_is_worth(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stores = {"flickr8k/train": Pictures(), "coco": Pictures()}
    made = ship(stores, ENCODER, tmp_path / "answer", Plan(4, 1e-3, 1, check_every=2, seed=1))
    manifest = made.manifest
    assert verify(made) < 1e-3
    assert "flickr8k 8, coco 8 questions" in manifest.trained_on
    assert manifest.non_commercial
    sets = {one.set.split(" questions")[0] for one in manifest.scores}
    assert sets == {f"{name} test, {language}, 4" for name in ("flickr8k", "coco") for language in ("zh", "en")}
    assert {one.metric for one in manifest.scores} == {
        "VQA accuracy",
        "VQA accuracy, other",
        "VQA accuracy, yes/no",
    }
    assert all(
        0 <= one.value <= 1 and 0 < one.chance < 1 and "most frequent" in one.baseline_is for one in manifest.scores
    )
    assert "ours - blind" in capsys.readouterr().out
    answerer = Answerer(made.folder)
    assert (answerer.encoder, answerer.config.channels) == (ENCODER, CHANNELS)


@pytest.mark.usefixtures("_two_sets")
def test_a_set_without_features_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="no features of 'coco'"):
        ship({"flickr8k/train": Pictures()}, ENCODER, tmp_path / "answer", Plan(4, check_every=2))
    assert not (tmp_path / "answer").exists()
