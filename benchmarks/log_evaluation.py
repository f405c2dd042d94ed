"""Turns a second and memory of `python -m evaluation`, beside a plain loop.

The loop works in the manner of ParlAI, in the same run.

    python -m benchmarks.log_evaluation [--turns 10000 100000 1000000] [--references] [--workers 2]

The log is made of the questions of the starter corpus and the first sentences of its replies, a third of these with a
character exchanged, as OpenAI messages with time, source and latency; seed 0. Each program is a process of its own; memory is
the peak over it and its children, looked at every 20 ms. On a machine with other work the processor's seconds (CPU) tell more
than those of the clock. The loop counts less: no languages, no intervals, no masking, no examples, no report. Bound: 1 GB at
five million turns.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parent.parent
STARTER = ROOT / "data" / "starter"
BOUND_MB = 1024
_TURNS = 6
_SENTENCE = re.compile(r"(?<=[。！？])|(?<=[.!?]) ")


def list_pairs() -> list[tuple[str, str]]:
    """List the questions of the starter corpus with the first sentence of the reply."""
    made: list[tuple[str, str]] = []
    for path in sorted(STARTER.rglob("*.toml")):
        for entry in _entries(tomllib.loads(path.read_text(encoding="utf-8"))):
            for language in ("zh", "en"):
                said = entry.get(language)
                if isinstance(said, dict):
                    first = _SENTENCE.split(said["reply"], maxsplit=1)[0]
                    made += [(question, first) for question in said["questions"]]
    return made


def _entries(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for one in value:
            yield from _entries(one)
    elif isinstance(value, dict):
        if "zh" in value or "en" in value:
            yield value
        else:
            for one in value.values():
                yield from _entries(one)


def write_log(path: Path, turns: int, known: list[tuple[str, str]], references: bool) -> str:
    """Write a log of so many turns, and return the first digits of its SHA-256."""
    chance = random.Random(0)
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for number in range(turns // _TURNS):
            messages: list[dict[str, Any]] = []
            moment = 1_700_000_000 + number * 7
            for turn in range(_TURNS):
                question, reply = chance.choice(known)
                said = (
                    reply.replace(reply[len(reply) // 2], str(chance.randrange(1000)), 1)
                    if chance.random() < 0.33
                    else reply
                )
                told: dict[str, Any] = {
                    "time": moment + turn * 20,
                    "source": chance.choice(("retrieved", "written", "tooled")),
                }
                told["latency"] = round(chance.lognormvariate(3, 1), 2)
                if references:
                    told["references"] = [reply]
                messages += [{"role": "user", "content": question}, {"role": "assistant", "content": said, **told}]
            line = json.dumps({"id": f"c{number}", "messages": messages}, ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            file.write(line)
    return digest.hexdigest()[:12]


def measure(command: list[str]) -> tuple[float, float, float]:
    """Return the seconds, processor seconds and peak megabytes of a command.

    Raises RuntimeError if the command fails.
    """
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryFile() as said:
        running = psutil.Popen(command, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)
        peak = 0
        while running.poll() is None:
            with suppress(psutil.Error):  # it may end while it is looked at
                peak = max(peak, sum(one.memory_info().rss for one in (running, *running.children(recursive=True))))
            time.sleep(0.02)
        spent = time.perf_counter() - began
        if running.returncode:
            said.seek(0)
            raise RuntimeError(said.read().decode()[-2000:])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, used, peak / 2**20


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--references", action="store_true", help="every reply has a reference to be scored against")
    parser.add_argument("--workers", default="2", help="processes of the Dask run; 0 leaves it out")
    given = parser.parse_args()
    known = list_pairs()
    print(
        f"{len(known)} pairs of the starter corpus, seed 0, references {'on every turn' if given.references else 'nowhere'}\n"
    )
    print(
        f"{'turns':>10}  {'log':>8}  {'program':24}{'seconds':>9}{'turns/s':>10}{'CPU s':>8}{'turns/CPU s':>13}{'peak MB':>9}"
    )
    with tempfile.TemporaryDirectory() as place:
        for turns in given.turns:
            log, out = Path(place) / "log.jsonl", Path(place) / "out"
            digest = write_log(log, turns, known, given.references)
            evaluate = [sys.executable, "-m", "evaluation", str(log), "--out", str(out)]
            programs = {
                "plain loop (ParlAI)": [sys.executable, "-m", "benchmarks.peers.log_loop_worker", str(log)],
                "evaluate": evaluate,
            }
            if given.workers != "0":
                programs[f"evaluate --workers {given.workers}"] = [*evaluate, "--workers", given.workers]
            for name, command in programs.items():
                shutil.rmtree(out, ignore_errors=True)
                spent, used, peak = measure(command)
                told = f"{spent:>9.1f}{turns / spent:>10,.0f}{used:>8.1f}{turns / used:>13,.0f}{peak:>9.0f}"
                print(f"{turns:>10,}  {digest[:8]}  {name:24}{told}", flush=True)
                if turns >= 5_000_000 and name == "evaluate" and peak > BOUND_MB:
                    raise SystemExit(f"{peak:.0f} MB are more than {BOUND_MB}")


if __name__ == "__main__":
    main()
