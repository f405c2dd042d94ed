"""The picture of a report for the README: python -m tests.ui.report_picture writes docs/report.png.

A bot with an empty home is asked the development questions of the starter corpus, five in a conversation; its journal is judged.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from bot.build import build
from bot.settings import Settings
from bot.types import Message
from evaluation.options import Options
from evaluation.pipeline import evaluate
from evaluation.task import Task

ROOT = Path(__file__).parent.parent.parent
QUESTIONS = ROOT / "benchmarks" / "starter_questions" / "dev.jsonl"
TURNS = 5


async def ask_questions(home: Path) -> None:
    """Ask everything."""
    bot = build(Settings(home=home))
    await bot.open()
    questions = [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    try:
        for first in range(0, len(questions), TURNS):
            conversation = await bot.engine.store.begin("picture", "picture")
            for question in questions[first : first + TURNS]:
                async for _ in bot.engine.stream("picture", conversation.id, Message(question), "en"):
                    pass
    finally:
        await bot.close()


def main(picture: Path) -> None:
    """Ask, judge, and write what is seen."""
    with tempfile.TemporaryDirectory() as place:
        home, out = Path(place) / "home", Path(place) / "out"
        asyncio.run(ask_questions(home))
        evaluate(Task((home / "journal",), out, Options()))
        take_picture(out / "report.html", picture)


def take_picture(report: Path, picture: Path) -> None:
    """Write what the report looks like."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.goto(f"{report.as_uri()}#en")
        page.wait_for_timeout(500)
        picture.parent.mkdir(exist_ok=True)
        page.screenshot(path=str(picture))
        browser.close()


if __name__ == "__main__":
    main(ROOT / "docs" / "report.png")
