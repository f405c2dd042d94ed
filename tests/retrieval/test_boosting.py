"""python -m pytest tests/retrieval/test_boosting.py"""

from __future__ import annotations

import io
import random
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import artifact
from data.artifact import ArtifactError, Manifest
from retrieval.boosting import TREES, BoostedTrees, open_trees
from retrieval.calibration import START

NAMES = ("meaning", "words", "negated", "字数")


def build_tree(chance: random.Random, depth: int) -> dict[str, Any]:
    """Return a node as LightGBM's dump_model() writes it."""
    if depth == 0 or chance.random() < 0.2:
        return {"leaf_value": chance.uniform(-1, 1), "leaf_count": chance.randrange(1, 50)}
    return {
        "split_feature": chance.randrange(len(NAMES)),
        "threshold": chance.uniform(-1, 1),
        "left_child": build_tree(chance, depth - 1),
        "right_child": build_tree(chance, depth - 1),
    }


def build_trees(seed: int) -> tuple[list[dict[str, Any]], BoostedTrees]:
    chance = random.Random(seed)
    roots = [build_tree(chance, 4) for _ in range(chance.randrange(1, 12))]
    return roots, BoostedTrees.from_lightgbm(NAMES, {"tree_info": [{"tree_structure": root} for root in roots]})


def leaf(node: Mapping[str, Any], row: list[float]) -> float:
    while "leaf_value" not in node:
        goes_left = np.float32(row[node["split_feature"]]) <= np.float32(node["threshold"])
        node = node["left_child"] if goes_left else node["right_child"]
    return float(node["leaf_value"])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.floats(-2, 2, width=32), min_size=4, max_size=4))
def test_the_bias_and_the_shares_are_the_log_odds(seed: int, row: list[float]) -> None:
    roots, trees = build_trees(seed)
    features = dict(zip(NAMES, row, strict=True))
    wanted = sum(leaf(root, row) for root in roots)
    assert trees.log_odds(np.asarray([row], np.float32))[0] == pytest.approx(wanted, abs=1e-4)
    assert trees.bias + sum(trees.shares(features).values()) == pytest.approx(wanted, abs=1e-4)
    assert trees.probability(features) == pytest.approx(1 / (1 + np.exp(-wanted)), abs=1e-4)
    told = trees.explain(features, {"meaning": "found", "words": "found", "negated": "不", "字数": "length"})
    assert set(told) == {START, "found", "不", "length"}
    assert sum(told.values()) == pytest.approx(wanted, abs=1e-4)


def test_a_feature_that_no_node_looks_at_adds_nothing() -> None:
    root = {"split_feature": 1, "threshold": 0.5, "left_child": {"leaf_value": -2.0, "leaf_count": 3},
            "right_child": {"leaf_value": 2.0, "leaf_count": 1}}  # fmt: skip
    trees = BoostedTrees.from_lightgbm(NAMES, {"tree_info": [{"tree_structure": root}]})
    assert trees.bias == -1.0
    assert trees.shares(dict.fromkeys(NAMES, 0.5)) == {"meaning": 0, "words": -1, "negated": 0, "字数": 0}
    assert trees.shares(dict.fromkeys(NAMES, 0.6)) == {"meaning": 0, "words": 3, "negated": 0, "字数": 0}


def test_many_rows_are_judged_as_each_alone() -> None:
    _, trees = build_trees(7)
    rows = np.random.default_rng(7).uniform(-1, 1, (20, len(NAMES))).astype(np.float32)
    assert trees.log_odds(rows).tolist() == [trees.log_odds(row[None])[0] for row in rows]
    assert trees.log_odds(rows[:0]).shape == (0,)


def test_what_is_missing_is_named() -> None:
    _, trees = build_trees(7)
    with pytest.raises(KeyError, match="negated"):
        trees.probability({"meaning": 1.0, "words": 1.0, "字数": 1.0})


def written(trees: BoostedTrees, folder: Path, features: tuple[str, ...] = NAMES) -> Path:
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **trees.to_arrays())
    config = {"features": list(features), "answer_threshold": 0.6, "offer_threshold": 0.1}
    manifest = Manifest("trees", "1", "random trees", "Apache-2.0", "a test", config=config)
    return artifact.write(folder, manifest, files={TREES: stream.getvalue()}).folder


def test_trees_go_through_a_file_and_back(tmp_path: Path) -> None:
    _, trees = build_trees(7)
    opened = open_trees(written(trees, tmp_path / "trees"), NAMES)
    assert (opened.names, opened.answer_threshold, opened.offer_threshold) == (NAMES, 0.6, 0.1)
    for name, array in trees.to_arrays().items():
        assert np.array_equal(opened.to_arrays()[name], array)
        assert opened.to_arrays()[name].dtype == array.dtype


@pytest.mark.parametrize("harm", ["cut", "zeros", "empty", "missing"])
def test_damaged_trees_are_refused_with_what_repairs_them(tmp_path: Path, harm: str) -> None:
    folder = written(build_trees(7)[1], tmp_path / "trees")
    path = folder / TREES
    data = path.read_bytes()
    path.unlink()
    if harm != "missing":
        path.write_bytes({"cut": data[: len(data) // 2], "zeros": bytes(len(data)), "empty": b""}[harm])
    with pytest.raises(ArtifactError, match=rf"{TREES}.*git checkout"):
        open_trees(folder, NAMES)


def test_what_holds_no_trees_or_others_is_refused(tmp_path: Path) -> None:
    _, trees = build_trees(7)
    folder = written(trees, tmp_path / "trees", (*NAMES[:3], "length"))
    with pytest.raises(ArtifactError, match=r"other features \(length, 字数\).*python -m retrieval calibrate"):
        open_trees(folder, NAMES)
    shutil.rmtree(folder)
    manifest = Manifest("trees", "1", "nothing", "Apache-2.0", "a test", config={"features": list(NAMES)})
    artifact.write(folder, manifest, files={TREES: b"PK no archive"})
    with pytest.raises(ArtifactError, match="holds no trees"):
        open_trees(folder, NAMES)
