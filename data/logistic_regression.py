"""Logistic regression over hashed features, in numpy."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from data import artifact
from data.artifact import Artifact, ArtifactError

WEIGHTS = "weights.npy"
"""The file of an artifact with the weights, float16 [buckets]."""
Floats = NDArray[np.float32]


class ModelConfig(Protocol):
    """The part of a configuration that the model needs."""

    @property
    def buckets(self) -> int:
        """Return the number of weights."""
        ...

    @property
    def bias(self) -> float:
        """Return what is added to every sum."""
        ...


Config = TypeVar("Config", bound=ModelConfig)


class LogisticRegression:
    """A weight for each bucket, float32 [buckets], and a bias.

    The weights are rounded to the float16 in which they are stored.
    """

    def __init__(self, weights: Floats, bias: float) -> None:
        self.weights = weights.astype(np.float16).astype(np.float32)
        self.bias = bias

    def predict(self, ids: NDArray[np.int64]) -> float:
        """Return the probability of the positive label, in (0, 1).

        Args:
            ids: The distinct bucket ids of a text, int64 [U]. They are scaled to a vector of length one.
        """
        logit = self.bias + float(self.weights[ids].sum()) / np.sqrt(max(len(ids), 1))
        return float(1 / (1 + np.exp(-np.clip(logit, -30, 30))))

    def to_bytes(self) -> bytes:
        """Return the weights as the bytes of an npy file."""
        buffer = io.BytesIO()
        np.save(buffer, self.weights.astype(np.float16), allow_pickle=False)
        return buffer.getvalue()


def load(stored: Artifact, config_of: Callable[[Mapping[str, Any]], Config]) -> tuple[Config, LogisticRegression]:
    """Return the configuration and the model of an artifact.

    Raises:
        ArtifactError: The weights are damaged or belong to another version.
    """
    try:
        config = config_of(stored.manifest.config)
    except (TypeError, ValueError) as error:
        raise _refuse(stored, error) from error
    return config, load_weights(stored, WEIGHTS, config.buckets, config.bias)


def load_weights(stored: Artifact, name: str, buckets: int, bias: float) -> LogisticRegression:
    """Return the model of one file of weights, float16 [buckets].

    Raises:
        ArtifactError: The weights are missing or damaged, or belong to another version.
    """
    try:
        weights = np.load(io.BytesIO(stored.read_file(name)), allow_pickle=False)
        if weights.shape != (buckets,):
            raise ValueError(f"{weights.shape} weights for {buckets} buckets")
    except (TypeError, ValueError, EOFError) as error:
        raise _refuse(stored, error) from error
    return LogisticRegression(weights, bias)


def _refuse(stored: Artifact, error: Exception) -> ArtifactError:
    return ArtifactError(
        f"{stored.folder} does not hold weights that fit its configuration ({error}); {artifact.repair_hint(stored.folder)}"
    )
