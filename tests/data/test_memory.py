"""python -m pytest tests/data/test_memory.py"""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_POOLS = """
import ctypes, sys, threading
sys.path.insert(0, sys.argv[1])
from data.memory import limit_malloc_arenas
if sys.argv[2] == "bound":
    assert limit_malloc_arenas()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
together = threading.Barrier(12)
def work():
    together.wait()
    library.malloc(100)
    together.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
library.malloc_stats()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no such pools")
def test_twelve_threads_share_two_pools() -> None:
    def count(how: str) -> int:
        command = [sys.executable, "-c", _POOLS, str(ROOT), how]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
        return len(re.findall(r"^Arena \d+:", said, re.MULTILINE))

    assert count("bound") <= 2 < count("as it comes")
