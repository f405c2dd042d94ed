"""Atomic files: a reader sees the old content or the new, never a part of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def open_atomic(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that replaces path when the block ends without an error.

    The bytes go to a temporary file beside path, are synced to the disk and renamed over it. After an error the temporary
    file is removed and path stays as it was. Only the owner may read the new file (mode 0600).

    Raises:
        OSError: The folder does not exist, cannot be written, or the disk is full.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_atomic(path: Path, data: bytes | str) -> None:
    """Write the content of a file in one step; text is encoded as UTF-8.

    Raises:
        OSError: As `open_atomic` does.
    """
    with open_atomic(path) as file:
        file.write(data.encode() if isinstance(data, str) else data)
