"""Boosted trees: from match features to a probability and its explanation."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import artifact
from data.artifact import ArtifactError
from retrieval.calibration import START
from retrieval.postings import Floats

NAME, TREES = "retrieval-calibration", "trees.npz"

Ints = NDArray[np.int32]
_LEAF = -1


@dataclass(frozen=True)
class BoostedTrees:
    """Regression trees whose leaves add up to log-odds.

    feature int32 [T, N] is the index that a node looks at, -1 at a leaf; threshold float32 [T, N]: up to it the way goes to
    left, beyond it to right, int32 [T, N] each; value float32 [T, N] is the mean of what lies below a node, a leaf's own at a
    leaf. names are the features in order. answer_threshold and offer_threshold are probabilities, measured for exactly these
    trees: from the first on an entry is the answer, from the second on it is offered.
    Source: Friedman 2001, Greedy Function Approximation, algorithm 5; the shares are those of Saabas: along the way to
    a leaf, each node's change of the mean belongs to the feature it looked at.
    """

    names: tuple[str, ...]
    feature: Ints
    threshold: Floats
    left: Ints
    right: Ints
    value: Floats
    answer_threshold: float = 0.5
    offer_threshold: float = 0.01

    @property
    def bias(self) -> float:
        """The log-odds before any feature is looked at."""
        return float(self.value[:, 0].sum())

    def log_odds(self, rows: Floats) -> Floats:
        """Return float32 [B] of features float32 [B, F]."""
        trees = np.arange(len(self.feature))[None]
        places = np.zeros((len(rows), len(self.feature)), np.int32)
        row = np.arange(len(rows))[:, None]
        while (inner := (feature := self.feature[trees, places]) != _LEAF).any():
            below = rows[row, np.maximum(feature, 0)] <= self.threshold[trees, places]
            following = np.where(below, self.left[trees, places], self.right[trees, places])
            places = np.where(inner, following, places).astype(np.int32)
        return np.asarray(self.value[trees, places].sum(axis=1), dtype=np.float32)

    def probability(self, features: Mapping[str, float]) -> float:
        """Return the probability that the entry with these features was asked for.

        Raises:
            KeyError: A feature is missing.
        """
        return float(1 / (1 + np.exp(-np.clip(self.log_odds(self._row(features))[0], -30, 30))))

    def shares(self, features: Mapping[str, float]) -> dict[str, float]:
        """Return what each feature adds to the log-odds, without the bias."""
        return dict(zip(self.names, self._compute_shares(self._row(features))[0].tolist(), strict=True))

    def explain(self, features: Mapping[str, float], groups: Mapping[str, str]) -> dict[str, float]:
        """List everything that adds up to the log-odds of the probability.

        Args:
            features: What was measured.
            groups: The name under which a feature is told; features of one name are told together.

        Returns:
            The bias under the name START, then the shares, in log-odds; their sum is log(p / (1 - p)).
        """
        told = {START: self.bias}
        for name, share in self.shares(features).items():
            told[groups[name]] = told.get(groups[name], 0.0) + share
        return told

    def _row(self, features: Mapping[str, float]) -> Floats:
        return np.asarray([[features[name] for name in self.names]], dtype=np.float32)

    def _compute_shares(self, rows: Floats) -> Floats:
        """Return float32 [B, F]: the changes along the paths, added up by feature."""
        trees = np.arange(len(self.feature))[None]
        places = np.zeros((len(rows), len(self.feature)), np.int32)
        added = np.zeros((len(rows), len(self.names)), np.float32)
        row = np.arange(len(rows))[:, None]
        while True:
            feature = self.feature[trees, places]
            inner = feature != _LEAF
            if not inner.any():
                return added
            below = rows[row, np.maximum(feature, 0)] <= self.threshold[trees, places]
            following = np.where(below, self.left[trees, places], self.right[trees, places])
            following = np.where(inner, following, places).astype(np.int32)
            change = self.value[trees, following] - self.value[trees, places]
            cells = (row * len(self.names) + feature)[inner]
            added += np.bincount(cells, change[inner], added.size).reshape(added.shape).astype(np.float32)
            places = following

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the trees as arrays, the same that from_arrays takes."""
        return {name: getattr(self, name) for name in ("feature", "threshold", "left", "right", "value")}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> BoostedTrees:
        """Build the trees from arrays and the config of a manifest.

        Raises:
            KeyError: A value is missing.
        """
        return cls(
            tuple(config["features"]),
            arrays["feature"],
            arrays["threshold"],
            arrays["left"],
            arrays["right"],
            arrays["value"],
            config["answer_threshold"],
            config["offer_threshold"],
        )

    @classmethod
    def from_lightgbm(cls, names: Sequence[str], dump: Mapping[str, Any]) -> BoostedTrees:
        """Return the trees of a LightGBM booster's dump_model()."""
        trees = [_flatten(tree["tree_structure"]) for tree in dump["tree_info"]]
        size = max(len(tree) for tree in trees)
        shape = (len(trees), size)
        feature, left, right = (np.full(shape, fill, np.int32) for fill in (_LEAF, 0, 0))
        threshold, value = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        for number, tree in enumerate(trees):
            for place, node in enumerate(tree):
                feature[number, place], threshold[number, place], left[number, place], right[number, place] = node[:4]
                value[number, place] = node[4]
        return cls(tuple(names), feature, threshold, left, right, value)


def open_trees(folder: Path, names: Sequence[str]) -> BoostedTrees:
    """Return the trees in an artifact folder.

    Raises:
        ArtifactError: They are damaged, or were fitted to other features than names.
    """
    opened = artifact.open(folder)
    config = opened.manifest.config
    try:
        with np.load(io.BytesIO(opened.read_file(TREES)), allow_pickle=False) as arrays:
            trees = BoostedTrees.from_arrays(arrays, config)
    except (KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ArtifactError(f"{folder} holds no trees ({error!r}); {artifact.repair_hint(folder)}") from error
    if trees.names != tuple(names):
        unknown = sorted(set(trees.names) ^ set(names))
        raise ArtifactError(
            f"{folder} was made for other features ({', '.join(unknown[:5])}); {artifact.repair_hint(folder)}, or make it again: "
            "python -m retrieval calibrate"
        )
    return trees


def _flatten(root: Mapping[str, Any]) -> list[tuple[int, float, int, int, float]]:
    """Return the nodes (feature, threshold, left, right, value) of a tree, root first."""
    nodes: list[Any] = []

    def add(node: Mapping[str, Any]) -> tuple[int, float, float]:
        place = len(nodes)
        nodes.append(None)
        if "leaf_value" in node:
            count = float(node.get("leaf_count", 1))
            nodes[place] = (_LEAF, 0.0, 0, 0, float(node["leaf_value"]))
            return place, float(node["leaf_value"]), count
        left, left_value, left_count = add(node["left_child"])
        right, right_value, right_count = add(node["right_child"])
        count = left_count + right_count
        # The mean of the leaves, not LightGBM's own value of a node, so that the bias and the changes add up to the leaf.
        value = (left_value * left_count + right_value * right_count) / count
        nodes[place] = (int(node["split_feature"]), float(node["threshold"]), left, right, value)
        return place, value, count

    add(root)
    return nodes
