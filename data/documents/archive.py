"""ZIP archives that are documents: opened only where they unpack to a bounded size."""

from __future__ import annotations

import zipfile
from pathlib import Path

from data.formats.errors import FormatError

MAX_UNPACKED = 300 * 2**20


def open_archive(path: Path, expected: str) -> zipfile.ZipFile:
    """Open a ZIP archive for reading; the caller closes it.

    Args:
        path: The file.
        expected: The format that it should have, for messages.

    Raises:
        FormatError: It is broken, protected, or unpacks to more than MAX_UNPACKED bytes.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise FormatError(f"{path.name} is broken ({error}); expected {expected}. Copy or save it again.") from error
    unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > MAX_UNPACKED:
        archive.close()
        raise FormatError(
            f"{path.name} unpacks to {unpacked // 2**20} MiB; at most {MAX_UNPACKED // 2**20} MiB are allowed. Leave out its "
            "pictures, or split it into several files."
        )
    return archive
