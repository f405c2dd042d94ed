"""An owner's FAQ and his customers' questions: right, offered, refused or wrong.

Plainer methods stand beside the bot.

python -m benchmarks.own_faq [FOLDER ...] [--unrelated N] [--curve FILE.svg] [--failures] [--judge WHO] [--most N]

Each folder holds faq.csv, questions.jsonl and perhaps twins.json; without one, the two owners in benchmarks/own_faq_owners, on
whom constants were tuned. The bot answers as it serves. Beside it stand BM25 over the words of the stored questions and the
sentence encoder alone, each at the threshold where it answers as many near misses as the bot does; and chance.

--judge adds the bot with a judge that names one of the five nearest entries or none: a larger model at an endpoint
(http://HOST:PORT/v1=MODEL), or the bounds of what one can do: "perfect" names the right one, "random" any or none. Each is asked
about what the bot is not sure of, and then about everything (review).
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import hashlib
import json
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.synthetic import Synthetic
from bot.build import Bot, build
from bot.components import Judge
from bot.engine import Engine
from bot.questions import Question, build_turns, get_answer, list_suggestions
from bot.settings import Settings
from bot.types import Candidate, Context, Message, Reply
from data import paths
from data.formats import read_pairs
from data.records import Language, Pair
from data.text.clean import clean, fold
from data.text.language import language_of
from data.text.segment import words
from data.text.standardize import standardize
from retrieval.bm25 import BM25
from retrieval.postings import Floats
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder

OWNERS = Path(__file__).parent / "own_faq_owners"
COVERED = ("paraphrase", "typo", "cross", "follow", "sibling")


@dataclass(frozen=True)
class Owner:
    """An FAQ and the questions put to it.

    twins map a stored question to those that may be answered in its place.
    """

    name: str
    faq: Path
    questions: tuple[Mapping[str, Any], ...]
    twins: Mapping[str, frozenset[str]]

    @classmethod
    def read(cls, folder: Path) -> Owner:
        """Return the owner in a folder. Raises OSError, ValueError."""
        lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
        path = folder / "twins.json"
        groups = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        twins = {one: frozenset(group) for group in groups for one in group}
        return cls(folder.name, folder / "faq.csv", tuple(json.loads(line) for line in lines if line.strip()), twins)

    def right(self, question: Mapping[str, Any]) -> frozenset[str]:
        """Return the stored questions whose entry is right, folded."""
        named = question.get("entry") or []
        named = named if isinstance(named, list) else [named]
        return frozenset(fold(one) for name in named for one in {name, *self.twins.get(name, ())})


@dataclass(frozen=True)
class Outcome:
    """The outcome of a question.

    probability is that of the entry found first, whether or not it was given.
    """

    kind: str
    expect: str
    answered: bool
    right: bool
    offered: bool
    courteous: bool
    probability: float
    text: str
    said: str


def find_group(one: Outcome) -> str:
    """Return the group of a question: a follow-up that nothing answers is a near miss."""
    return "near" if one.kind == "follow" and one.expect == "refuse" else one.kind


class OracleJudge:
    """The bounds of what a judge can do: it names the right entry, or with a seed any of them or none."""

    name, model, deadline = "judge", "oracle", 60.0

    def __init__(self, bot: Bot, owner: Owner, reviews: bool, seed: int | None = None) -> None:
        entries = bot.knowledge.entries()
        self.reviews = reviews
        self._questions = {entry.id: frozenset(map(fold, entry.questions)) for entry in entries}
        self._right = {clean(each["question"]): owner.right(each) for each in owner.questions}
        self._random = None if seed is None else np.random.default_rng(seed)

    async def choose(self, context: Context, candidates: Sequence[Candidate]) -> int | None:
        """Return the place of the right candidate, or a random one."""
        if self._random is not None:
            drawn = int(self._random.integers(-1, len(candidates)))
            return None if drawn < 0 else drawn
        right = self._right[context.message.text]
        for place, candidate in enumerate(candidates):
            if self._questions.get(candidate.evidence.entry or "", frozenset()) & right:
                return place
        return None


def build_judge(who: str, bot: Bot, owner: Owner, reviews: bool) -> Judge:
    """Return the judge that --judge names."""
    if who in ("perfect", "random"):
        return OracleJudge(bot, owner, reviews, seed=0 if who == "random" else None)
    from bot.llm.endpoint import Endpoint, EndpointClient
    from bot.llm.judge import LLMJudge

    address, _, model = who.rpartition("=")
    return LLMJudge(EndpointClient(Endpoint(address, model, deadline=60.0, first_wait=300.0)), reviews)


def with_judge(bot: Bot, judge: Judge) -> Engine:
    """Return the engine of the bot with a judge."""
    engine = copy(bot.engine)
    engine._answerer = copy(engine._answerer)
    engine._answerer._judge = judge
    return engine


async def ask(bot: Bot, owner: Owner, engine: Engine | None = None) -> list[Outcome]:
    """Return what the bot makes of every question of an owner whose FAQ it has learned; engine replaces its own."""
    engine = engine or bot.engine
    entries = {entry.id: entry for entry in bot.knowledge.entries()}

    def is_right(entry: str | None, right: frozenset[str]) -> bool:
        return entry in entries and any(fold(text) in right for text in entries[entry].questions)

    made = []
    for one in owner.questions:
        language: Language = language_of(one["question"], "en" if one["language"] == "en" else "zh")
        question = Question(one["question"], tuple(map(tuple, one["history"])), language)
        turns = build_turns(bot.knowledge, question)
        reply: Reply = await engine.answer(Message(question.text), language, turns)
        given, right = get_answer(reply), owner.right(one)
        entry = given.evidence.entry if given else None
        starter = bool(given and (given.evidence.file or "").startswith("starter/"))
        made.append(
            Outcome(
                one["kind"],
                one["expect"],
                entry is not None,
                is_right(entry, right),
                any(is_right(suggestion["entry"], right) for suggestion in list_suggestions(reply)),
                (starter or reply.kind in ("calm", "care")) and reply.kind != "unknown",
                reply.candidates[0].score if reply.candidates else 0.0,
                one["question"],
                f"{reply.kind}: {reply.text[:60]!r}",
            )
        )
    return made


def judge_scores(
    owner: Owner, scores: Floats, stored: Sequence[str], owners: Sequence[int], first: Sequence[str]
) -> list[Outcome]:
    """Return the outcomes of a scorer that always answers with its best entry.

    scores are [Q, P], for questions and stored questions.
    """
    made = []
    for one, row in zip(owner.questions, scores, strict=True):
        best = np.full(len(first), -np.inf)
        np.maximum.at(best, np.asarray(owners), row)
        order, right = np.argsort(-best, kind="stable"), owner.right(one)
        hit = [fold(first[place]) in right for place in order[:3]]
        made.append(
            Outcome(
                one["kind"],
                one["expect"],
                True,
                hit[0],
                any(hit),
                False,
                float(best[order[0]]),
                one["question"],
                stored[0],
            )
        )
    return made


def apply_threshold(outcomes: Sequence[Outcome], threshold: float) -> list[Outcome]:
    """Return the outcomes if only what reaches the threshold were answered.

    The rest would be offered.
    """
    return [
        Outcome(
            **{
                **vars(one),
                "answered": one.probability >= threshold,
                "right": one.right and one.probability >= threshold,
            }
        )
        for one in outcomes
    ]


def match_near_misses(outcomes: Sequence[Outcome], answered: float) -> float:
    """Return the lowest threshold at which no larger share of near misses is answered."""
    found = sorted((one.probability for one in outcomes if find_group(one) == "near"), reverse=True)
    return found[min(int(answered * len(found)), len(found) - 1)] + 1e-6


def measure_share(flags: Sequence[bool]) -> float:
    """Return the share that is true; 0 of nothing."""
    return sum(flags) / len(flags) if flags else 0.0


def compute_row(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return the shares of the table."""
    covered = [one for one in outcomes if find_group(one) in COVERED]
    of: dict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        of[find_group(one)].append(one)
    return {
        "right": measure_share([one.right for one in covered]),
        "right or offered": measure_share([one.right or (not one.answered and one.offered) for one in covered]),
        "wrong": measure_share([one.answered and not one.right for one in covered]),
        "near answered": measure_share([one.answered for one in of["near"]]),
        "off answered": measure_share([one.answered for one in of["off"]]),
        "social": measure_share([one.courteous for one in of["social"]]),
        "vague asked": measure_share([not one.answered and one.offered for one in of["vague"]]),
        **{kind: measure_share([one.right for one in of[kind]]) for kind in COVERED},
    }


def build_bot(owner: Owner, home: Path, unrelated: int) -> Bot:
    """Return a bot that knows the owner's FAQ and as many unrelated entries."""
    bot = build(Settings.from_env({"KANLIAO_HOME": str(home)}))
    bot.knowledge.learn(read_pairs(owner.faq), owner.faq.name)
    if unrelated:
        pairs = (Pair(entry.questions[0], entry.reply, entry.place) for entry in Synthetic().build_entries(unrelated))
        bot.knowledge.learn(pairs, "unrelated.csv")
    return bot


def spread(questions: Sequence[Mapping[str, Any]], most: int) -> tuple[Mapping[str, Any], ...]:
    """Return at most so many of the questions, evenly spread."""
    places = np.unique(np.linspace(0, len(questions) - 1, min(most, len(questions))).round().astype(int))
    return tuple(questions[place] for place in places)


def run_baselines(owner: Owner) -> dict[str, list[Outcome]]:
    """Return what BM25 and the sentence encoder alone make of the questions."""
    with owner.faq.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    first = [one["question"] for one in rows]
    stored, owners = [], []
    for number, one in enumerate(rows):
        for text in (one["question"], *(one.get("similar") or "").split("\n")):
            if text.strip():
                stored.append(text)
                owners.append(number)
    asked = [one["question"] for one in owner.questions]
    encoder = SentenceEncoder(paths.artifacts_dir() / ENCODER)
    index = BM25().with_added([words(standardize(text)) for text in stored])
    by_words = np.stack([index.prepare(words(standardize(text))).normalize(range(len(stored))) for text in asked])
    return {
        "BM25": judge_scores(owner, by_words, stored, owners, first),
        "encoder alone": judge_scores(owner, encoder.encode(asked) @ encoder.encode(stored).T, stored, owners, first),
    }


def print_row(name: str, shares: Mapping[str, float]) -> None:
    """Print a line of the table."""
    print(f"{name:24}" + "".join(f"{value:>9.1%}" for value in shares.values()), flush=True)


def draw_curves(path: Path, curves: Mapping[str, Sequence[Outcome]]) -> None:
    """Draw an SVG: covered questions answered right against near misses answered."""
    width, height, colours = 480, 320, ("#1f6feb", "#8b949e", "#bf8700")
    lines: list[str] = []
    for colour, (name, outcomes) in zip(colours, curves.items(), strict=False):
        points = []
        for threshold in sorted({one.probability for one in outcomes}, reverse=True):
            shares = compute_row(apply_threshold(outcomes, threshold))
            points.append(f"{50 + shares['near answered'] * 400:.1f},{280 - shares['right'] * 250:.1f}")
        place = 30 + 16 * len(lines)
        lines.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(points)}"/>'
            f'<text x="300" y="{place + 180}" fill="{colour}">{name}</text>'
        )
    frame = (
        '<path d="M50 30V280H450" fill="none" stroke="#57606a"/><text x="150" y="310">near misses answered, 0 to 100 %</text>'
        '<text x="10" y="20">covered questions answered right, 0 to 100 %</text>'
    )
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="white"/>{frame}{"".join(lines)}</svg>\n',
        encoding="utf-8",
    )


def main() -> None:
    """Print the table of each owner and of all together."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument(
        "--unrelated", type=int, default=0, metavar="N", help="learn so many made-up entries beside the FAQ"
    )
    parser.add_argument(
        "--curve", type=Path, metavar="FILE.svg", help="draw right answers against near misses answered"
    )
    parser.add_argument("--failures", action="store_true", help="list what was answered wrong")
    parser.add_argument("--judge", action="append", default=[], metavar="WHO", help="add the bot with a judge")
    parser.add_argument("--most", type=int, metavar="N", help="ask only N questions of each owner, evenly spread")
    given = parser.parse_args()
    owners = [Owner.read(folder) for folder in given.folders or sorted(OWNERS.glob("*/"))]
    if given.most:
        owners = [replace(owner, questions=spread(owner.questions, given.most)) for owner in owners]
    together: dict[str, list[Outcome]] = defaultdict(list)
    for owner in owners:
        digest = hashlib.sha256(owner.faq.read_bytes()).hexdigest()[:12]
        with tempfile.TemporaryDirectory() as home:
            bot = build_bot(owner, Path(home), given.unrelated)
            asyncio.run(bot.prepare())
            outcomes = asyncio.run(ask(bot, owner))
            judged = {}
            for who in given.judge:
                for reviews in (False, True):
                    judge = build_judge(who, bot, owner, reviews)
                    name = f"{'review' if reviews else 'judge'} {who.rpartition('=')[2]}"
                    judged[name] = asyncio.run(ask(bot, owner, with_judge(bot, judge)))
            asyncio.run(bot.close())
        print(f"\n{owner.name}: {len(owner.questions)} questions (faq.csv sha256 {digest})")
        print(" " * 24 + "".join(f"{name[:8]:>9}" for name in compute_row(outcomes)))
        print_row("bot", compute_row(outcomes))
        together["bot"] += outcomes
        for name, others in judged.items():
            print_row(name, compute_row(others))
            together[name] += others
        for name, others in run_baselines(owner).items():
            print_row(
                name,
                compute_row(apply_threshold(others, match_near_misses(others, compute_row(outcomes)["near answered"]))),
            )
            together[name] += others
        if given.failures:
            for one in outcomes:
                wrong = one.answered and not one.right and one.kind != "social"
                if wrong or (find_group(one) in COVERED and not one.right and not one.offered):
                    print(f"    {find_group(one):10} {one.text} -> {one.said}")
    print(f"\nall {len(owners)} owners")
    near = compute_row(together["bot"])["near answered"]
    for name, outcomes in together.items():
        is_bot = name == "bot" or name.startswith(("judge ", "review "))
        near_matched = outcomes if is_bot else apply_threshold(outcomes, match_near_misses(outcomes, near))
        print_row(name, compute_row(near_matched))
    print(f"{'chance':24}{1 / 70:>9.1%}{3 / 70:>9.1%}")
    if given.curve:
        curves = {name: each for name, each in together.items() if not name.startswith(("judge ", "review "))}
        draw_curves(given.curve, curves)
        print(f"written to {given.curve}")


if __name__ == "__main__":
    main()
