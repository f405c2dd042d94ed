"""`python -m retrieval calibrate`: measure what each match feature is worth and write the calibration that serving uses."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from data import artifact, places
from data.artifact import Manifest, Score
from data.formats.starter import digest_starter, read_starter
from data.text.segment import words
from retrieval.calibrate import Asked, as_stored, calibrated, held_out, measured
from retrieval.calibration import Calibration
from retrieval.hybrid import Hybrid

ROOT = Path(__file__).parent.parent
NAME = "retrieval-calibration"
SEED = 13


def questions(path: Path) -> list[Asked]:
    """The questions of a JSON lines file (question, language, entry), entry with its language as ids have it."""
    asked = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Asked(one["question"], one["language"], one["entry"] and f"{one['entry']}.{one['language']}") for one in asked
    ]


def calibrate(starter: Path, dev: Path, off_topic: float, margin: float) -> tuple[Calibration, Manifest]:
    """The calibration fitted on held-out phrasings of the starter corpus and the dev questions, and its manifest."""
    entries = list(read_starter(starter))
    asked = questions(dev)
    index = Hybrid().changed(entries)
    tried = measured(index, asked)
    inside = [*held_out(entries, seed=SEED), *measured(index, as_stored(entries, 1000, SEED))]
    # The dev questions are few and the real thing; the held-out ones are many and only resemble it.
    rules = calibrated([*inside, *(tried * 4)], tried, off_topic, margin)
    best = [max(one.hits, key=lambda hit: rules.probability(hit.features), default=None) for one in tried]
    meant = [
        (one.asked.entry == hit.entry.id and rules.probability(hit.features) >= rules.floor)
        for one, hit in zip(tried, best, strict=True)
        if one.asked.entry and hit
    ]
    plain = [index.by_words.search(words(one.question), 1) for one in asked if one.entry]
    found = [index.phrasings[hits[0][0]].entry if hits else "" for hits in plain]
    baseline = np.mean([id == one.entry for id, one in zip(found, (one for one in asked if one.entry), strict=True)])
    chance = 2 / len(entries)
    digest = f"starter {digest_starter(starter)[:12]}, dev {hashlib.sha256(dev.read_bytes()).hexdigest()[:12]}"
    manifest = Manifest(
        name=NAME,
        version="1",
        trained_on=f"held-out phrasings of the starter corpus and {dev.name} ({digest}, seed {SEED})",
        licence="Apache-2.0; made from text written for this project",
        limits="Sees words and characters, not meaning: a paraphrase without a word in common is not found.",
        scores=(
            Score(
                f"{dev.name}, tuned on it: {len(meant)} paraphrases",
                "intended entry replied",
                round(sum(meant) / len(meant), 4),
                round(chance, 4),
                round(float(baseline), 4),
                "BM25 over the words of the phrasings, no floor",
            ),
        ),
        config=rules.to_dict(),
        train="python -m retrieval calibrate",
    )
    return rules, manifest


def main() -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="python -m retrieval")
    commands = parser.add_subparsers(dest="command", required=True)
    fit = commands.add_parser("calibrate", help="measure the match features again and write the artifact")
    fit.add_argument("--starter", type=Path, default=ROOT / "data" / "starter")
    fit.add_argument("--dev", type=Path, default=ROOT / "benchmarks" / "starter_questions" / "dev.jsonl")
    fit.add_argument("--off-topic", type=float, default=0.9, help="share of off-topic dev questions below the floor")
    fit.add_argument("--margin", type=float, default=0.1)
    given = parser.parse_args()
    rules, manifest = calibrate(given.starter, given.dev, given.off_topic, given.margin)
    written = artifact.write(places.artifacts() / NAME, manifest)
    for name, weight in zip(rules.names, rules.weights, strict=True):
        print(f"{name:18} {weight:+7.2f}")
    print(f"{'bias':18} {rules.bias:+7.2f}\nfloor {rules.floor:g}, margin {rules.margin:g}")
    for score in manifest.scores:
        print(
            f"{score.metric}: {score.value:.1%} (chance {score.chance:.2%}, {score.baseline_is} {score.baseline:.1%})"
        )
    print(f"written to {written.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
