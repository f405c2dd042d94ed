"""Memory that the C library holds: how many pools it makes, and what it keeps."""

from __future__ import annotations

import ctypes

# The numbers of mallopt in glibc's malloc.h.
_ARENA_MAX = -8
_MMAP_THRESHOLD = -3
_POOLS = 2
_LARGE = 2**18


def limit_malloc_arenas() -> bool:
    """Bound how much freed memory glibc keeps; whether it could. Call it before threads begin.

    By default threads get pools, up to eight for each processor, and each keeps what its threads freed; and whatever once was
    large is kept for next time. With two pools, and large blocks taken from the system one by one, what is freed goes back.
    Other C libraries have other rules and are left alone.
    """
    try:
        library = ctypes.CDLL(None)
        return bool(library.mallopt(_ARENA_MAX, _POOLS)) and bool(library.mallopt(_MMAP_THRESHOLD, _LARGE))
    except (OSError, AttributeError, TypeError):
        return False
