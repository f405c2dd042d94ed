"""Features of many pictures on disk, so that trainings read them rather than see every picture anew.

A folder holds parts, each of the maps float16 [B, C, H', W'] and the pooled vectors float32 [B, C] of some pictures, and
index.json, which names the encoder and the pictures of each part. A part is in the index once both its files are whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from data.atomic_file import open_atomic, write_atomic
from data.corpora import pictures as corpora
from data.image import PictureError
from vqa.encoder.infer import Encoder, Features, Floats

INDEX = "index.json"
PART = 256
"""The most pictures of a part: what an interruption costs at most."""

Halves = NDArray[np.float16]


class StoreError(ValueError):
    """Stored features that cannot be used: which, why, and what to do."""


class Store:
    """The stored features of one folder, or of several as if they were one."""

    def __init__(self, *folders: Path) -> None:
        """Raises StoreError for a folder that holds none or damaged ones, for folders of different encoders, and for a picture
        that is in two of them.
        """
        if not folders:
            raise StoreError("a store needs at least one folder")
        self._maps: list[Halves] = []
        pooled: list[Floats] = []
        self._places: dict[str, tuple[int, int, int]] = {}
        self.refused: dict[str, str] = {}
        """Why there are no features of a picture, by its name."""
        self.encoder = ""
        for folder in folders:
            index = _index(folder)
            if self.encoder not in ("", index["encoder"]):
                raise StoreError(
                    f"the features in {folder} are of the encoder {index['encoder']}, those in {folders[0]} of {self.encoder}; "
                    "store them all with one encoder"
                )
            self.encoder = index["encoder"]
            self.refused |= index["refused"]
            for number, names in enumerate(index["parts"]):
                maps, vectors = (_array(folder, kind, number) for kind in ("maps", "pooled"))
                if len(maps) != len(names) or len(vectors) != len(names):
                    raise StoreError(
                        f"part {number} in {folder} has {len(maps)} maps for {len(names)} pictures; {_again(folder)}"
                    )
                first = len(self._places)
                places = {name: (len(self._maps), row, first + row) for row, name in enumerate(names)}
                if double := sorted(places.keys() & self._places.keys()):
                    raise StoreError(f"the picture {double[0]} is stored twice, also in {folder}; leave one folder out")
                self._places |= places
                self._maps.append(maps)
                pooled.append(vectors)
        self._pooled = np.concatenate(pooled) if pooled else np.zeros((0, 0), dtype=np.float32)

    @property
    def names(self) -> tuple[str, ...]:
        """The pictures there are features of, in the order they were stored."""
        return tuple(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def maps(self, names: Sequence[str]) -> Halves:
        """float16 [B, C, H', W'] of these pictures. Raises StoreError for one that is not there."""
        places = [self._place(name) for name in names]
        return np.stack([self._maps[part][row] for part, row, _ in places])

    def pooled(self, names: Sequence[str]) -> Floats:
        """float32 [B, C] of these pictures. Raises StoreError for one that is not there."""
        return self._pooled[[self._place(name)[2] for name in names]]

    def features(self, name: str) -> Features:
        """The features of a picture, its map as exact as 16 bits are. Raises StoreError if it is not there."""
        return Features(self.maps([name])[0].astype(np.float32), self.pooled([name])[0], self.encoder)

    def _place(self, name: str) -> tuple[int, int, int]:
        try:
            return self._places[name]
        except KeyError:
            why = self.refused.get(name, f"there are {len(self)} others")
            raise StoreError(f"there are no features of the picture {name!r}: {why}") from None


def store(encoder: Encoder, pictures: Iterable[tuple[str, bytes]], folder: Path, total: int | None = None) -> Store:
    """The store in the folder, with the features of all these pictures, each by its name.

    What is stored already is not seen anew, so the same call goes on after an interruption. Pictures that cannot be opened are
    left out and listed in Store.refused. total is for the progress bar. Raises StoreError if the folder holds features of
    another encoder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / INDEX).exists():
        _write_index(folder, {"encoder": encoder.version, "parts": [], "refused": {}})
    index = _index(folder)
    if index["encoder"] != encoder.version:
        raise StoreError(
            f"{folder} holds features of the encoder {index['encoder']}, not of {encoder.version}; remove it, or name another"
        )
    known = {*index["refused"], *(name for names in index["parts"] for name in names)}
    fresh: dict[str, Features] = {}
    for name, picture in tqdm(pictures, total=total, desc=folder.name, mininterval=1.0):
        if name in known:
            continue
        known.add(name)
        try:
            fresh[name] = encoder.features(picture)
        except PictureError as error:
            index["refused"][name] = str(error)
        if len(fresh) == PART:
            _add(folder, index, fresh)
            fresh = {}
    _add(folder, index, fresh)
    return Store(folder)


def of_corpora(encoder: Encoder, names: Iterable[str], folder: Path) -> dict[str, Store]:
    """The stores of these sets of pictures (data.corpora.pictures), each in a folder of its own within one of the encoder.

    Raises CorpusError, StoreError.
    """
    own = folder / tag(encoder.version)
    return {
        name: store(encoder, corpora.iterate_pictures(name), own / name.replace("/", "-"), corpora.SETS[name])
        for name in names
    }


def tag(version: str) -> str:
    """The version of an encoder as a part of a file's name: what was made with one must not be taken for another's.

    >>> tag("encoder 0123456789ab")
    'encoder-0123456789ab'
    """
    return version.replace(" ", "-")


def _add(folder: Path, index: dict[str, Any], fresh: dict[str, Features]) -> None:
    if fresh:
        number = len(index["parts"])
        maps = np.stack([one.map for one in fresh.values()])
        _put(folder / _file("maps", number), maps.astype(np.float16))
        _put(folder / _file("pooled", number), np.stack([one.pooled for one in fresh.values()]))
        index["parts"].append(list(fresh))
    _write_index(folder, index)


def _file(kind: str, number: int) -> str:
    return f"{kind}-{number:05d}.npy"


def _put(path: Path, array: NDArray[Any]) -> None:
    with open_atomic(path) as file:
        np.save(file, array, allow_pickle=False)


def _write_index(folder: Path, index: dict[str, Any]) -> None:
    write_atomic(folder / INDEX, json.dumps(index, ensure_ascii=False))


def _index(folder: Path) -> dict[str, Any]:
    path = folder / INDEX
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return {"encoder": str(raw["encoder"]), "parts": list(raw["parts"]), "refused": dict(raw["refused"])}
    except FileNotFoundError:
        raise StoreError(f"there are no stored features in {folder}: {INDEX} is missing; store some first") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path} cannot be read ({error}); {_again(folder)}") from error


def _array(folder: Path, kind: str, number: int) -> Any:
    path = folder / _file(kind, number)
    try:
        return np.load(path, mmap_mode="r" if kind == "maps" else None, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise StoreError(f"{path} cannot be read ({error}); {_again(folder)}") from error


def _again(folder: Path) -> str:
    return f"remove {folder} and store its pictures again"
