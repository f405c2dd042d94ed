"""Whether a question about the picture stays with the picture, and everything else with what is stored.

python -m benchmarks.picture_questions [--part dev|test] [--failures]

Each line of a part is asked in a conversation of its own: right after a photo, after small talk behind the photo, or together
with it. The bot has learned faq.csv, the FAQ of an imaginary pet hotel. A question about the picture is right if the models that
see answer it. Anything else is right if it is answered from the same entry or tool as without a photo. Beside the bot stands a
plain rule, which takes every question that names a thing of the lexicon of photos, or points at one, for a question about the
picture; chance is one half. Constants and examples.tsv were chosen while looking at dev; test prints totals only.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import math
import re
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from bot.build import Bot, build
from bot.settings import Settings
from bot.types import Message, Reply, Turn
from data.formats import read_pairs
from data.records import Language
from vqa.answer import lexicon

FOLDER = Path(__file__).parent / "picture_question_lines"
CONVERSATION = "photo"
_POINTS = re.compile(r"[图这那它他她]|照片|\b(?:this|that|these|those|it|he|she|they|photo|picture)\b", re.IGNORECASE)
_ASKS = re.compile(
    r"[?？]$|吗|什么|啥|哪|谁|几|多少|怎么|^(?:what|who|where|which|why|how|is|are|does|do|was|can)\b", re.I
)


@dataclass(frozen=True)
class Line:
    """A message in a conversation that has a photo.

    Attributes:
        text: What the person writes.
        language: Its language.
        about: What it is about: the photo, or anything else.
        situation: Right after the photo, after small talk behind it, or together with it.
        kind: What it asks for, such as age or owner.
        between: The small talk behind the photo, one message each.
    """

    text: str
    language: Language
    about: Literal["picture", "other"]
    situation: Literal["after", "later", "with"]
    kind: str
    between: Sequence[str] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of a line.

    right tells whether the bot was, right_by_rule whether the plain rule was; said is the bot's reply.
    """

    line: Line
    right: bool
    right_by_rule: bool
    said: str


def read_lines(part: str) -> list[Line]:
    """Read the lines of a part.

    Raises:
        OSError: There is no such part.
    """
    lines = (FOLDER / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return [Line(**json.loads(line)) for line in lines if line.strip()]


def draw_photo() -> bytes:
    """Return a photo that shows next to nothing, as JPEG: what is asked decides here, not what is seen."""
    rows, columns = np.mgrid[0:240, 0:320]
    pixels = np.stack([rows // 2 + 60, columns // 3 + 40, 200 - rows // 3], axis=-1).astype(np.uint8)
    made = io.BytesIO()
    Image.fromarray(pixels).save(made, "JPEG")
    return made.getvalue()


def identify(reply: Reply) -> tuple[str, ...]:
    """Return what a reply rests on: its kind, and the source with the entry or tool of what was chosen or offered first."""
    number = reply.chosen if reply.chosen is not None else (0 if reply.suggestions else None)
    if number is None:
        return (reply.kind,)
    candidate = reply.candidates[number]
    return reply.kind, candidate.source, candidate.evidence.entry or candidate.evidence.tool or ""


def is_seen(reply: Reply) -> bool:
    """Return whether the models that see gave the reply."""
    return reply.chosen is not None and reply.candidates[reply.chosen].source == "seen"


def follow_rule(line: Line) -> bool:
    """Return what the plain rule says: whether a message is about the picture."""
    names = _POINTS.search(line.text) is not None or bool(lexicon.find_concepts(line.text, line.language))
    return _ASKS.search(line.text) is not None and names


async def ask(bot: Bot, lines: Sequence[Line]) -> list[Outcome]:
    """Return what the bot makes of every line."""
    photo = bot.pictures.store(CONVERSATION, draw_photo())
    known: dict[tuple[Any, ...], Turn] = {}

    async def say(text: str, language: Language, turns: Sequence[Turn], picture: str | None) -> Turn:
        key = (text, picture, language, *(turn.message for turn in turns))
        if key not in known:
            message = Message(text, picture)
            reply = await bot.engine.answer(message, language, turns, CONVERSATION)
            known[key] = Turn(len(turns), message, reply, 0.0)
        return known[key]

    outcomes = []
    for line in lines:
        turns: list[Turn] = []
        plain: list[Turn] = []
        if line.situation != "with":
            turns.append(await say("", line.language, (), photo))
        for text in line.between:
            turns.append(await say(text, line.language, turns, None))
            plain.append(await say(text, line.language, plain, None))
        with_photo = await say(line.text, line.language, turns, photo if line.situation == "with" else None)
        reply = with_photo.reply
        if line.about == "picture":
            right = is_seen(reply)
        else:
            without = await say(line.text, line.language, plain, None)
            right = not is_seen(reply) and identify(reply) == identify(without.reply)
        source = reply.candidates[reply.chosen].source if reply.chosen is not None else ""
        by_rule = follow_rule(line) == (line.about == "picture")
        outcomes.append(Outcome(line, right, by_rule, f"{reply.kind} {source}: {reply.text[:70]!r}"))
    return outcomes


def compute_interval(right: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927, score interval)."""
    share, room = right / count, z * z / count
    half = z * math.sqrt(share * (1 - share) / count + room / (4 * count))
    return (share + room / 2 - half) / (1 + room), (share + room / 2 + half) / (1 + room)


def show(outcomes: Sequence[Outcome]) -> None:
    """Print the shares by what the lines are about, by language and by situation."""
    groups: Mapping[tuple[str, str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        line = outcome.line
        for language in (line.language, "both"):
            for situation in (line.situation, "all"):
                groups[line.about, language, situation].append(outcome)
    print(
        f"{'about':9}{'language':10}{'situation':10}{'lines':>6}{'right':>8}{'95 % interval':>17}{'rule':>8}{'chance':>8}"
    )
    for key in sorted(groups):
        found = groups[key]
        right = sum(outcome.right for outcome in found)
        low, high = compute_interval(right, len(found))
        by_rule = sum(outcome.right_by_rule for outcome in found) / len(found)
        print(
            f"{key[0]:9}{key[1]:10}{key[2]:10}{len(found):6}{right / len(found):8.1%}"
            f"{f'{low:.1%} to {high:.1%}':>17}{by_rule:8.1%}{0.5:8.0%}"
        )


async def run(part: str) -> list[Outcome]:
    """Return the outcomes of a part, asked of a bot that has learned the pet hotel's FAQ."""
    with tempfile.TemporaryDirectory() as home:
        bot = build(Settings.from_env({"KANLIAO_HOME": home}))
        bot.knowledge.learn(read_pairs(FOLDER / "faq.csv"), "faq.csv")
        await bot.prepare()
        try:
            return await ask(bot, read_lines(part))
        finally:
            await bot.close()


def main() -> None:
    """Print the table of a part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("dev", "test"), default="test")
    parser.add_argument("--failures", action="store_true", help="list what went wrong (dev only)")
    given = parser.parse_args()
    outcomes = asyncio.run(run(given.part))
    show(outcomes)
    if given.failures and given.part == "dev":
        for outcome in outcomes:
            if not outcome.right:
                line = outcome.line
                print(f"    {line.about:8}{line.situation:6}{line.kind:10}{line.text} -> {outcome.said}")


if __name__ == "__main__":
    main()
