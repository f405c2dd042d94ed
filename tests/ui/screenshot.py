"""The picture of the page for the README: python -m tests.ui.screenshot ADDRESS writes docs/page.png."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.ui.browser import person

QUESTIONS = ("什么是卷积神经网络？", "What is the difference between LSTM and GRU?")


def main(address: str, picture: Path) -> None:
    """Ask two questions at the address, unfold the last explanation, and write what is seen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        with person(browser, address.rstrip("/"), "en-US", 1280, 920) as one:
            one.open("/en/?new=1")
            for question in QUESTIONS:
                one.say(question)
            one.page.locator("#transcript .thought-group .title").last.click()
            one.page.wait_for_timeout(500)
            one.page.locator("#transcript .bubble-wrap").evaluate("part => part.scrollTo(0, part.scrollHeight)")
            one.page.wait_for_timeout(500)
            picture.parent.mkdir(exist_ok=True)
            one.page.screenshot(path=str(picture))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:7860", Path("docs/page.png"))
