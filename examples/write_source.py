"""Write a source of your own and let the engine choose from it: `python -m examples.write_source`.

A source proposes candidates, each with the probability that it is the wanted reply. To put one into the bot that is served,
add it to the sources in bot/build.py.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bot.engine import Engine
from bot.ranker import SourceScores
from bot.rules import Rules
from bot.state import SqliteStore
from bot.types import Candidate, Context, Evidence, Message

STOCK = {"A4": 120, "A3": 0}
TEXTS = {
    "zh": {True: "{code} 还有 {count} 包。", False: "{code} 卖完了。"},
    "en": {True: "There are {count} packs of {code} left.", False: "{code} is sold out."},
}


class StockSource:
    """Answers questions that name a product code from a table of what is in stock."""

    name = "stock"
    deadline = 1.0  # seconds for one turn

    async def propose(self, context: Context) -> Sequence[Candidate]:
        """Return one candidate for each known code in the message."""
        codes = re.findall(r"[A-Z]\d", context.message.text.upper())
        return [
            Candidate(
                TEXTS[context.language][STOCK[code] > 0].format(code=code, count=STOCK[code]),
                source=self.name,
                score=0.95,
                evidence=Evidence(entry=code, question=code),
            )
            for code in codes
            if code in STOCK
        ]


async def ask(questions: Sequence[str], folder: Path) -> list[str]:
    """Return what an engine with this source alone says to each question."""
    store = SqliteStore(folder / "conversations.db")
    engine = Engine(
        [StockSource()],
        SourceScores(),
        store,
        lambda conversation, event: True,
        Rules(answer_threshold=0.5, ambiguity_margin=0.1),
    )
    return [(await engine.answer(Message(question), "en")).text for question in questions]


def main() -> None:
    """Print the answers."""
    with tempfile.TemporaryDirectory() as folder:
        for line in asyncio.run(ask(["A4 还有吗？", "Do you have A3?", "Do you have B5?"], Path(folder))):
            print(line)


if __name__ == "__main__":
    main()
