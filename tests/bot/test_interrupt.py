"""Ctrl+C at many moments of real processes, and what a start says. Run: pytest tests/bot/test_interrupt.py"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
# A second is promised; the rest is for machines that do much else.
SECONDS = 3.0


class Process:
    """A process of ours whose output is read as it comes."""

    def __init__(self, home: Path, *arguments: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("KANLIAO_")}
        self.popen = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**clean, "KANLIAO_HOME": str(home), "PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
        )
        self.said = ""
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.popen.stdout is not None
        while piece := self.popen.stdout.read(1):
            with self._more:
                self.said += piece
                self._more.notify_all()

    def wait_for(self, text: str) -> None:
        with self._more:
            assert self._more.wait_for(lambda: text in self.said or self.popen.poll() is not None, 300), self.said
            assert text in self.said

    def interrupt(self) -> tuple[int, float]:
        """The exit status after Ctrl+C, and the seconds it took."""
        began = time.monotonic()
        self.popen.send_signal(signal.SIGINT)
        status = self.popen.wait(60)
        took = time.monotonic() - began
        self._reader.join(10)
        return status, took

    def end(self) -> None:
        self.popen.kill()
        self.popen.wait()
        for pipe in (self.popen.stdin, self.popen.stdout):
            assert pipe is not None
            pipe.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("家 home")


@pytest.fixture
def processes() -> Iterator[list[Process]]:
    begun: list[Process] = []
    yield begun
    for process in begun:
        process.end()


def _port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return str(one.getsockname()[1])


@pytest.mark.parametrize("moment", ["framework", "pages", "Reading"])
def test_a_start_says_what_it_does_and_ends_at_once(moment: str, home: Path, processes: list[Process]) -> None:
    process = Process(home, "ui", "--port", _port())
    processes.append(process)
    process.wait_for(moment)
    status, took = process.interrupt()
    assert status == 130
    assert took < SECONDS
    assert "Stopped before the page was ready" in process.said
    assert "Traceback" not in process.said


def test_a_server_with_open_streams_ends_at_once(home: Path, processes: list[Process]) -> None:
    port = _port()
    process = Process(home, "ui", "--port", port)
    processes.append(process)
    process.wait_for("listening")
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True, trust_env=False) as http:
        config = http.get("/zh/config").json()
        event = next(one for one in config["dependencies"] if any(name == "tick" for _, name in one["targets"]))
        body = {"data": [], "fn_index": event["id"], "session_hash": "abc", "trigger_id": event["targets"][0][0]}
        http.post("/zh/gradio_api/queue/join", json=body).raise_for_status()
        with http.stream("GET", "/zh/gradio_api/queue/data", params={"session_hash": "abc"}) as stream:
            assert next(stream.iter_lines())
            status, took = process.interrupt()
    assert status == 0
    assert took < SECONDS
    assert "Kanliao has stopped." in process.said
    assert "Traceback" not in process.said


@pytest.mark.parametrize("prompt", [False, True])
def test_the_terminal_ends_at_once(prompt: bool, home: Path, processes: list[Process]) -> None:
    process = Process(home, "bot")
    processes.append(process)
    if prompt:
        process.wait_for("\n> ")
    else:
        # In the middle of its imports.
        while "numpy" not in Path(f"/proc/{process.popen.pid}/maps").read_text():
            assert process.popen.poll() is None
    status, took = process.interrupt()
    assert status == 130
    assert took < SECONDS
    assert "Stopped" in process.said
    assert "Traceback" not in process.said


def test_on_a_terminal_a_bar_is_drawn_and_wiped(home: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    try:
        done = subprocess.Popen(
            [sys.executable, "-m", "bot", "ask", "你好 hello"],
            cwd=ROOT,
            env={**os.environ, "KANLIAO_HOME": str(home)},
            stdout=subprocess.DEVNULL,
            stderr=theirs,
        )
        os.close(theirs)
        drawn = b""
        try:
            while piece := os.read(ours, 4096):
                drawn += piece
        except OSError:
            # So a terminal says that nobody writes to it any more.
            pass
        assert done.wait(60) == 0
    finally:
        os.close(ours)
    text = drawn.decode()
    for name in ("Loading the program", "Opening the models", "Reading the knowledge"):
        assert re.search(rf"\[#*-*\] {name} \.\.\. \d+ s", text)
    assert text.endswith("\r\x1b[K")
