"""Pictures in a folder or in a tar: looked up by the names that label files have for them, and never anywhere else."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from data.formats import tar
from data.formats.errors import FormatError, RejectedRow, reject_row
from data.formats.pictures.validation import validate_name
from data.image import MOST_BYTES
from data.records import Place

_TARS = (".tar", ".tar.gz", ".tgz")


class PictureFiles:
    """The pictures of a folder, with the folders in it, or of a tar, which is read without unpacking it.

    What is there is listed once, regular files only: links are not followed, and a name from outside only ever selects from the
    list. So no name reaches out of the place.
    """

    def __init__(self, place: Path) -> None:
        """The pictures at a place. Raises FormatError where there is no folder and no whole tar."""
        self.place = place
        if place.is_dir():
            found = _in_folder(place)
        elif place.is_file():
            found = tar.list_files(place)
        else:
            raise FormatError(
                f"There are no pictures at {place}; expected a folder, or a .tar or .tar.gz. Name its place."
            )
        self._sizes: dict[str, int] = {}
        self._paths: dict[str, str] = {}
        self._names: dict[str, list[str]] = {}
        for name, size in found:
            if name not in self._sizes:
                self._paths[_plain(name)] = name
                self._names.setdefault(PurePosixPath(_plain(name)).name, []).append(name)
            # A tar may hold a name twice.
            self._sizes[name] = max(size, self._sizes.get(name, 0))

    def __len__(self) -> int:
        return len(self._sizes)

    def read(self, names: Iterable[str]) -> Iterator[tuple[str, bytes] | RejectedRow]:
        """The bytes of each picture named, once, by the name given; a Refusal for each that is missing or cannot be used.

        A name is that of the whole path, or else the last part of the path of just one file. Refusals come first, with the
        place of the name among those given; of a tar the pictures come in its order. Raises FormatError and OSError.
        """
        wanted: dict[str, list[str]] = {}
        for number, name in enumerate(dict.fromkeys(names), 1):
            found, fault = self._find(name)
            if fault:
                yield reject_row(Place(self.place.name, number), name, fault)
            else:
                wanted.setdefault(found, []).append(name)
        for found, content in self._contents(wanted):
            for name in wanted.pop(found, ()):
                yield name, content

    def _find(self, name: str) -> tuple[str, str | None]:
        if fault := validate_name(name):
            return "", fault
        plain = _plain(name)
        whole = self._paths.get(plain)
        found = [whole] if whole is not None else self._names.get(PurePosixPath(plain).name, [])
        if not found:
            return "", f"there is no such file in {self.place.name}"
        if len(found) > 1:
            return "", f"there are {len(found)} such files in {self.place.name}: {found[0]}, {found[1]}"
        size = self._sizes[found[0]]
        if size > MOST_BYTES:
            return "", f"the file has {size / 2**20:.0f} MB; at most {MOST_BYTES // 2**20} MB are taken"
        return found[0], None

    def _contents(self, wanted: dict[str, list[str]]) -> Iterator[tuple[str, bytes]]:
        if self.place.is_dir():
            for name in tuple(wanted):
                yield name, (self.place / name).read_bytes()
        else:
            yield from tar.read(self.place, wanted=lambda name: name in wanted)


def find_pictures(labels: Path) -> Path:
    """Where the pictures of a label file lie if nobody says: images or pictures beside it, a folder or a tar, or a tar of the
    file's own name; else the folder of the file.
    """
    folder = labels.parent
    stem = labels.name.split(".")[0]
    for name in ("images", "pictures", stem):
        for suffix in ("", *_TARS):
            place = folder / f"{name}{suffix}"
            if place.is_dir() if not suffix else place.is_file():
                return place
    return folder


def _in_folder(folder: Path) -> Iterator[tuple[str, int]]:
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            path = Path(parent, file)
            found = path.lstat()
            if stat.S_ISREG(found.st_mode):
                yield path.relative_to(folder).as_posix(), found.st_size


def _plain(name: str) -> str:
    """The name as it is compared: its letters composed, as most file systems have them, and slashes only where they part."""
    return str(PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")))
