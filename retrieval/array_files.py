"""Arrays on disk: written atomically, memory-mapped, and checked when opened.

    FOLDER/current            the name of the generation that counts, one line
    FOLDER/GENERATION/        about.json, NAME.npy for each array, and the files of other libraries

A new generation is complete on the disk before current names it, in one step, so a full disk or a cut wire leaves the old one.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_CURRENT = "current"
_ABOUT = "about.json"
_NEW = "new-"
# Reading all of a large file would take longer than opening may; a torn write shows at the end, a wrong file at the beginning.
_CHECKED = 1 << 20
_ABANDONED = 3600.0
_LOCK = threading.Lock()


class DamagedIndexError(Exception):
    """Stored arrays that cannot be used.

    The message says which file, what was expected, what was found, and what repairs it.
    """


@dataclass(frozen=True)
class StoredArrays:
    """An opened generation: its metadata, its arrays, and its folder.

    The arrays are read-only memory maps by name; other files lie in the folder.
    """

    about: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]
    folder: Path


def write(
    folder: Path,
    arrays: Mapping[str, NDArray[Any]],
    about: Mapping[str, Any],
    files: Mapping[str, Callable[[Path], object]] | None = None,
) -> None:
    """Replace the content of the folder by these arrays.

    Args:
        about: JSON-ready metadata.
        files: Further files, each written by the function under its name.

    Raises:
        OSError: For instance on a full disk; the previous content can still be opened then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = secrets.token_hex(8)
    new = folder / f"{_NEW}{name}"
    new.mkdir()
    try:
        for array_name, array in arrays.items():
            with (new / f"{array_name}.npy").open("wb") as file:
                np.save(file, array, allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
        for file_name, make in (files or {}).items():
            make(new / file_name)
            with (new / file_name).open("rb+") as file:
                os.fsync(file.fileno())
        written = {path.name: _fingerprint(path) for path in sorted(new.iterdir())}
        text = json.dumps({"about": dict(about), "arrays": sorted(arrays), "files": written}, ensure_ascii=False)
        _write(new / _ABOUT, text)
        with _LOCK:
            before = _read_current(folder)
            new.rename(folder / name)
            _write(folder / f"{_NEW}{_CURRENT}", name)
            (folder / f"{_NEW}{_CURRENT}").replace(folder / _CURRENT)
            _sync_folder(folder)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    # Whoever still has the old generation open keeps it until he lets go. Another writer may have finished a newer one meanwhile,
    # so only what this one replaced is removed, and after an hour what a cut wire left.
    for old in folder.iterdir():
        if not old.is_dir() or old.name == name:
            continue
        with suppress(FileNotFoundError):  # the other writer removes as well
            if old.name == before or time.time() - old.stat().st_mtime > _ABANDONED:
                shutil.rmtree(old, ignore_errors=True)


def _read_current(folder: Path) -> str | None:
    """Return the name of the current generation; None if there is none."""
    try:
        return (folder / _CURRENT).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None


def exists(folder: Path) -> bool:
    """Return whether anything was ever written to the folder."""
    return (folder / _CURRENT).exists()


def open(folder: Path) -> StoredArrays:
    """Return the arrays in the folder as read-only memory maps.

    Sizes are checked, and the first and last MiB of each file: a flipped bit in the middle of a large one is not found.

    Raises:
        DamagedIndexError: A file is damaged, or nothing was written.
    """
    while True:
        name = _read_current(folder)
        try:
            return _open(folder)
        except DamagedIndexError:
            # A writer may have put the next generation in place between two of our steps, and removed this one.
            if name == _read_current(folder):
                raise


def _open(folder: Path) -> StoredArrays:
    try:
        name = (folder / _CURRENT).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged_error(folder / _CURRENT, "the name of a generation", str(error)) from error
    generation = folder / name
    if not name.isalnum() or not generation.is_dir():
        raise _damaged_error(folder / _CURRENT, "the name of a folder beside it", repr(name[:40]))
    try:
        described = json.loads((generation / _ABOUT).read_text(encoding="utf-8"))
        files: Mapping[str, Any] = described["files"]
        about, names = described["about"], list(described["arrays"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged_error(generation / _ABOUT, "a description of the files", str(error)) from error
    for file, expected in files.items():
        try:
            found = _fingerprint(generation / file)
        except OSError as error:
            raise _damaged_error(generation / file, f"{expected['bytes']} bytes", str(error)) from error
        if found != expected:
            wrong = "bytes" if found["bytes"] != expected["bytes"] else "crc32"
            raise _damaged_error(generation / file, f"{wrong} {expected[wrong]}", f"{found[wrong]}")
    return StoredArrays(about, {name: _map_array(generation, f"{name}.npy") for name in names}, generation)


def _map_array(generation: Path, file: str) -> NDArray[Any]:
    try:
        # An array without a value has nothing that could be mapped.
        array: NDArray[Any] = np.load(generation / file, mmap_mode="r", allow_pickle=False)
        # A plain array over the same map: slicing np.memmap costs more than most of what is done with a slice.
        array = array.view(np.ndarray)
    except OSError as error:
        raise _damaged_error(generation / file, "an array", str(error)) from error
    except ValueError:
        try:
            array = np.load(generation / file, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise _damaged_error(generation / file, "an array", str(error)) from error
    return array


def _fingerprint(path: Path) -> dict[str, int]:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        check = zlib.crc32(file.read(_CHECKED))
        if size > _CHECKED:
            file.seek(max(_CHECKED, size - _CHECKED))
            check = zlib.crc32(file.read(_CHECKED), check)
    return {"bytes": size, "crc32": check}


def _damaged_error(path: Path, expected: str, found: str) -> DamagedIndexError:
    index = path.parent if path.name == _CURRENT else path.parent.parent
    return DamagedIndexError(
        f"{path} is damaged: expected {expected}, found {found}. Delete {index}: it is made again from the knowledge at the "
        "next start."
    )


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
