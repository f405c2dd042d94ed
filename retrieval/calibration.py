"""Logistic regression: from match features to a probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float64]
START = "start"
"""The name of the bias in an explanation: the log-odds before any feature has been looked at."""


@dataclass(frozen=True)
class Calibration:
    """A logistic regression over named features, with the thresholds chosen for it.

    A probability is 1 / (1 + exp(-(bias + sum of weight * feature))). floor and margin are probabilities, measured on the
    development questions for exactly these weights: they travel together because neither means anything alone.
    """

    names: tuple[str, ...]
    weights: tuple[float, ...]
    bias: float
    floor: float
    margin: float

    def probability(self, features: Mapping[str, float]) -> float:
        """Return the probability that the entry with these features was asked for.

        Raises:
            KeyError: A feature is missing.
        """
        return float(1 / (1 + np.exp(-np.clip(self.bias + sum(self.shares(features).values()), -30, 30))))

    def shares(self, features: Mapping[str, float]) -> dict[str, float]:
        """Return what each feature adds to the log-odds, without the bias."""
        return {name: weight * features[name] for name, weight in zip(self.names, self.weights, strict=True)}

    def explain(self, features: Mapping[str, float]) -> dict[str, float]:
        """List everything that adds up to the log-odds of the probability.

        Returns:
            The bias under the name START, then the share of each feature, in log-odds; their sum is log(p / (1 - p)), as long
            as p is not cut off at 30 in log-odds.
        """
        return {START: self.bias, **self.shares(features)}

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values; from_dict takes them."""
        return {
            "features": dict(zip(self.names, self.weights, strict=True)),
            "bias": self.bias,
            "floor": self.floor,
            "margin": self.margin,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Calibration:
        """Build the calibration from what to_dict returned.

        Raises:
            KeyError: A value is missing.
        """
        features: Mapping[str, float] = raw["features"]
        return cls(tuple(features), tuple(features.values()), raw["bias"], raw["floor"], raw["margin"])


def fit(
    names: Sequence[str],
    features: Matrix,
    labels: NDArray[np.bool_],
    penalty: float = 1.0,
    steps: int = 50,
    importance: Matrix | None = None,
) -> tuple[tuple[float, ...], float]:
    """Return the weights and the bias that make the labels most likely.

    Newton's method, with an L2 penalty on the weights.

    features is float64 [N, F] in the order of names, labels bool [N], importance float64 [N]: how often each example counts, once
    if not given. Raises ValueError if only one kind of label is there.
    Hastie, Tibshirani and Friedman 2009, The Elements of Statistical Learning, section 4.4.1.
    """
    if labels.all() or not labels.any():
        raise ValueError(
            f"{len(labels)} examples that are all {bool(labels.any())}; both right and wrong ones are needed"
        )
    often = np.ones(len(features)) if importance is None else importance
    design = np.hstack([features, np.ones((len(features), 1))])
    ridge = np.diag([penalty] * len(names) + [1e-6])
    solution = np.zeros(design.shape[1])
    for _ in range(steps):
        probability = 1 / (1 + np.exp(-np.clip(design @ solution, -30, 30)))
        gradient = design.T @ (often * (labels - probability)) - ridge @ solution
        curvature = (design * (often * probability * (1 - probability))[:, None]).T @ design + ridge
        step = np.linalg.solve(curvature, gradient)
        solution = solution + step
        if float(np.abs(step).max()) < 1e-8:
            break
    return tuple(float(weight) for weight in solution[:-1]), float(solution[-1])
