"""A BM25 library in a process of its own, to measure its memory: one JSON object.

    python bm25_worker.py bm25s|rank_bm25 FOLDER SECONDS

FOLDER holds documents.txt and queries.txt, a line of words each, cut up already. It is built with the library's defaults, then
asked one query at a time for ten documents until all are answered or the seconds are over. bm25s is saved and opened again,
memory-mapped; rank_bm25 has no file, so a start builds it anew.
"""

import json
import shutil
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

COUNT = 10


class BM25S:
    """bm25s: every score is worked out when it is built."""

    package = "bm25s"

    def build(self, documents: list[list[str]], folder: Path) -> float:
        """Build and write it; the MB of its files."""
        import bm25s

        made = bm25s.BM25()
        made.index(documents, show_progress=False)
        made.save(str(folder / "bm25s"))
        return sum(path.stat().st_size for path in (folder / "bm25s").iterdir()) / 2**20

    def open(self, folder: Path) -> None:
        """Open what build wrote."""
        import bm25s

        self.index = bm25s.BM25.load(str(folder / "bm25s"), mmap=True)

    def ask(self, query: list[str]) -> Any:
        """Return the numbers of the ten best documents."""
        # A word that it has never seen is an error to it.
        known = [word for word in query if word in self.index.vocab_dict]
        return self.index.retrieve([known], k=COUNT, show_progress=False)[0][0].tolist() if known else []


class RankBM25:
    """rank_bm25: every document is looked at for every word."""

    package = "rank-bm25"

    def build(self, documents: list[list[str]], folder: Path) -> float:
        """Build it; no file."""
        from rank_bm25 import BM25Okapi

        self.index = BM25Okapi(documents)
        return 0.0

    def open(self, folder: Path) -> None:
        """Do nothing: it cannot be opened, so it is built in every process."""

    def ask(self, query: list[str]) -> Any:
        """Return the numbers of the ten best documents."""
        return self.index.get_scores(query).argsort()[::-1][:COUNT].tolist()


def memory() -> float:
    """Resident MB of this process."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmRSS"].split()[0]) / 1024


def main() -> None:
    """Build, ask, and print what it took."""
    name, place, seconds = sys.argv[1:4]
    folder = Path(place)
    peer: BM25S | RankBM25 = BM25S() if name == "bm25s" else RankBM25()
    documents = [line.split() for line in (folder / "documents.txt").read_text(encoding="utf-8").splitlines()]
    queries = [line.split() for line in (folder / "queries.txt").read_text(encoding="utf-8").splitlines()]
    began = time.perf_counter()
    size = peer.build(documents, folder)
    built = time.perf_counter() - began
    del documents
    began = time.perf_counter()
    peer.open(folder)
    opened = time.perf_counter() - began
    spent: list[float] = []
    worked: list[float] = []
    found: list[list[int]] = []
    until = time.perf_counter() + float(seconds)
    for query in queries:
        began, busy = time.perf_counter(), time.process_time()
        found.append(peer.ask(query))
        spent.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - busy) * 1000)
        if time.perf_counter() > until:
            break
    shutil.rmtree(folder / "bm25s", ignore_errors=True)
    said = {"version": version(peer.package), "build_s": built, "open_s": opened, "file_mb": size, "rss_mb": memory()}
    print(json.dumps(said | {"spent_ms": spent, "cpu_ms": worked, "found": found}))


if __name__ == "__main__":
    main()
