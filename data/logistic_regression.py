"""A logistic regression over hashed units at work: a weight for each bucket and a bias, by numpy alone."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from data import artifact
from data.artifact import Artifact, ArtifactError

WEIGHTS = "weights.npy"
"""The file of an artifact that holds the weights, float16 [buckets]."""
Floats = NDArray[np.float32]


class ModelConfig(Protocol):
    """What the config of such a model says at least."""

    @property
    def buckets(self) -> int:
        """How many weights there are."""
        ...

    @property
    def bias(self) -> float:
        """What is added to every sum."""
        ...


Config = TypeVar("Config", bound=ModelConfig)


class LogisticRegression:
    """weights float32 [buckets], rounded to the 16 bits in which they are kept, and a bias."""

    def __init__(self, weights: Floats, bias: float) -> None:
        self.weights = weights.astype(np.float16).astype(np.float32)
        self.bias = bias

    def probability(self, ids: NDArray[np.int64]) -> float:
        """Of the different ids of a text, int64 [U], which share a length of one: in (0, 1)."""
        logit = self.bias + float(self.weights[ids].sum()) / np.sqrt(max(len(ids), 1))
        return float(1 / (1 + np.exp(-np.clip(logit, -30, 30))))

    def to_bytes(self) -> bytes:
        """The weights as an artifact keeps them."""
        made = io.BytesIO()
        np.save(made, self.weights.astype(np.float16), allow_pickle=False)
        return made.getvalue()


def load(found: Artifact, config_of: Callable[[Mapping[str, Any]], Config]) -> tuple[Config, LogisticRegression]:
    """The config and the model in an artifact. Raises ArtifactError if it is damaged or of another version."""
    try:
        config = config_of(found.manifest.config)
        weights = np.load(io.BytesIO(found.file(WEIGHTS)), allow_pickle=False)
        if weights.shape != (config.buckets,):
            raise ValueError(f"{weights.shape} weights for {config.buckets} buckets")
    except (TypeError, ValueError, EOFError) as error:
        raise ArtifactError(
            f"{found.folder} holds no weights of this version ({error}); {artifact.repair_hint(found.folder)}"
        ) from error
    return config, LogisticRegression(weights, config.bias)
