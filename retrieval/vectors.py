"""Unit vectors by key, and the nearest of them: a stored part that never changes, and beside it what has changed since."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval import stored
from retrieval.postings import Bools, Floats

Keys = NDArray[np.int64]
_BLOCK = 65_536


class VectorIndex(Protocol):
    """Unit vectors float32 [D] under keys, non-negative int64, wherever they are kept. Safe to use from several threads."""

    @property
    def size(self) -> int:
        """How many vectors there are."""
        ...

    @property
    def width(self) -> int:
        """D."""
        ...

    def add(self, keys: Keys, vectors: Floats) -> None:
        """Put vectors [N, D] under keys [N]; one that is there already is replaced, of a key given twice the last counts."""
        ...

    def remove(self, keys: Keys) -> None:
        """Take away what is under these keys; unknown ones are ignored."""
        ...

    def search(self, queries: Floats, count: int) -> tuple[Keys, Floats]:
        """For each of queries [Q, D] the count keys with the highest inner products, best first: [Q, count] each.

        Where there are fewer, keys are -1 and products -inf.
        """
        ...

    def save(self, folder: Path) -> None:
        """Write all into the folder in place of what is there. Raises OSError; what was there can still be opened then."""
        ...

    def clear(self) -> None:
        """Take everything away."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


@dataclass(frozen=True)
class _Part:
    """Vectors in rows: keys int64 [N], sorted, vectors [N, D], alive [N]."""

    keys: Keys
    vectors: NDArray[np.float16] | Floats
    alive: Bools

    def places(self, keys: Keys) -> NDArray[np.int64]:
        if not len(self.keys):
            return np.zeros(0, np.int64)
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        kept: NDArray[np.int64] = places[self.keys[places] == keys]
        return kept

    def without(self, keys: Keys) -> _Part:
        places = self.places(keys)
        if not self.alive[places].any():
            return self
        alive = self.alive.copy()
        alive[places] = False
        return _Part(self.keys, self.vectors, alive)


class Vectors:
    """Exact search over a memory-mapped part in half precision and a small part of what was added since, in full."""

    def __init__(self, width: int, base: _Part | None = None) -> None:
        self._width = width
        self._lock = threading.Lock()
        # One tuple, replaced in one step: a search sees the state before a change or after it.
        self._state = (base or _empty(width), _empty(width))

    @classmethod
    def open(cls, folder: Path) -> Vectors:
        """The vectors that were saved in the folder. Raises DamagedIndex."""
        found = stored.open(folder).arrays
        base = _Part(found["keys"], found["vectors"], np.ones(len(found["keys"]), np.bool_))
        return cls(found["vectors"].shape[1], base)

    @property
    def size(self) -> int:
        """How many vectors there are."""
        return sum(int(part.alive.sum()) for part in self._state)

    @property
    def width(self) -> int:
        """The number of values in a vector."""
        return self._width

    def add(self, keys: Keys, vectors: Floats) -> None:
        """Put the vectors under the keys. Raises ValueError for vectors of another width."""
        if vectors.ndim != 2 or vectors.shape != (len(keys), self._width):
            raise ValueError(
                f"vectors of shape {vectors.shape} for {len(keys)} keys; expected ({len(keys)}, {self._width})"
            )
        # np.unique keeps the first of equal keys: from behind, that is the last one given.
        new, first = np.unique(keys[::-1], return_index=True)
        with self._lock:
            base, fresh = (part.without(new) for part in self._state)
            every = np.concatenate([fresh.keys[fresh.alive], new])
            order = np.argsort(every)
            rows = np.concatenate([fresh.vectors[fresh.alive], vectors[::-1][first]]).astype(np.float32)
            self._state = (base, _Part(every[order], rows[order], np.ones(len(every), np.bool_)))

    def remove(self, keys: Keys) -> None:
        """Take away what is under these keys."""
        with self._lock:
            base, fresh = self._state
            self._state = (base.without(keys), fresh.without(keys))

    def clear(self) -> None:
        """Take everything away."""
        with self._lock:
            self._state = (_empty(self._width), _empty(self._width))

    def search(self, queries: Floats, count: int) -> tuple[Keys, Floats]:
        """The nearest keys and their inner products."""
        keys = np.full((len(queries), count), -1, np.int64)
        products = np.full((len(queries), count), -np.inf, np.float32)
        for part in self._state:
            for first in range(0, len(part.keys), _BLOCK):
                rows = slice(first, first + _BLOCK)
                found = queries @ part.vectors[rows].astype(np.float32).T
                found[:, ~part.alive[rows]] = -np.inf
                every = np.concatenate([products, found], axis=1)
                named = np.concatenate([keys, np.broadcast_to(part.keys[rows], found.shape)], axis=1)
                best = np.argpartition(-every, count - 1, axis=1)[:, :count]
                products, keys = np.take_along_axis(every, best, 1), np.take_along_axis(named, best, 1)
        order = np.lexsort((keys, -products), axis=1)
        keys, products = np.take_along_axis(keys, order, 1), np.take_along_axis(products, order, 1)
        return np.where(np.isneginf(products), -1, keys), products

    def save(self, folder: Path) -> None:
        """Write all into the folder and go on with what was written."""
        with self._lock:
            parts = [(part.keys[part.alive], part.vectors[part.alive]) for part in self._state]
            keys = np.concatenate([part for part, _ in parts])
            order = np.argsort(keys)
            vectors = np.concatenate([part.astype(np.float16) for _, part in parts])
            stored.write(folder, {"keys": keys[order], "vectors": vectors[order]}, {})
            self._state = (type(self).open(folder)._state[0], _empty(self._width))

    def close(self) -> None:
        """Nothing is held open that the memory map does not hold itself."""


def _empty(width: int) -> _Part:
    return _Part(np.zeros(0, np.int64), np.zeros((0, width), np.float32), np.zeros(0, np.bool_))
