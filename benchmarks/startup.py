"""From `python -m ui` to the first answer on the page: seconds and memory.

The median of five starts counts.

    python -m benchmarks.startup [--starts 5] [--pictures 50] [--turns 1000]

Each start is a second start: the knowledge is already there. The clock runs from the launch of the process until the page has
been fetched and a browser's first question has been answered through it. Bounds: 8 s on two cores, 500 MB. Then a server is used:
pictures, turns and an evaluation (benchmarks/usage.py), after which it may have 600 MB. --turns 0 leaves that out.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

from benchmarks.usage import read_memory, use

ROOT = Path(__file__).parent.parent
BOUND_S, BOUND_MB, BOUND_USED_MB = 8.0, 500, 600
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def measure_start(port: int, home: Path) -> tuple[float, float, float]:
    """Return the seconds to the server, the seconds to the first reply, and megabytes.

    Raises RuntimeError if something else listens on the port, which would be measured instead, or if the server does not start.
    """
    if _is_listening(port):
        raise RuntimeError(f"something listens on port {port} already; end it, or give another with --port")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        page = browser.new_page(locale="en-US")
        # A busy machine is measured too, not given up.
        page.set_default_timeout(300_000)
        began = time.perf_counter()
        environment = {**os.environ, "KANLIAO_HOME": str(home)}
        server = subprocess.Popen(
            [sys.executable, "-m", "ui", "--port", str(port)], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
        )
        try:
            # Only the port is tried until the server listens: a browser that shows errors meanwhile takes the time it measures.
            while not _is_listening(port):
                if server.poll() is not None or time.perf_counter() - began > 300:
                    raise RuntimeError(f"the server on port {port} did not start within five minutes")
                time.sleep(0.05)
            page.goto(f"http://127.0.0.1:{port}/", timeout=300_000)
            up = time.perf_counter() - began
            box = page.locator("#box textarea")
            box.fill("what is a convolutional neural network")
            box.press("Enter")
            page.locator("[data-testid=bot]", has_text="convolution").first.wait_for(timeout=300_000)
            first = time.perf_counter() - began
            memory = read_memory(server.pid).rss
        finally:
            server.terminate()
            server.wait(20)
            browser.close()
    return up, first, memory


def measure_use(port: int, home: Path, pictures: int, turns: int) -> None:
    """Print the memory of a server after each part of its use, and its bound."""
    environment = {**os.environ, "KANLIAO_HOME": str(home)}
    command = [sys.executable, "-m", "ui", "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        while not _is_listening(port):
            if server.poll() is not None:
                raise RuntimeError(f"the server on port {port} did not start")
            time.sleep(0.05)

        def tell(after: str) -> None:
            memory = read_memory(server.pid)
            print(
                f"after {after}: {memory.rss:.0f} MB resident (uss {memory.uss:.0f}, pss {memory.pss:.0f})", flush=True
            )

        use(f"http://127.0.0.1:{port}", pictures, turns, tell)
        memory = read_memory(server.pid)
        print(f"after use: {memory.rss:.0f} MB (bound {BOUND_USED_MB})")
    finally:
        server.terminate()
        server.wait(20)


def _is_listening(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def main() -> None:
    """Print every start and the medians beside their bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--port", type=int, default=7899)
    parser.add_argument("--pictures", type=int, default=50)
    parser.add_argument("--turns", type=int, default=1000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        first = measure_start(given.port, Path(folder))
        print(f"very first start: page {first[0]:.2f} s, answer {first[1]:.2f} s, {first[2]:.0f} MB")
        starts = [measure_start(given.port, Path(folder)) for _ in range(given.starts)]
        if given.turns:
            measure_use(given.port, Path(folder), given.pictures, given.turns)
    for up, answer, memory in starts:
        print(f"page {up:.2f} s, answer {answer:.2f} s, {memory:.0f} MB")
    up, answer, memory = (median(column) for column in zip(*starts, strict=True))
    print(f"median: page {up:.2f} s, answer {answer:.2f} s (bound {BOUND_S:g}), {memory:.0f} MB (bound {BOUND_MB})")


if __name__ == "__main__":
    main()
