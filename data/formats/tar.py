"""Read tar archives, plain or compressed, from beginning to end, without writing to the disk."""

from __future__ import annotations

import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from data.formats.errors import FormatError


def list_files(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the name and the size in bytes of each regular file, in the order of the archive.

    Raises:
        FormatError: The file is not a complete tar archive.
    """
    for _, member in _iterate_files(path):
        yield member.name, member.size


def read(path: Path, wanted: Callable[[str], bool] = lambda name: True) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of each regular file that is wanted, in the order of the archive.

    Links, devices and folders are skipped.

    Raises:
        FormatError: The file is not a complete tar archive.
        OSError: It cannot be read.
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
                # isreg is also true for sparse files, which can claim any size without content.
                if member.isreg() and not member.issparse():
                    yield archive, member
            # tarfile stops silently at a damaged header; a complete archive ends with a block of zeros.
            if archive.fileobj is not None:
                archive.fileobj.seek(archive.offset)
                if archive.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
                    raise _build_error(path, EOFError("its end is missing"))
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise _build_error(path, error) from error


def _build_error(path: Path, error: Exception) -> FormatError:
    return FormatError(
        f"{path.name} is not a tar archive, or is cut short ({error}); expected .tar or .tar.gz. Download or pack it again."
    )
