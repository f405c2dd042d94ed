"""Vector indexes beside exact search over sentence vectors of made-up entries.

It measures recall@10, latency, building, memory and deletion.

    python -m benchmarks.vector_indexes [--sizes 10000 100000 1000000] [--systems "faiss signs" hnswlib]

Makes .venv-peers with faiss-cpu, hnswlib and usearch in it, and keeps the vectors of the entries under data/files/runs. The
vectors are those of the questions of benchmarks/synthetic.py; the 1,000 queries are questions with a word dropped or replaced,
through the encoder. Each index is built with two threads in a process of its own, then opened in another, memory-mapped
where it can be, and asked one query at a time with one thread; "own MB" is the memory that opening takes and that is no file's.
Each is asked with ever greater breadth until it finds .97 of what exact search in full precision finds. Chance is 10 in N.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks.peers import environment
from benchmarks.peers.vector_index_worker import SYSTEMS
from benchmarks.synthetic import SEED, Synthetic
from data import paths
from retrieval.postings import Floats
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder

BREADTHS = ("16", "32", "64", "128", "256", "512", "1024")
QUERIES = 1_000
_PART = 5_000
_WANTED = 0.97


def encode_part(first: int) -> Floats:
    """Return the vectors float32 [5000, D] of the questions from that number on."""
    model, synthetic = _open_models()
    return model.encode_replies([synthetic.build_entry(number).questions[0] for number in range(first, first + _PART)])


@cache
def _open_models() -> tuple[SentenceEncoder, Synthetic]:
    return SentenceEncoder(paths.artifacts_dir() / ENCODER), Synthetic()


def load_vectors(size: int) -> Floats:
    """Return the vectors float32 [size, D] of the first questions; they are stored."""
    model = SentenceEncoder(paths.artifacts_dir() / ENCODER)
    folder = paths.runs_dir() / "synthetic"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{model.version.replace(' ', '-')}-{SEED}.npy"
    if not path.exists() or len(np.load(path, mmap_mode="r")) < size:
        # Each of the two processes gets one core.
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            parts = pool.imap(encode_part, range(0, size, _PART))
            made = np.concatenate(list(tqdm(parts, desc="vectors", total=-(-size // _PART))))
        temporary = path.with_suffix(".new.npy")
        np.save(temporary, made)
        temporary.replace(path)
    found: Floats = np.load(path, mmap_mode="r")[:size]
    return found


def find_nearest(rows: Floats, queries: Floats, count: int) -> Any:
    """Return the numbers int64 [Q, count] of the nearest rows, in full precision."""
    best = np.zeros((len(queries), 0), np.float32)
    numbers = np.zeros((len(queries), 0), np.int64)
    for first in range(0, len(rows), 1 << 15):
        products = np.concatenate([best, queries @ rows[first : first + (1 << 15)].T], axis=1)
        added = np.broadcast_to(
            np.arange(first, first + products.shape[1] - best.shape[1]),
            (len(queries), products.shape[1] - best.shape[1]),
        )
        named = np.concatenate([numbers, added], axis=1)
        kept = np.argpartition(-products, count - 1, axis=1)[:, :count]
        best, numbers = np.take_along_axis(products, kept, 1), np.take_along_axis(named, kept, 1)
    return numbers


def measure_index(python: Path, name: str, folder: Path) -> dict[str, Any]:
    """Return the worker's measurements of an index at a sufficient breadth."""
    worker = Path(__file__).parent / "peers" / "vector_index_worker.py"

    def run(*arguments: str) -> dict[str, Any]:
        done = subprocess.run(
            [python, worker, *arguments],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "OMP_NUM_THREADS": "2"},
        )
        said: dict[str, Any] = json.loads(done.stdout)
        return said

    said = run("build", name, str(folder))
    for breadth in BREADTHS:
        said |= run("ask", name, str(folder), breadth)
        if said["asked"][0]["recall"] >= _WANTED:
            break
    next(folder.glob(f"{name.replace(' ', '-')}.index")).unlink()
    return said


def main() -> None:
    """Print one table per size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--systems", nargs="+", default=list(SYSTEMS), choices=list(SYSTEMS))
    given = parser.parse_args()
    python = environment.python("faiss-cpu", "hnswlib", "usearch")
    every = load_vectors(max(given.sizes))
    model, synthetic = SentenceEncoder(paths.artifacts_dir() / ENCODER), Synthetic()
    for size in given.sizes:
        queries = model.encode_queries([(text,) for text, _, _ in synthetic.build_queries(size, QUERIES)])
        with tempfile.TemporaryDirectory(dir=paths.runs_dir()) as place:
            folder = Path(place)
            np.save(folder / "rows.npy", every[:size])
            np.save(folder / "queries.npy", queries)
            np.save(folder / "nearest.npy", find_nearest(every[:size], queries, 10))
            digest = hashlib.sha256((folder / "queries.npy").read_bytes()).hexdigest()[:12]
            print(f"\n{size} vectors, {QUERIES} queries (sha256 {digest}), seed {SEED}; {model.version}", flush=True)
            print(
                f"{'':15} {'version':>9} {'breadth':>7} {'recall@10':>9} {'p50 ms':>8} {'p99 ms':>8} {'build s':>8} "
                f"{'file MB':>8} {'open s':>7} {'own MB':>7} {'RSS MB':>7} {'mapped':>6} {'deletes':>7}"
            )
            for system in given.systems:
                said = measure_index(python, system, folder)
                asked = said["asked"][0]
                mapped, deletes = ("yes" if said[name] else "no" for name in ("mapped", "deletes"))
                print(
                    f"{system:15} {said['version']:>9} {asked['breadth']:7} {asked['recall']:9.4f} {asked['p50']:8.2f} "
                    f"{asked['p99']:8.2f} {said['build_s']:8.1f} {said['file_mb']:8.1f} {said['open_s']:7.3f} "
                    f"{said['own_mb']:7.0f} {said['rss_mb']:7.0f} {mapped:>6} {deletes:>7}",
                    flush=True,
                )
            print(f"{'chance':15} {'':9} {'':7} {10 / size:9.4f}")


if __name__ == "__main__":
    main()
