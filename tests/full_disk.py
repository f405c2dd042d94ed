"""A small disk for tests that fill it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_BLOCK = 4096


@dataclass(frozen=True)
class SmallDisk:
    """A file system of its own, in memory."""

    folder: Path

    def fill(self) -> None:
        """Leave no room at all."""
        with (self.folder / "filling").open("ab", buffering=0) as file:
            try:
                while file.write(b"x" * _BLOCK):
                    continue
            except OSError:
                return

    def empty(self) -> None:
        """Make room again."""
        (self.folder / "filling").unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mount a small disk there; skips the test where that is not permitted."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True)
    except FileNotFoundError as error:
        pytest.skip(f"there is no mount to make a small disk with ({error})")
    if done.returncode:
        pytest.skip(f"making a small disk needs the right to mount one: {done.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
