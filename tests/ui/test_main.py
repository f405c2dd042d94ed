"""The command that serves the page, as its own process. Run: pytest tests/ui/test_main.py"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.ui.browser import person

ROOT = Path(__file__).parents[2]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def _start(home: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KANLIAO_")}
    return subprocess.Popen(
        [sys.executable, "-m", "ui", *arguments],
        cwd=ROOT,
        env={**clean, "KANLIAO_HOME": str(home), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def _running(home: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    process = _start(home, "--port", str(port))
    assert process.stdout is not None
    try:
        while "listening" not in (line := process.stdout.readline()):
            assert line, "the page ended before it answered"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _interrupt(process: subprocess.Popen[str]) -> tuple[int, str]:
    said, _ = process.communicate(timeout=60)
    return process.returncode, said


def test_a_busy_port_is_named_and_another_offered(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        status, said = _interrupt(_start(tmp_path, "--port", str(port)))
    assert status == 1
    assert f"Port {port}" in said
    assert "make chat PORT=" in said
    assert "Traceback" not in said


def test_an_open_door_is_refused(tmp_path: Path) -> None:
    status, said = _interrupt(_start(tmp_path, KANLIAO_HOST="0.0.0.0"))
    assert status == 1
    assert "KANLIAO_PASSWORD" in said
    assert "Traceback" not in said


@pytest.mark.browser
def test_killed_and_begun_again_it_has_lost_nothing_and_ctrl_c_is_quiet(chromium: Browser, tmp_path: Path) -> None:
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    with person(chromium, address) as one:
        with _running(tmp_path, port) as process:
            one.open()
            one.say("first 一")
            process.send_signal(signal.SIGKILL)
            process.wait()
        # The page tries to come back by itself, and would cut off the visit that follows.
        one.page.goto("about:blank")
        with _running(tmp_path, port) as process:
            assert httpx.get(f"{address}/healthz", trust_env=False).json()["status"] == "ok"
            one.open()
            expect(one.messages).to_have_text(["first 一"])
            one.say("second 二")
            expect(one.messages).to_have_text(["first 一", "second 二"])
            process.send_signal(signal.SIGINT)
            status, said = _interrupt(process)
            assert (status, said.strip()) == (
                0,
                "Kanliao has stopped. What was said is kept; start it again with make chat.",
            )
