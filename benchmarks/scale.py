"""The search at 10k, 100k and 1M entries, beside peers.

It measures building, opening, memory, latency and recall.

    python -m benchmarks.scale [--sizes 10000 100000 1000000] [--systems ours bm25s rank_bm25 ChatterBot] [--again]

Entries and queries are those of benchmarks/synthetic.py: words by Zipf's law, no sense. A query is a stored question with a word
dropped or replaced. Ours is all of Hybrid.search, from the text of the query to ten rated entries: cutting words, BM25 over
words and n-grams, the sentence encoder and its vector index, measuring and the judging trees. It is built and written in one
process and opened and asked in another, one query at a time, so that memory is its own; --again asks what was built last, kept
under data/files/runs. Peers get words that are cut already, for which ours pays inside its time. "own@1" and "own@10" are how
often the entry that the query was made from comes first, or among ten; "recall@10" is what the vector index, as it is asked in
serving, finds of the ten that exact search in full precision finds. "CPU" is the processor time of the
same queries, which other work on the machine lengthens less. Chance is 1, 10 and 10 in N.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from tqdm import tqdm

from benchmarks.chatterbot import run_chatterbot
from benchmarks.peers import environment
from benchmarks.synthetic import SEED, Synthetic
from benchmarks.vector_indexes import find_nearest, load_vectors
from bot.build import load_calibration
from data import paths
from data.records import Entry
from data.text.segment import words
from retrieval.dense_index import DenseIndex
from retrieval.entry_store import compute_vector_key
from retrieval.hybrid import Hybrid
from retrieval.paraphrase.infer import open_judge
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder

SYSTEMS = ("ours", "bm25s", "rank_bm25", "ChatterBot")
QUERIES = 1_000
WARM = 20
_SECONDS = 60
# Beyond this ChatterBot takes longer to learn than anybody would wait for here.
_CHATTERBOT = 10_000
_CHATTERBOT_QUERIES = 40
Made = TypeVar("Made")
Measurement = dict[str, Any]


def build_index(size: int, folder: Path) -> Measurement:
    """Build the index of so many entries in the folder."""
    synthetic, spent = Synthetic(), 0.0
    synthetic.build_entry(0)

    def entries() -> Iterator[Entry]:
        nonlocal spent
        for number in tqdm(range(size), desc=f"building {size}", unit=" entries", mininterval=5):
            began = time.perf_counter()
            entry = synthetic.build_entry(number)
            spent += time.perf_counter() - began
            yield entry

    began = time.perf_counter()
    index = Hybrid(
        load_calibration(), DenseIndex.open(SentenceEncoder(paths.artifacts_dir() / ENCODER), folder / "vectors")
    )
    index = index.update(entries())
    added = time.perf_counter() - began - spent
    assert index.dense_index is not None
    began = time.perf_counter()
    index.dense_index.save()
    index.save(folder / "entries", {})
    wrote = time.perf_counter() - began
    return {
        "build_s": added + wrote,
        "write_s": wrote,
        "build_cpu_s": time.process_time(),
        "peak_mb": _read_memory("VmHWM"),
        "file_mb": _measure_folder(folder),
    }


def run_queries(size: int, folder: Path) -> Measurement:
    """Open the index in the folder and run the queries."""
    model, rules, synthetic = SentenceEncoder(paths.artifacts_dir() / ENCODER), load_calibration(), Synthetic()
    queries = synthetic.build_queries(size, QUERIES + WARM)
    words("你好 hello")
    empty = _read_memory("VmRSS")
    began = time.perf_counter()
    index, _ = Hybrid.open(folder / "entries", rules, DenseIndex.open(model, folder / "vectors"), open_judge())
    said: Measurement = {"open_s": time.perf_counter() - began, "spent_ms": [], "cpu_ms": [], "found": []}
    for text, language, _ in queries:
        began, worked = time.perf_counter(), time.process_time()
        hits = index.search(text, language, 10)
        said["spent_ms"].append((time.perf_counter() - began) * 1000)
        said["cpu_ms"].append((time.process_time() - worked) * 1000)
        said["found"].append([hit.entry.place.row for hit in hits])
    said |= {
        "first_ms": said["spent_ms"][0],
        "rss_mb": _read_memory("VmRSS"),
        "empty_mb": empty,
        "own_mb": _read_memory("RssAnon"),
    }
    said |= {name: said[name][WARM:] for name in ("spent_ms", "cpu_ms", "found")}
    assert index.dense_index is not None
    towers = model.encode_queries([(text,) for text, _, _ in queries[WARM:]])
    exact = find_nearest(load_vectors(size), towers, 10)
    right = 0
    for row, wanted in zip(towers, exact.tolist(), strict=True):
        keys, _ = index.dense_index.phrasings.search(row[None], 10)
        made = map(synthetic.build_entry, wanted)
        right += len(
            set(keys[0].tolist()) & {compute_vector_key(entry.questions[0], entry.id, False) for entry in made}
        )
    return said | {"recall": right / exact.size}


def measure_ours(size: int, again: bool) -> Measurement:
    """Measure building and searching our index."""
    folder = paths.runs_dir() / "scale" / str(size)
    note = folder / "built.json"
    if not again or not note.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        note.write_text(json.dumps(_run_in_process(build_index, size, folder)), encoding="utf-8")
    said: Measurement = json.loads(note.read_text(encoding="utf-8"))
    return said | _run_in_process(run_queries, size, folder) | {"version": "here"}


def write_words(size: int, queries: Sequence[str], folder: Path) -> None:
    """Write the words of entries and queries into the folder for the peers."""
    with (folder / "documents.txt").open("w", encoding="utf-8") as file:
        for entry in tqdm(Synthetic().build_entries(size), desc="words for peers", total=size, mininterval=5):
            file.write(" ".join(words(f"{entry.questions[0]}\n{entry.reply}")) + "\n")
    lines = "".join(" ".join(words(query)) + "\n" for query in queries)
    (folder / "queries.txt").write_text(lines, encoding="utf-8")


def measure_bm25(name: str, size: int, queries: Sequence[str]) -> Measurement:
    """Measure building and searching a BM25 library over question and reply."""
    python = environment.python("bm25s", "rank-bm25")
    folder = paths.runs_dir() / "scale" / f"words-{size}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as made:
            write_words(size, queries, Path(made))
            shutil.copytree(made, folder)
    worker = Path(__file__).parent / "peers" / "bm25_worker.py"
    run: list[str | Path] = [python, worker, name, folder, str(_SECONDS)]
    said: Measurement = json.loads(subprocess.run(run, capture_output=True, text=True, check=True).stdout)
    return said


def measure_chatterbot(size: int, queries: Sequence[str]) -> Measurement:
    """Measure building and asking ChatterBot.

    All replies differ, so that a reply names its entry.
    """
    entries = list(Synthetic().build_entries(size))
    rows = {entry.reply: entry.place.row for entry in entries}
    said = run_chatterbot([(entry.questions[0], entry.reply) for entry in entries], queries[:_CHATTERBOT_QUERIES])
    replies = said.pop("replies")
    return said | {"spent_ms": [ms for _, ms in replies], "found": [[rows.get(text, -1)] for text, _ in replies]}


def _run_in_process(work: Callable[[int, Path], Measurement], size: int, folder: Path) -> Measurement:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(work, size, folder).result()


def _read_memory(which: str) -> float:
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status[which].split()[0]) / 1024


def _measure_folder(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def _build_row(name: str, said: Measurement, wanted: Sequence[int]) -> Measurement:
    found = said["found"]
    p50, p95 = np.quantile(said["spent_ms"], (0.5, 0.95))
    if "cpu_ms" in said:
        said |= dict(zip(("cpu50", "cpu95"), np.quantile(said["cpu_ms"], (0.5, 0.95)).tolist(), strict=True))
    own = [row.index(want) if want in row else 99 for row, want in zip(found, wanted, strict=False)]
    return said | {
        "name": name, "p50": float(p50), "p95": float(p95), "asked": len(found),
        "own1": sum(place < 1 for place in own) / len(own), "own10": sum(place < 10 for place in own) / len(own),
    }  # fmt: skip


_COLUMNS = (
    ("asked", "asked", "6d"), ("build s", "build_s", "9.1f"), ("file MB", "file_mb", "9.1f"), ("open s", "open_s", "8.3f"),
    ("RSS MB", "rss_mb", "8.0f"), ("p50 ms", "p50", "9.2f"), ("p95 ms", "p95", "9.2f"),
    ("CPU p50", "cpu50", "9.2f"), ("CPU p95", "cpu95", "9.2f"), ("own@1", "own1", "7.3f"),
    ("own@10", "own10", "7.3f"), ("recall@10", "recall", "10.4f"),
)  # fmt: skip


def _format_row(row: Measurement) -> str:
    cells = (
        format(row[key], shape) if key in row else "-".rjust(int(shape[:-1].split(".")[0]))
        for _, key, shape in _COLUMNS
    )
    return f"{row['name']:11}{row['version']:>8} {' '.join(cells)}"


def main() -> None:
    """Print one table per size, then what ten times as many entries cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--systems", nargs="+", default=list(SYSTEMS), choices=SYSTEMS)
    parser.add_argument("--again", action="store_true", help="ask what was built last")
    given = parser.parse_args()
    head = " ".join(name.rjust(int(shape[:-1].split(".")[0])) for name, _, shape in _COLUMNS)
    grown: list[Measurement] = []
    for size in given.sizes:
        synthetic = Synthetic()
        queries = synthetic.build_queries(size, QUERIES + WARM)[WARM:]
        texts, wanted = [text for text, _, _ in queries], [number for _, _, number in queries]
        digest = hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:12]
        print(
            f"\n{size} entries, {len(texts)} queries (sha256 {digest}), seed {SEED}; {ENCODER} "
            f"{SentenceEncoder(paths.artifacts_dir() / ENCODER).version}, faiss {version('faiss-cpu')}, {os.cpu_count()} cores\n"
            f"{'':11}{'version':>8} {head}",
            flush=True,
        )
        if not given.again:
            shutil.rmtree(paths.runs_dir() / "scale" / f"words-{size}", ignore_errors=True)
        rows: dict[str, Measurement] = {}
        for name in given.systems:
            if name == "ChatterBot" and size > _CHATTERBOT:
                continue
            if name == "ours":
                said = measure_ours(size, given.again)
            else:
                said = measure_chatterbot(size, texts) if name == "ChatterBot" else measure_bm25(name, size, texts)
            rows[name] = _build_row(name, said, wanted)
            print(_format_row(rows[name]), flush=True)
        print(f"{'chance':11}{'':8} own@1 {1 / size:.6f}, own@10 and recall@10 {10 / size:.6f}")
        if "ours" in rows:
            mine = rows["ours"] | {"size": size}
            grown.append(mine)
            print(
                f"ours: building took {mine['build_cpu_s']:.0f} s of processor time, writing {mine['write_s']:.1f} s, "
                f"{mine['peak_mb']:.0f} MB at most while building; of "
                f"{mine['rss_mb']:.0f} MB while asked {mine['empty_mb']:.0f} were there before opening, "
                f"{mine['own_mb']:.0f} are no file's; the first query took {mine['first_ms']:.0f} ms"
            )
            for name, row in rows.items():
                if name != "ours":
                    print(f"{name}'s query takes {row['p50'] / mine['p50']:.3f} times ours (medians)")
    for less, more in itertools.pairwise(grown):
        ratios = (f"{name} x{more[key] / less[key]:.2f}" for name, key, _ in _COLUMNS[1:9])
        print(f"\nfrom {less['size']} to {more['size']} entries: {', '.join(ratios)}", flush=True)


if __name__ == "__main__":
    main()
