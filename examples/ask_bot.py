"""Teach a bot four entries and ask it three questions: `python -m examples.ask_bot`.

The bot is the one that `make chat` serves; its home is a temporary folder, so nothing of yours is touched.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from bot.build import build
from bot.settings import Settings
from bot.types import Message

ENTRIES = [
    (["图书馆几点关门？", "图书馆开到什么时候？"], "晚上十点。"),
    (["怎么办借书证？", "借书证在哪儿办？"], "带学生证到一楼服务台办理。"),
    (["How many books may I borrow?", "What is the limit on loans?"], "Ten at a time, for four weeks."),
    (["Is there a printer?", "Where can I print something?"], "Yes, on the second floor, next to the stairs."),
]


async def ask(home: Path, questions: list[str]) -> list[str]:
    """Return the reply to each question, with how sure the bot is and the entry it comes from."""
    bot = build(Settings(home=home))
    for phrasings, text in ENTRIES:
        bot.knowledge.add(phrasings, text)
    await bot.open()
    lines = []
    try:
        for question in questions:
            reply = await bot.engine.answer(Message(question), "en")
            line = f"{question}  ->  {reply.text}  [{reply.kind}"
            if reply.chosen is not None:
                best = reply.candidates[reply.chosen]
                line += f", {best.score:.0%}, entry {best.evidence.entry}"
            lines.append(line + "]")
    finally:
        await bot.close()
    return lines


def main() -> None:
    """Print an answer, a suggestion, and an honest "I don't know"."""
    questions = ["请问图书馆几点关门呀", "how many books can I borrow?", "Who won the World Cup in 1998?"]
    with tempfile.TemporaryDirectory() as home:
        print("\n".join(asyncio.run(ask(Path(home), questions))))


if __name__ == "__main__":
    main()
