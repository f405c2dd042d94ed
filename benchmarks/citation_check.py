"""Sentences that cite an entry: how many that it supports are shown, and how many that it does not support.

python -m benchmarks.citation_check [--failures]

Beside the check stand its parts alone (words, meaning), each at the threshold where it shows as many unsupported sentences, and
chance, which shows the same share of both.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.llm.evidence import NumberedSource
from bot.llm.support import Support, SupportChecker
from data import paths
from data.formats import read_pairs
from data.records import Pair
from data.text.language import language_of
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder

FOLDER = Path(__file__).parent
PARTS = {"clinic": "dev", "shop": "test"}


@dataclass(frozen=True)
class Line:
    """A sentence, what it cites, and whether that supports it."""

    owner: str
    source: NumberedSource
    is_supported: bool
    claim: str


def read_lines(owner: str) -> list[Line]:
    """Return the sentences about an owner's entries."""
    rows = read_pairs(FOLDER / "own_faq_owners" / owner / "faq.csv")
    pairs = {row.question: row for row in rows if isinstance(row, Pair)}
    lines = []
    for line in (FOLDER / "citations" / f"{owner}.tsv").read_text(encoding="utf-8").splitlines():
        question, supported, claim = line.split("\t")
        source = NumberedSource(1, question, pairs[question].reply, "faq.csv", 2)
        lines.append(Line(owner, source, supported == "1", claim))
    return lines


def measure_shares(shown: Sequence[bool], lines: Sequence[Line]) -> tuple[float, float]:
    """Return the shares of supported and of unsupported sentences that are shown."""
    right = [flag for flag, line in zip(shown, lines, strict=True) if line.is_supported]
    wrong = [flag for flag, line in zip(shown, lines, strict=True) if not line.is_supported]
    return sum(right) / len(right), sum(wrong) / len(wrong)


def match_wrong(scores: Sequence[float], lines: Sequence[Line], wrong: float) -> tuple[float, float]:
    """Return the shares at the lowest threshold at which no more unsupported sentences are shown."""
    for least in sorted({-2.0, *scores}):
        shares = measure_shares([score > least for score in scores], lines)
        if shares[1] <= wrong:
            return shares
    return 0.0, 0.0


def show_table(name: str, lines: Sequence[Line], found: Sequence[Support]) -> None:
    """Print the shares of one set of sentences."""
    shares = measure_shares([support.is_enough for support in found], lines)
    count = sum(line.is_supported for line in lines)
    print(f"\n{name}: {count} supported, {len(lines) - count} unsupported")
    rows = {
        "check": shares,
        "meaning alone": match_wrong([support.meaning for support in found], lines, shares[1]),
        "words alone": match_wrong([support.words or 0.0 for support in found], lines, shares[1]),
        "chance": (shares[1], shares[1]),
    }
    for row, (right, wrong) in rows.items():
        print(f"  {row:16}{right:>8.1%} supported shown{wrong:>8.1%} unsupported shown")


def main() -> None:
    """Print a table of each part and language."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--failures", action="store_true", help="list the sentences that are judged wrongly")
    given = parser.parse_args()
    checker = SupportChecker(SentenceEncoder(paths.artifacts_dir() / ENCODER).encode)
    for owner, part in PARTS.items():
        lines = read_lines(owner)
        found = [checker.measure(line.claim, [line.source], line.source.title) for line in lines]
        for language in ("zh", "en"):
            own = [place for place, line in enumerate(lines) if language_of(line.claim, "en") == language]
            show_table(
                f"{owner} ({part}), {language}", [lines[place] for place in own], [found[place] for place in own]
            )
        for line, support in zip(lines, found, strict=True) if given.failures else ():
            if support.is_enough != line.is_supported:
                print(f"    {int(line.is_supported)} {line.claim} <- {line.source.title} {support}")


if __name__ == "__main__":
    main()
