"""Limit the memory that the C library keeps after it was freed."""

from __future__ import annotations

import ctypes

# The numbers of mallopt in glibc's malloc.h.
_ARENA_MAX = -8
_MMAP_THRESHOLD = -3
_POOLS = 2
_LARGE = 2**18


def limit_malloc_arenas() -> bool:
    """Make glibc return freed memory to the system; return whether it could.

    Call it before threads start.

    By default glibc makes up to eight arenas for each processor, and each keeps what its threads freed. With two arenas, and
    with blocks of 256 KiB or more mapped one by one, freed memory goes back. Other C libraries are left as they are.
    """
    try:
        library = ctypes.CDLL(None)
        return bool(library.mallopt(_ARENA_MAX, _POOLS)) and bool(library.mallopt(_MMAP_THRESHOLD, _LARGE))
    except (OSError, AttributeError, TypeError):
        return False


def release_freed_memory() -> bool:
    """Give freed memory back to the system; return whether that was possible.

    It takes some milliseconds.
    """
    try:
        return int(ctypes.CDLL(None).malloc_trim(0)) >= 0
    except (OSError, AttributeError, TypeError):
        return False
