"""What the generator says to everyday messages, to be read and judged.

    python -m benchmarks.openers dev --out FILE      several replies to a message, in chance order, for judging
    python -m benchmarks.openers test                what the bot would say to fifty openers in each language

benchmarks/openers/README.md says how replies are judged; bot.ranker.train learns from what was judged.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.ranker.features import extract_features
from bot.ranker.learned import NAME, LearnedRanker
from bot.ranker.train import build_context
from bot.sources.generator import generate_replies
from bot.types import Candidate, Evidence
from data import paths
from data.metrics.repetition import measure_repetition
from data.metrics.tokens import tokens
from data.text.language import detect
from generation.infer import Generator

FOLDER = Path(__file__).parent / "openers"
SEED = 31


def read_openers(part: str) -> list[dict[str, Any]]:
    """Read the messages of a part, dev or test."""
    return [json.loads(line) for line in (FOLDER / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()]


def propose_replies(generator: Generator) -> Iterator[dict[str, Any]]:
    """Yield what the generator proposes to every dev message, in random order.

    So nothing tells how likely a reply is.
    """
    lines = [
        {"context": one["context"], "language": one["language"], "reply": each.text}
        for one in read_openers("dev")
        for each in generate_replies(generator, one["context"], one["language"])
    ]
    random.Random(SEED).shuffle(lines)
    yield from ({"id": number, **line} for number, line in enumerate(lines))


def main() -> None:
    """Write or print the replies."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=("dev", "test"))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--model", default="seq2seq", help="the name or the folder of a generator")
    given = parser.parse_args()
    folder = Path(given.model) if Path(given.model).is_dir() else paths.artifacts_dir() / given.model
    generator = Generator(folder)
    if given.part == "dev":
        lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in propose_replies(generator))
        (given.out or Path("to_judge.jsonl")).write_text(lines, encoding="utf-8")
        return
    ranker = LearnedRanker.open(paths.artifacts_dir() / NAME)
    seen: Counter[str] = Counter()
    for one in read_openers("test"):
        language, message = one["language"], one["context"][-1]
        context = build_context(one["context"], language)
        candidates = [
            Candidate(
                each.text,
                "written",
                0.0,
                Evidence(features=generator.compute_features(message, each.text, each.log_prob, language)),
            )
            for each in generate_replies(generator, one["context"], language)
        ]
        best = max(ranker.rank(context, candidates), key=lambda each: each.score)
        found = extract_features(context, best)
        said = tokens(best.text)
        faults = {
            "empty": not said,
            "other language": bool(found["other_language"]) or detect(best.text) is None,
            "looping": measure_repetition(said, 2) > 0,
        }
        seen.update(name for name, there in faults.items() if there)
        print(f"{language}  {message}\n    {best.score:4.0%}  {best.text}")
    print(
        f"{len(read_openers('test'))} openers: {', '.join(f'{name} {count}' for name, count in seen.items()) or 'no fault'}"
    )


if __name__ == "__main__":
    main()
