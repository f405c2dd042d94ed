"""A tar, plain or compressed, read from its beginning to its end: nothing of it is ever written to the disk."""

from __future__ import annotations

import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from data.formats.errors import FormatError


def list_files(path: Path) -> Iterator[tuple[str, int]]:
    """The name and the bytes of each regular file in the tar, in its order. Raises FormatError for what is no whole tar."""
    for _, member in _iterate_files(path):
        yield member.name, member.size


def read(path: Path, wanted: Callable[[str], bool] = lambda name: True) -> Iterator[tuple[str, bytes]]:
    """The name and the content of each regular file in the tar that is wanted, in its order.

    Links, devices and folders are passed over. Raises FormatError for what is no whole tar, and OSError if it cannot be read.
    """
    for archive, member in _iterate_files(path):
        if wanted(member.name) and (file := archive.extractfile(member)):
            try:
                content = file.read()
            except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError) as error:
                raise _build_error(path, error) from error
            yield member.name, content


def _iterate_files(path: Path) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                # isreg is also true of sparse files, which may claim any size and hold nothing.
                if member.isreg() and not member.issparse():
                    yield archive, member
            # tarfile ends without a word at a header that is damaged or cut; a whole archive ends in a block of zeros.
            if archive.fileobj is not None:
                archive.fileobj.seek(archive.offset)
                if archive.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
                    raise _build_error(path, EOFError("its end is missing"))
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise _build_error(path, error) from error


def _build_error(path: Path, error: Exception) -> FormatError:
    return FormatError(
        f"{path.name} is no tar, or is cut short ({error}); expected .tar or .tar.gz. Fetch or pack it again."
    )
