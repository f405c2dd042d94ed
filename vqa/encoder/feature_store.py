"""Features of many pictures on disk, so that training does not encode them again.

A folder holds parts, each of the maps float16 [B, C, H', W'], the pooled vectors float32 [B, C] and, if the encoder names
classes, their probabilities float16 [B, 1000] of some pictures, and index.json, which names the encoder and the pictures of
each part. A part is listed in the index once its files are complete.
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
PART_SIZE = 256
"""The most pictures of a part, which is also the most that an interruption loses."""

Halves = NDArray[np.float16]


class FeatureStoreError(ValueError):
    """Stored features that cannot be used.

    The message says which, why, and what to do.
    """


class FeatureStore:
    """The stored features of one folder, or of several folders as if they were one."""

    def __init__(self, *folders: Path) -> None:
        """Open the features of the folders.

        Raises:
            FeatureStoreError: A folder holds no features or damaged ones, the folders are of different encoders, or a picture is
                in two of them.
        """
        if not folders:
            raise FeatureStoreError("a store needs at least one folder")
        self.folders = folders
        self._maps: list[Halves] = []
        pooled: list[Floats] = []
        classes: list[Floats] = []
        self._places: dict[str, tuple[int, int, int]] = {}
        self.unreadable: dict[str, str] = {}
        """By picture name, the reason why the picture could not be encoded."""
        self.encoder = ""
        for folder in folders:
            index = _read_index(folder)
            if self.encoder not in ("", index["encoder"]):
                raise FeatureStoreError(
                    f"the features in {folder} are of the encoder {index['encoder']}, those in {folders[0]} of {self.encoder}; "
                    "store them all with one encoder"
                )
            self.encoder = index["encoder"]
            self.unreadable |= index["refused"]
            for number, names in enumerate(index["parts"]):
                maps, vectors = (_read_array(folder, kind, number) for kind in ("maps", "pooled"))
                if len(maps) != len(names) or len(vectors) != len(names):
                    raise FeatureStoreError(
                        f"part {number} in {folder} has {len(maps)} maps for {len(names)} pictures; {_advise_rebuild(folder)}"
                    )
                first = len(self._places)
                places = {name: (len(self._maps), row, first + row) for row, name in enumerate(names)}
                if double := sorted(places.keys() & self._places.keys()):
                    raise FeatureStoreError(
                        f"the picture {double[0]} is stored twice, also in {folder}; leave one folder out"
                    )
                self._places |= places
                self._maps.append(maps)
                pooled.append(vectors)
                if (folder / _file_name("classes", number)).exists():
                    classes.append(_read_array(folder, "classes", number).astype(np.float32))
        self._pooled = np.concatenate(pooled) if pooled else np.zeros((0, 0), dtype=np.float32)
        # All pictures or none, since they are of one encoder.
        self._classes = np.concatenate(classes) if classes and len(classes) == len(pooled) else None

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the pictures, in the order they were stored."""
        return tuple(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def load_maps(self, names: Sequence[str]) -> Halves:
        """Return the maps of these pictures as float16 [B, C, H', W'].

        Raises:
            FeatureStoreError: A picture is not in the store.
        """
        places = [self._place(name) for name in names]
        return np.stack([self._maps[part][row] for part, row, _ in places])

    def load_pooled(self, names: Sequence[str]) -> Floats:
        """Return the pooled vectors of these pictures as float32 [B, C].

        Raises:
            FeatureStoreError: A picture is not in the store.
        """
        return self._pooled[[self._place(name)[2] for name in names]]

    def load_classes(self, names: Sequence[str]) -> Floats | None:
        """Return the class probabilities of these pictures as float32 [B, 1000]; None if the encoder names no classes.

        Raises:
            FeatureStoreError: A picture is not in the store.
        """
        rows = [self._place(name)[2] for name in names]
        return None if self._classes is None else self._classes[rows]

    def load(self, name: str) -> Features:
        """Return the features of one picture; its map has the precision of 16 bits.

        Raises:
            FeatureStoreError: The picture is not in the store.
        """
        classes = self.load_classes([name])
        return Features(
            self.load_maps([name])[0].astype(np.float32),
            self.load_pooled([name])[0],
            self.encoder,
            None if classes is None else classes[0],
        )

    def _place(self, name: str) -> tuple[int, int, int]:
        try:
            return self._places[name]
        except KeyError:
            why = self.unreadable.get(name, f"there are {len(self)} others")
            raise FeatureStoreError(f"there are no features of the picture {name!r}: {why}") from None


def store_features(
    encoder: Encoder, pictures: Iterable[tuple[str, bytes]], folder: Path, total: int | None = None
) -> FeatureStore:
    """Encode pictures and store their features in a folder.

    Pictures that are stored already are not encoded again, so the same call continues after an interruption. Pictures that cannot
    be opened are left out and listed in FeatureStore.unreadable.

    Args:
        encoder: Encodes the pictures.
        pictures: The name and the file's bytes of each picture.
        folder: Where the features are stored.
        total: The number of pictures, for the progress bar.

    Returns:
        The store of the folder.

    Raises:
        FeatureStoreError: The folder holds features of another encoder, or damaged ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / INDEX).exists():
        _write_index(folder, {"encoder": encoder.version, "parts": [], "refused": {}})
    index = _read_index(folder)
    if index["encoder"] != encoder.version:
        raise FeatureStoreError(
            f"{folder} holds features of the encoder {index['encoder']}, not of {encoder.version}; remove it, or name another"
        )
    known = {*index["refused"], *(name for names in index["parts"] for name in names)}
    fresh: dict[str, Features] = {}
    for name, picture in tqdm(pictures, total=total, desc=folder.name, mininterval=1.0):
        if name in known:
            continue
        known.add(name)
        try:
            fresh[name] = encoder.encode(picture)
        except PictureError as error:
            index["refused"][name] = str(error)
        if len(fresh) == PART_SIZE:
            _append_part(folder, index, fresh)
            fresh = {}
    _append_part(folder, index, fresh)
    return FeatureStore(folder)


def store_corpora(encoder: Encoder, names: Iterable[str], folder: Path) -> dict[str, FeatureStore]:
    """Store the features of picture sets and return their stores by name.

    Args:
        encoder: Encodes the pictures.
        names: Names of sets in data.corpora.pictures.
        folder: Gets one folder for the encoder, and in it one for each set.

    Raises:
        CorpusError: A set is missing.
        FeatureStoreError: Stored features are damaged.
    """
    own = folder / file_tag(encoder.version)
    return {
        name: store_features(encoder, corpora.iterate_pictures(name), own / name.replace("/", "-"), corpora.SETS[name])
        for name in names
    }


def combine(stores: Sequence[FeatureStore]) -> FeatureStore:
    """Return the pictures of several stores as one store.

    Raises:
        FeatureStoreError: The stores are of different encoders, or a picture is in two of them.
    """
    return FeatureStore(*(folder for store in stores for folder in store.folders))


def file_tag(version: str) -> str:
    """Return the version of an encoder as a part of a file name.

    It keeps apart what was computed with different encoders.

    >>> file_tag("encoder 0123456789ab")
    'encoder-0123456789ab'
    """
    return version.replace(" ", "-")


def _append_part(folder: Path, index: dict[str, Any], fresh: dict[str, Features]) -> None:
    if fresh:
        number = len(index["parts"])
        maps = np.stack([features.map for features in fresh.values()])
        _write_array(folder / _file_name("maps", number), maps.astype(np.float16))
        _write_array(folder / _file_name("pooled", number), np.stack([features.pooled for features in fresh.values()]))
        classes = [features.classes for features in fresh.values() if features.classes is not None]
        if classes:
            _write_array(folder / _file_name("classes", number), np.stack(classes).astype(np.float16))
        index["parts"].append(list(fresh))
    _write_index(folder, index)


def _file_name(kind: str, number: int) -> str:
    return f"{kind}-{number:05d}.npy"


def _write_array(path: Path, array: NDArray[Any]) -> None:
    with open_atomic(path) as file:
        np.save(file, array, allow_pickle=False)


def _write_index(folder: Path, index: dict[str, Any]) -> None:
    write_atomic(folder / INDEX, json.dumps(index, ensure_ascii=False))


def _read_index(folder: Path) -> dict[str, Any]:
    path = folder / INDEX
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return {"encoder": str(raw["encoder"]), "parts": list(raw["parts"]), "refused": dict(raw["refused"])}
    except FileNotFoundError:
        raise FeatureStoreError(
            f"there are no stored features in {folder}: {INDEX} is missing; store some first"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FeatureStoreError(f"{path} cannot be read ({error}); {_advise_rebuild(folder)}") from error


def _read_array(folder: Path, kind: str, number: int) -> Any:
    path = folder / _file_name(kind, number)
    try:
        return np.load(path, mmap_mode="r" if kind == "maps" else None, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise FeatureStoreError(f"{path} cannot be read ({error}); {_advise_rebuild(folder)}") from error


def _advise_rebuild(folder: Path) -> str:
    return f"remove {folder} and store its pictures again"
