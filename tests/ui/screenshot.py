"""The pictures of the page in the README: `make picture` writes docs/page.png and docs/page.zh.png.

The real application is started with an empty home, asked two questions by a browser in each language, and photographed with
the explanation of the last answer unfolded.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

ROOT = Path(__file__).parent.parent.parent
QUESTIONS = {
    "en": ("Can you tell me a joke?", "What's the difference between LSTM and GRU?"),
    "zh": ("给我讲个笑话", "LSTM 和 GRU 有什么区别？"),
}
PICTURES = {"en": ROOT / "docs" / "page.png", "zh": ROOT / "docs" / "page.zh.png"}
WIDTH, HEIGHT, SCALE = 1280, 860, 1.5


@contextmanager
def serve_page(home: Path) -> Iterator[str]:
    """Serve the page with that home as a process of its own and give its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KANLIAO_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "ui", "--port", str(port)],
        cwd=ROOT,
        env={**environment, "KANLIAO_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        while "listening" not in (line := process.stdout.readline()):
            assert line, "the page ended before it answered"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def take_picture(browser: Browser, address: str, language: str, picture: Path) -> None:
    """Ask the questions of one language at that address and write what is seen."""
    context = browser.new_context(
        locale=language, viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=SCALE, color_scheme="light"
    )
    page = context.new_page()
    page.goto(f"{address}/{language}/?new=1")
    box = page.locator("#box textarea")
    explanations = page.locator("#transcript .thought-group .title")
    for number, question in enumerate(QUESTIONS[language], start=1):
        expect(box).to_be_visible(timeout=120_000)
        box.fill(question)
        box.press("Enter")
        expect(explanations).to_have_count(number, timeout=120_000)
        expect(box).to_have_value("")
    explanations.last.click()
    page.wait_for_timeout(500)  # the fold opens slowly
    page.locator("#transcript [data-testid=user]").last.evaluate("part => part.scrollIntoView({block: 'start'})")
    page.locator("#transcript .bubble-wrap").evaluate("part => part.scrollBy(0, -16)")
    page.wait_for_timeout(500)
    page.screenshot(path=str(picture))
    context.close()


def main() -> None:
    """Write the picture of each language."""
    with tempfile.TemporaryDirectory() as home, serve_page(Path(home)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for language, picture in PICTURES.items():
            take_picture(browser, address, language, picture)
        browser.close()


if __name__ == "__main__":
    main()
