"""Our turn beside ChatterBot's on its own corpus: latency and top-1, as ratios.

    KANLIAO_CORPORA=... python -m benchmarks.chatterbot [--sizes 500 2500 15000]

Needs text/chatterbot_corpus and text/lccc_base_valid_test under KANLIAO_CORPORA, and makes .venv-peers with ChatterBot in it.
Ours is a whole turn: the conversation is locked, answered and committed to SQLite. ChatterBot's is get_response with writing
switched off. Queries: 100 stored questions as they are and 100 with one word dropped or mistyped; a reply is right if it is
stored under that question. The baseline always gives the most frequent reply; chance gives any stored reply.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import hashlib
import itertools
import json
import random
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.peers import environment
from bot.build import Bot, build
from bot.settings import Settings
from bot.types import Message
from data import paths
from data.corpora import chatterbot
from data.records import Pair, Place
from data.text.clean import clean, fold
from data.text.language import language_of
from data.text.segment import words

SEED = 20
Query = tuple[str, str]


def read_corpus_pairs() -> Iterator[tuple[str, str]]:
    """Yield the pairs of the ChatterBot corpus, each utterance with the next.

    Chinese and English files come in turn.
    """
    for conversation in chatterbot.read():
        turns = [utterance.text for utterance in conversation.utterances]
        yield from ((question, reply) for question, reply in itertools.pairwise(turns) if question and reply)


def read_lccc_pairs() -> Iterator[tuple[str, str]]:
    """Yield the first two utterances of each LCCC dialogue.

    Its spaces between characters are removed.
    """
    with gzip.open(
        paths.find_corpus("text/lccc_base_valid_test") / "LCCC-base_valid.json.gz", "rt", encoding="utf-8"
    ) as file:
        for dialogue in json.load(file):
            first, second = (turn.replace(" ", "") for turn in dialogue[:2])
            yield first, second


def sample_pairs(size: int) -> list[tuple[str, str]]:
    """Return the first size distinct pairs of the shuffled ChatterBot corpus.

    The shuffle is fixed; LCCC fills up what is missing.
    """
    known = list(dict.fromkeys(read_corpus_pairs()))
    random.Random(SEED).shuffle(known)
    if size > len(known):
        questions = {fold(question) for question, _ in known}
        for pair in read_lccc_pairs():
            if fold(pair[0]) not in questions:
                questions.add(fold(pair[0]))
                known.append(pair)
            if len(known) == size:
                break
    return known[:size]


def damage(question: str, chance: random.Random) -> str:
    """Return the question with one word dropped or, as often, one word mistyped."""
    parts = question.split() if language_of(question, "en") == "en" else list(question)
    place = chance.randrange(len(parts))
    if chance.random() < 0.5 and len(parts) > 1:
        parts.pop(place)
    else:
        word = parts[place]
        if len(word) > 1:
            at = chance.randrange(len(word) - 1)
            parts[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        elif len(parts) > 1:
            at = min(place, len(parts) - 2)
            parts[at], parts[at + 1] = parts[at + 1], parts[at]
    return (" " if language_of(question, "en") == "en" else "").join(parts)


def build_queries(pairs: Sequence[tuple[str, str]]) -> tuple[list[Query], list[Query]]:
    """Return 100 questions as they are stored, and 100 damaged ones.

    Each is a pair (query, stored question); half are Chinese where there are as many.
    """
    chance = random.Random(SEED + 1)
    by_language: dict[str, list[str]] = {"zh": [], "en": []}
    for question in dict.fromkeys(question for question, _ in pairs):
        if len(words(question)) >= 2:
            by_language[language_of(question, "en")].append(question)
    chosen = [question for part in by_language.values() for question in chance.sample(part, min(100, len(part)))]
    chance.shuffle(chosen)
    exact, rest = chosen[:100], (chosen[100:200] if len(chosen) >= 200 else chosen[-100:])
    return [(question, question) for question in exact], [(damage(question, chance), question) for question in rest]


async def ours(pairs: Sequence[tuple[str, str]], queries: Sequence[str]) -> dict[str, Any]:
    """Return our replies to the queries, and the milliseconds of each whole turn.

    Only these pairs are known.
    """
    with tempfile.TemporaryDirectory() as folder:
        bot: Bot = build(replace(Settings(), home=Path(folder)))
        rows = (Pair(question, reply, Place("pairs", row)) for row, (question, reply) in enumerate(pairs, 1))
        began = time.perf_counter()
        bot.knowledge.learn(rows, "pairs")
        await bot.engine.store.open()
        await asyncio.to_thread(bot.knowledge_source.refresh)
        spent = time.perf_counter() - began
        conversation = (await bot.engine.store.begin("benchmark", "")).id
        replies = []
        for query in (queries[0], *queries):
            began = time.perf_counter()
            async for update in bot.engine.stream("benchmark", conversation, Message(query), "en"):
                turn = update.turn
            assert turn is not None
            best = turn.reply.candidates[0].text if turn.reply.candidates else ""
            replies.append([turn.reply.text, (time.perf_counter() - began) * 1000, best])
        await bot.close()
    return {"build_s": spent, "replies": replies[1:]}


def run_chatterbot(pairs: Sequence[tuple[str, str]], queries: Sequence[str]) -> dict[str, Any]:
    """ChatterBot's replies, from its own virtual environment."""
    python = environment.python("chatterbot==1.2.15")
    worker = Path(__file__).parent / "peers" / "chatterbot_worker.py"
    given = json.dumps({"pairs": pairs, "queries": queries})
    done = subprocess.run([python, worker], input=given, capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _normalize(text: str) -> str:
    # Two systems may keep white space differently; that is no other reply.
    return " ".join(clean(text).split())


def main() -> None:
    """Print one table per size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[500, 2500, 15000])
    for size in parser.parse_args().sizes:
        pairs = sample_pairs(size)
        exact, near = build_queries(pairs)
        stored: dict[str, set[str]] = {}
        for question, reply in pairs:
            stored.setdefault(question, set()).add(reply)
        queries = [query for query, _ in (*exact, *near)]
        wanted = [stored[question] for _, question in (*exact, *near)]
        digest = hashlib.sha256(json.dumps([pairs, queries]).encode()).hexdigest()[:12]
        popular = Counter(reply for _, reply in pairs).most_common(1)[0][0]
        chance = sum(len(replies) for replies in wanted) / len(wanted) / len({reply for _, reply in pairs})
        mine, peer = asyncio.run(ours(pairs, queries)), run_chatterbot(pairs, queries)
        print(f"\n{len(pairs)} pairs, seed {SEED}, sha256 {digest}, ChatterBot {peer['version']}")
        print(f"{'':22} {'as stored':>10} {'damaged':>9} {'p50 ms':>9} {'p95 ms':>9} {'build s':>9}")
        rows = {
            "ours, replied": ([reply[0] for reply in mine["replies"]], mine),
            "ours, best candidate": ([reply[2] for reply in mine["replies"]], mine),
            "ChatterBot": ([reply[0] for reply in peer["replies"]], peer),
            "most frequent reply": ([popular] * len(queries), None),
        }
        for label, (replies, run) in rows.items():
            right = [
                _normalize(reply) in set(map(_normalize, want)) for reply, want in zip(replies, wanted, strict=True)
            ]
            first, second = sum(right[: len(exact)]) / len(exact), sum(right[len(exact) :]) / len(near)
            spent = [reply[1] for reply in run["replies"]] if run else []
            speed = f"{median(spent):9.2f} {quantiles(spent, n=20)[-1]:9.2f} {run['build_s']:9.2f}" if run else ""
            print(f"{label:22} {first:10.1%} {second:9.1%} {speed}")
        print(f"{'chance':22} {chance:10.2%} {chance:9.2%}")
        turn = median(reply[1] for reply in peer["replies"]) / median(reply[1] for reply in mine["replies"])
        built = peer["build_s"] / mine["build_s"]
        print(
            f"ChatterBot's turn takes {turn:.1f} times ours (medians of the same run), its building {built:.1f} times"
        )


if __name__ == "__main__":
    main()
