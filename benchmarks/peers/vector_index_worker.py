"""A vector index in a process of its own, to measure its memory: one JSON object.

    python vector_index_worker.py build|ask SYSTEM FOLDER [BREADTH ...]

FOLDER holds rows.npy float32 [N, D], queries.npy float32 [Q, D] and nearest.npy int64 [Q, 10], the exact answer.
build writes SYSTEM.index into it with two threads. ask opens that, memory-mapped where the library can, and asks one query at
a time with one thread, once for each breadth: how many candidates a graph keeps in mind, how many lists are looked into, how
many vectors are compared exactly after a look at their codes (of signs eight times as many). After a minute it stops asking.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

THREADS = 2
BLOCK = 1 << 16
SECONDS = 60


class Exact:
    """Every vector in half precision, looked at in numpy."""

    package = "numpy"
    mapped = True

    def build(self, rows: Any, path: Path) -> None:
        """Write the index of the rows."""
        with path.open("wb") as file:
            np.save(file, rows.astype(np.float16))

    def open(self, path: Path, width: int) -> None:
        """Open what build wrote."""
        self.rows = np.load(path, mmap_mode="r").view(np.ndarray)

    def ask(self, query: Any, count: int, breadth: int) -> Any:
        """Return the numbers of the nearest rows."""
        found = np.concatenate(
            [self.rows[first : first + BLOCK].astype(np.float32) @ query for first in range(0, len(self.rows), BLOCK)]
        )
        best = np.argpartition(-found, count)[:count]
        return best[np.argsort(-found[best])]

    def without(self, number: int, query: Any) -> bool:
        """Return whether a vector can be deleted, so that this query does not find it."""
        return False


class Faiss:
    """An index made by faiss's factory; memory-mapped."""

    package = "faiss-cpu"
    mapped = True

    def __init__(self, factory: str) -> None:
        import faiss

        self.faiss, self.factory, self.graph = faiss, factory, "HNSW" in factory

    def build(self, rows: Any, path: Path) -> None:
        """Write the index of the rows."""
        faiss = self.faiss
        faiss.omp_set_num_threads(THREADS)
        lists = 1 << max(4, round(np.log2(4 * np.sqrt(len(rows)))))
        index = faiss.index_factory(rows.shape[1], self.factory.format(lists=lists), faiss.METRIC_INNER_PRODUCT)
        if self.graph:
            index.hnsw.efConstruction = 100
        index_sample = rows[:: max(1, len(rows) // (40 * lists))]
        if not index.is_trained:
            if not self.graph:
                index.cp.niter = 8
            index.train(np.asarray(index_sample))
        for first in range(0, len(rows), BLOCK):
            index.add(np.asarray(rows[first : first + BLOCK]))
        faiss.write_index(index, str(path))

    def open(self, path: Path, width: int) -> None:
        """Open what build wrote."""
        faiss = self.faiss
        faiss.omp_set_num_threads(1)
        self.index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC if self.graph else faiss.IO_FLAG_MMAP)
        if not self.graph:
            # Else each search starts 32 threads to read ahead.
            faiss.downcast_InvertedLists(self.index.invlists).prefetch_nthread = 0

    def ask(self, query: Any, count: int, breadth: int, **chosen: Any) -> Any:
        """Return the numbers of the nearest rows."""
        faiss = self.faiss
        if self.graph:
            asked = faiss.SearchParametersHNSW(efSearch=breadth, **chosen)
        else:
            asked = faiss.SearchParametersIVF(nprobe=breadth, **chosen)
        return self.index.search(query[None], count, params=asked)[1][0]

    def without(self, number: int, query: Any) -> bool:
        """Return whether a vector can be deleted: it is left out while searching."""
        batch = self.faiss.IDSelectorBatch(np.asarray([number]))
        return number not in self.ask(query, 10, 64, sel=self.faiss.IDSelectorNot(batch))


class Signs:
    """Ours: sign codes of 32 bytes compared by faiss, then the best exactly; mapped."""

    package = "faiss-cpu"
    mapped = True

    def __init__(self) -> None:
        import faiss

        self.faiss, self.dead = faiss, -1

    def build(self, rows: Any, path: Path) -> None:
        """Write the index of the rows."""
        chance, width = np.random.default_rng(256), rows.shape[1]
        groups = [np.linalg.qr(chance.normal(size=(width, width)))[0] for _ in range(-(-256 // width))]
        ways = np.concatenate(groups, axis=1)[:, :256].astype(np.float32)
        codes = [
            np.packbits(rows[first : first + BLOCK] @ ways > 0, axis=1).astype(np.uint8)
            for first in range(0, len(rows), BLOCK)
        ]
        with path.open("wb") as file:
            for array in (ways, np.concatenate(codes), rows.astype(np.float16)):
                np.save(file, array)

    def open(self, path: Path, width: int) -> None:
        """Open what build wrote."""
        self.faiss.omp_set_num_threads(1)
        with path.open("rb") as file:
            self.ways = np.load(file)
            begin = file.tell()
            count = (path.stat().st_size - begin - 256) // (32 + 2 * width)
        self.codes = np.memmap(path, np.uint8, "r", begin + 128, (count, 32)).view(np.ndarray)
        self.rows = np.memmap(path, np.float16, "r", begin + 256 + 32 * count, (count, width)).view(np.ndarray)

    def ask(self, query: Any, count: int, breadth: int) -> Any:
        """Return the numbers of the nearest rows."""
        code = np.packbits(query[None] @ self.ways > 0, axis=1)
        # A graph follows many links for each vector that it keeps in mind; here that many are simply looked at.
        breadth = min(8 * breadth, len(self.codes))
        near = np.sort(self.faiss.knn_hamming(code, self.codes, breadth, variant="mc")[1][0])
        near = near[near != self.dead]
        products = self.rows[near].astype(np.float32) @ query
        best = np.argpartition(-products, count - 1)[:count]
        return near[best]

    def without(self, number: int, query: Any) -> bool:
        """Return whether a vector can be deleted: results are filtered."""
        self.dead = number
        return number not in self.ask(query, 10, 64)


class FastScan:
    """faiss's product quantization by lookups in registers, then the best exactly.

    Its codes are read into memory.
    """

    package = "faiss-cpu"
    mapped = False

    def __init__(self) -> None:
        import faiss

        self.faiss = faiss

    def build(self, rows: Any, path: Path) -> None:
        """Write the index of the rows."""
        faiss = self.faiss
        faiss.omp_set_num_threads(THREADS)
        width = rows.shape[1]
        index = faiss.IndexPQFastScan(width, width // 2, 4, faiss.METRIC_INNER_PRODUCT)
        index.train(np.asarray(rows[:: max(1, len(rows) // 32_768)]))
        for first in range(0, len(rows), BLOCK):
            index.add(np.asarray(rows[first : first + BLOCK]))
        with path.open("wb") as file:
            np.save(file, rows.astype(np.float16))
            np.save(file, faiss.serialize_index(index))

    def open(self, path: Path, width: int) -> None:
        """Open what build wrote."""
        self.faiss.omp_set_num_threads(1)
        self.rows = np.load(path, mmap_mode="r").view(np.ndarray)
        with path.open("rb") as file:
            file.seek(128 + self.rows.nbytes)
            self.index = self.faiss.deserialize_index(np.load(file))

    def ask(self, query: Any, count: int, breadth: int) -> Any:
        """Return the numbers of the nearest rows."""
        near = np.sort(self.index.search(query[None], max(count, breadth))[1][0])
        products = self.rows[near].astype(np.float32) @ query
        return near[np.argpartition(-products, count - 1)[:count]]

    def without(self, number: int, query: Any) -> bool:
        """Return whether a vector can be deleted, so that this query does not find it."""
        return False


class HNSWLib:
    """hnswlib; it reads the whole file into memory, as it has no other way."""

    package = "hnswlib"
    mapped = False

    def __init__(self) -> None:
        import hnswlib

        self.hnswlib = hnswlib

    def build(self, rows: Any, path: Path) -> None:
        """Write the index of the rows."""
        index = self.hnswlib.Index(space="ip", dim=rows.shape[1])
        index.init_index(max_elements=len(rows), ef_construction=100, M=16)
        index.add_items(np.asarray(rows), num_threads=THREADS)
        index.save_index(str(path))

    def open(self, path: Path, width: int) -> None:
        """Open what build wrote."""
        self.index = self.hnswlib.Index(space="ip", dim=width)
        self.index.load_index(str(path))
        self.index.set_num_threads(1)

    def ask(self, query: Any, count: int, breadth: int) -> Any:
        """Return the numbers of the nearest rows."""
        self.index.set_ef(breadth)
        return self.index.knn_query(query[None], k=count)[0][0].astype(np.int64)

    def without(self, number: int, query: Any) -> bool:
        """Return whether a vector can be deleted, so that this query does not find it."""
        self.index.mark_deleted(number)
        return number not in self.ask(query, 10, 64)


class USearch:
    """usearch with vectors of one type, viewed from the file."""

    package = "usearch"
    mapped = True

    def __init__(self, kind: str) -> None:
        from usearch.index import Index

        self.make, self.kind = Index, kind

    def _index(self, width: int) -> Any:
        return self.make(ndim=width, metric="ip", dtype=self.kind, connectivity=16, expansion_add=100)

    def build(self, rows: Any, path: Path) -> None:
        """Write the index of the rows."""
        index = self._index(rows.shape[1])
        index.add(np.arange(len(rows)), np.asarray(rows), threads=THREADS)
        index.save(str(path))

    def open(self, path: Path, width: int) -> None:
        """Open what build wrote."""
        self.index = self._index(width)
        self.index.view(str(path))

    def ask(self, query: Any, count: int, breadth: int) -> Any:
        """Return the numbers of the nearest rows."""
        self.index.expansion_search = breadth
        return self.index.search(query, count, threads=1).keys.astype(np.int64)

    def without(self, number: int, query: Any) -> bool:
        """Return whether a vector can be deleted, so that this query does not find it."""
        try:
            self.index.remove(number)
        except (RuntimeError, ValueError):
            return False
        return number not in self.ask(query, 10, 64)


SYSTEMS: dict[str, Callable[[], Any]] = {
    "exact numpy": Exact,
    "faiss signs": Signs,
    "faiss PQ fast": FastScan,
    "faiss IVF SQ8": lambda: Faiss("IVF{lists},SQ8"),
    "faiss HNSW": lambda: Faiss("HNSW16,Flat"),
    "faiss HNSW SQ8": lambda: Faiss("HNSW16_SQ8"),
    "hnswlib": HNSWLib,
    "usearch f16": lambda: USearch("f16"),
    "usearch i8": lambda: USearch("i8"),
}


def memory() -> dict[str, float]:
    """Resident MB of this process: all of it, and what is not a file's."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {name: int(status[key].split()[0]) / 1024 for name, key in (("rss", "VmRSS"), ("own", "RssAnon"))}


def main() -> None:
    """Build or ask, and print what it took."""
    phase, name, place = sys.argv[1:4]
    folder = Path(place)
    path = folder / f"{name.replace(' ', '-')}.index"
    system = SYSTEMS[name]()
    before = memory()
    began = time.perf_counter()
    said: dict[str, Any] = {"version": metadata.version(system.package), "mapped": system.mapped}
    if phase == "build":
        system.build(np.load(folder / "rows.npy", mmap_mode="r"), path)
        said |= {"build_s": time.perf_counter() - began, "file_mb": path.stat().st_size / 2**20}
    else:
        queries, nearest = np.load(folder / "queries.npy"), np.load(folder / "nearest.npy")
        began = time.perf_counter()
        system.open(path, queries.shape[1])
        said |= {"open_s": time.perf_counter() - began, "own_mb": memory()["own"] - before["own"], "asked": []}
        for breadth in map(int, sys.argv[4:]):
            spent, right = [], 0
            for query, wanted in zip(queries, nearest, strict=True):
                began = time.perf_counter()
                found = system.ask(query, nearest.shape[1], breadth)
                spent.append((time.perf_counter() - began) * 1000)
                right += len(set(found.tolist()) & set(wanted.tolist()))
                if sum(spent) > SECONDS * 1000:
                    break
            p50, p99 = (float(one) for one in np.quantile(spent, (0.5, 0.99)))
            said["asked"].append(
                {"breadth": breadth, "recall": right / len(spent) / nearest.shape[1], "p50": p50, "p99": p99}
            )
        said |= {"rss_mb": memory()["rss"] - before["rss"], "deletes": system.without(int(nearest[0][0]), queries[0])}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
