"""Vector index in local files: an immutable stored part, and later changes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval import array_files, sign_hash
from retrieval.array_files import DamagedIndexError
from retrieval.postings import Bools, Floats

Keys = NDArray[np.int64]
MAX_EXACT = 20_000
"""Up to this many stored vectors every one is looked at, which takes a millisecond; of more, those that the signs name."""

# Of a million vectors of questions the 10 nearest are among so many by sign in 99.6 of 100 cases.
_CANDIDATES = 3_000
_BLOCK = 65_536
_RATIO = 4


class UnreachableError(ConnectionError):
    """Vectors on another machine that cannot be reached now: where, why, what to do."""


class VectorIndex(Protocol):
    """Unit vectors float32 [D] by key, a non-negative int64; thread-safe."""

    @property
    def size(self) -> int:
        """How many vectors there are."""
        ...

    @property
    def width(self) -> int:
        """D."""
        ...

    def add(self, keys: Keys, vectors: Floats) -> None:
        """Add vectors [N, D] under keys [N]; existing ones are replaced.

        Of a key given twice the last vector counts.
        """
        ...

    def remove(self, keys: Keys) -> None:
        """Remove the vectors under these keys; unknown keys are ignored."""
        ...

    def search(self, queries: Floats, count: int) -> tuple[Keys, Floats]:
        """Return the keys with the highest inner products, best first.

        Args:
            queries: float32 [Q, D].

        Returns:
            Keys and products, [Q, count] each; where there are fewer, keys are -1 and products -inf.
        """
        ...

    def save(self, folder: Path) -> None:
        """Replace the content of the folder by all vectors.

        Raises:
            OSError: For instance on a full disk; the previous content can still be opened then.
        """
        ...

    def clear(self) -> None:
        """Remove all vectors."""
        ...

    def close(self) -> None:
        """Close files and connections."""
        ...


@dataclass(frozen=True)
class _Part:
    """Vectors in rows, with sign codes if there are many.

    keys are int64 [N], sorted; vectors [N, D]; live bool [N].
    """

    keys: Keys
    vectors: NDArray[np.float16] | Floats
    live: Bools
    directions: Floats | None = None
    codes: sign_hash.Codes | None = None

    @classmethod
    def of(cls, keys: Keys, vectors: NDArray[np.float16] | Floats) -> _Part:
        order = np.argsort(keys)
        return cls(keys[order], vectors[order], np.ones(len(keys), np.bool_))

    def without(self, keys: Keys) -> _Part:
        if not len(self.keys):
            return self
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        places = places[self.keys[places] == keys]
        if not self.live[places].any():
            return self
        live = self.live.copy()
        live[places] = False
        return replace(self, live=live)

    @cached_property
    def live_count(self) -> int:
        return int(self.live.sum())

    def search(self, queries: Floats, count: int) -> tuple[Keys, Floats]:
        if self.directions is None or self.codes is None:
            return self._search_all(queries, count)
        # Deleted vectors are still among the candidates.
        asked = max(_CANDIDATES, 4 * count) * len(self.keys) // max(self.live_count, 1)
        rows = sign_hash.find_candidates(
            self.codes, sign_hash.encode_signs(queries, self.directions), min(asked, len(self.keys))
        )
        found = [self._search_rows(np.sort(row), query[None], count) for row, query in zip(rows, queries, strict=True)]
        keys, products = zip(*found, strict=True)
        return np.concatenate(keys), np.concatenate(products)

    def _search_all(self, queries: Floats, count: int) -> tuple[Keys, Floats]:
        found = _build_empty(len(queries), 0)
        for first in range(0, len(self.keys), _BLOCK):
            found = _select_best(count, found, self._search_rows(slice(first, first + _BLOCK), queries, count))
        return found

    def _search_rows(self, rows: slice | NDArray[np.int64], queries: Floats, count: int) -> tuple[Keys, Floats]:
        """Return the best of these rows, fewer than count if there are not so many."""
        products = queries @ self.vectors[rows].astype(np.float32, copy=False).T
        products[:, ~self.live[rows]] = -np.inf
        return _select_best(count, (np.broadcast_to(self.keys[rows], products.shape), products))


class LocalVectorIndex:
    """An index of a stored, memory-mapped part and of what was added since.

    It is exact while the stored part has at most MAX_EXACT vectors. More are stored in half precision; all are compared with
    the query by their signs, and the best of these by their values.
    """

    def __init__(self, width: int, base: _Part | None = None) -> None:
        self._width = width
        self._lock = threading.Lock()
        # The stored part, then what was added. Replaced in one step: a search sees the state before a change or after it.
        self._parts: tuple[_Part, ...] = (base or self._build_empty_part(),)

    @classmethod
    def open(cls, folder: Path) -> LocalVectorIndex:
        """Open the vectors that were saved in the folder.

        Raises:
            DamagedIndexError: They are damaged or missing.
        """
        found = array_files.open(folder)
        try:
            keys, vectors = found.arrays["keys"], found.arrays["vectors"]
            live = np.ones(len(keys), np.bool_)
            base = _Part(keys, vectors, live, found.arrays.get("directions"), found.arrays.get("codes"))
            return cls(vectors.shape[1], base)
        except (KeyError, IndexError) as error:
            raise DamagedIndexError(
                f"{found.folder} holds no vectors: {error}. Delete {folder}: it is made again from the knowledge at the next "
                "start."
            ) from error

    @property
    def size(self) -> int:
        """How many vectors there are."""
        return sum(part.live_count for part in self._parts)

    @property
    def width(self) -> int:
        """The number of values in a vector."""
        return self._width

    def add(self, keys: Keys, vectors: Floats) -> None:
        """Add the vectors under the keys.

        Raises:
            ValueError: The vectors have another width.
        """
        if vectors.ndim != 2 or vectors.shape != (len(keys), self._width):
            raise ValueError(
                f"vectors of shape {vectors.shape} for {len(keys)} keys; expected ({len(keys)}, {self._width})"
            )
        # np.unique keeps the first of equal keys: from behind, that is the last one given.
        new, first = np.unique(keys[::-1], return_index=True)
        with self._lock:
            base, *fresh = (part.without(new) for part in self._parts)
            fresh.append(_Part.of(new, np.asarray(vectors[::-1][first], np.float32)))
            # As in the inverted indexes of words: a vector is moved a few times in its life.
            while len(fresh) > 1 and len(fresh[-2].keys) <= _RATIO * len(fresh[-1].keys):
                fresh[-2:] = [_merge(fresh[-2:])]
            self._parts = (base, *fresh)

    def remove(self, keys: Keys) -> None:
        """Remove the vectors under these keys."""
        with self._lock:
            self._parts = tuple(part.without(keys) for part in self._parts)

    def clear(self) -> None:
        """Remove all vectors."""
        with self._lock:
            self._parts = (self._build_empty_part(),)

    def search(self, queries: Floats, count: int) -> tuple[Keys, Floats]:
        """Return the nearest keys and their inner products."""
        keys, products = _select_best(
            count, _build_empty(len(queries), count), *(part.search(queries, count) for part in self._parts)
        )
        order = np.lexsort((keys, -products), axis=1)
        keys, products = np.take_along_axis(keys, order, 1), np.take_along_axis(products, order, 1)
        return np.where(np.isneginf(products), -1, keys), products

    def save(self, folder: Path) -> None:
        """Write all vectors into the folder and go on with the written ones."""
        with self._lock:
            many = self.size > MAX_EXACT
            whole = _merge(self._parts, np.float16 if many else np.float32)
            arrays: dict[str, NDArray[Any]] = {"keys": whole.keys, "vectors": whole.vectors}
            if many:
                directions = sign_hash.build_projections(self._width)
                arrays |= {"directions": directions, "codes": sign_hash.encode_signs(whole.vectors, directions)}
            array_files.write(folder, arrays, {})
            self._parts = type(self).open(folder)._parts

    def close(self) -> None:
        """Do nothing: only the memory map holds a file."""

    def _build_empty_part(self) -> _Part:
        return _Part.of(np.zeros(0, np.int64), np.zeros((0, self._width), np.float32))


def _merge(parts: Sequence[_Part], dtype: type[np.float16 | np.float32] = np.float32) -> _Part:
    """Return one part with the live vectors of several."""
    vectors = [part.vectors[part.live].astype(dtype, copy=False) for part in parts]
    return _Part.of(np.concatenate([part.keys[part.live] for part in parts]), np.concatenate(vectors))


def _build_empty(queries: int, count: int) -> tuple[Keys, Floats]:
    return np.full((queries, count), -1, np.int64), np.full((queries, count), -np.inf, np.float32)


def _select_best(count: int, *found: tuple[Keys, Floats]) -> tuple[Keys, Floats]:
    """Return the best of everything that was found, in no order."""
    keys, products = (np.concatenate(column, axis=1) for column in zip(*found, strict=True))
    if keys.shape[1] <= count:
        return keys, products
    best = np.argpartition(-products, count - 1, axis=1)[:, :count]
    return np.take_along_axis(keys, best, 1), np.take_along_axis(products, best, 1)
