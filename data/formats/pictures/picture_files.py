"""Find pictures in a folder or a tar archive by the names that label files give them."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path, PurePosixPath

from data.formats import tar
from data.formats.errors import FormatError, RejectedRow, reject_row
from data.formats.pictures.validation import validate_name
from data.image import MOST_BYTES
from data.records import Place

_TARS = (".tar", ".tar.gz", ".tgz")


class PictureFiles:
    """The pictures of a folder and its subfolders, or of a tar archive, which is read without unpacking it.

    Regular files are listed once and links are not followed. A name only selects from that list, so it cannot reach a file
    elsewhere.
    """

    def __init__(self, place: Path) -> None:
        """List the pictures of a folder or an archive.

        Raises:
            FormatError: The path is neither a folder nor a complete tar archive.
        """
        self.place = place
        if place.is_dir():
            found = _in_folder(place)
        elif place.is_file():
            found = tar.list_files(place)
        else:
            raise FormatError(
                f"There are no pictures at {place}; expected a folder, or a .tar or .tar.gz. Give the right path."
            )
        self._sizes: dict[str, int] = {}
        self._paths: dict[str, str] = {}
        self._names: dict[str, list[str]] = {}
        for name, size in found:
            if name not in self._sizes:
                self._paths[_plain(name)] = name
                self._names.setdefault(PurePosixPath(_plain(name)).name, []).append(name)
            # A tar archive may hold a name twice.
            self._sizes[name] = max(size, self._sizes.get(name, 0))

    def __len__(self) -> int:
        return len(self._sizes)

    @property
    def names(self) -> tuple[str, ...]:
        """The paths of all files inside the folder or archive: sorted, or in the order of the archive."""
        return tuple(self._sizes)

    def read(self, names: Iterable[str]) -> Iterator[tuple[str, bytes] | RejectedRow]:
        """Yield the bytes of each named picture once; a RejectedRow for each that is missing or cannot be used.

        A name is a whole path, or the last part of the path of exactly one file. Rejected names come first, with their
        position among those given. The pictures of an archive come in its order.

        Raises:
            FormatError: The archive is damaged.
            OSError: The archive cannot be read.
        """
        wanted: dict[str, list[tuple[int, str]]] = {}
        for number, name in enumerate(dict.fromkeys(names), 1):
            found, reason = self._find(name)
            if reason:
                yield reject_row(Place(self.place.name, number), name, reason)
            else:
                wanted.setdefault(found, []).append((number, name))
        for found, content in self._contents(tuple(wanted)):
            for number, name in wanted.pop(found, ()):
                if isinstance(content, bytes):
                    yield name, content
                else:
                    yield reject_row(Place(self.place.name, number), name, f"the file cannot be read ({content})")

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
            return "", f"the file has {size / 2**20:.0f} MB; at most {MOST_BYTES // 2**20} MB are allowed"
        return found[0], None

    def _contents(self, wanted: Collection[str]) -> Iterator[tuple[str, bytes | OSError]]:
        if self.place.is_dir():
            for name in wanted:
                try:
                    yield name, (self.place / name).read_bytes()
                except OSError as error:
                    # One file that is locked, or gone since it was listed, does not stop the others.
                    yield name, error
        else:
            yield from tar.read(self.place, wanted=frozenset(wanted).__contains__)


def find_pictures(labels: Path) -> Path:
    """Return where the pictures of a label file are by default.

    That is a folder or archive beside it called images, pictures or like the file; else the folder of the file.
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
    """Return a name for comparison: letters composed (NFC), forward slashes."""
    return str(PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")))
