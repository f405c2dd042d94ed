"""The similarity of two texts by the vectors of their words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.floating]


def embedding_average(one: Vectors, other: Vectors) -> float:
    """Return the cosine of the mean vectors of two texts, in [-1, 1].

    The vectors are [N, D] and [M, D]. It is 0 if one text has none.

    Raises:
        ValueError: The arrays have other shapes.

    Source: Liu et al. 2016, How NOT To Evaluate Your Dialogue System, section 3.2.

    >>> round(embedding_average(np.eye(2), np.array([[1.0, 1.0]])), 4)
    1.0
    """
    _check_shapes(one, other)
    if not len(one) or not len(other):
        return 0.0
    return float(_unit(one.mean(axis=0)) @ _unit(other.mean(axis=0)))


def greedy_matching(one: Vectors, other: Vectors) -> float:
    """Return the mean cosine of each word with the nearest one of the other text.

    It is in [-1, 1], over both directions.

    The vectors are [N, D] and [M, D]. The result is 0 if a text has no vector.

    Raises:
        ValueError: The arrays have other shapes.

    Source: Rus and Lintean 2012; Liu et al. 2016, section 3.2.

    >>> greedy_matching(np.eye(2), np.array([[1.0, 0.0]]))
    0.75
    """
    _check_shapes(one, other)
    if not len(one) or not len(other):
        return 0.0
    cosines = _unit(one) @ _unit(other).T  # [N, M]
    return float((cosines.max(axis=1).mean() + cosines.max(axis=0).mean()) / 2)


def _unit(vectors: Vectors) -> NDArray[np.float64]:
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=-1, keepdims=True)
    return np.asarray(wide / np.where(lengths > 0, lengths, 1.0), dtype=np.float64)


def _check_shapes(one: Vectors, other: Vectors) -> None:
    if one.ndim != 2 or other.ndim != 2 or one.shape[1] != other.shape[1]:
        raise ValueError(f"arrays of shapes {one.shape} and {other.shape} were given; expected [N, D] and [M, D]")
