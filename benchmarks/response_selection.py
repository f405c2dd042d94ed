"""One reply out of ten on held-out dialogues: baselines, encoder, served ranker.

The baselines are chance, TF-IDF and BM25.

    KANLIAO_CORPORA=... python -m benchmarks.response_selection [--epochs 5]

The instances are those of data.corpora.response_selection (fixed seed, split by a hash of the normalised dialogue). The stack is
shown as it ships; with weights learned on the dev instances of each set; and with a DSSM that was trained on the training
dialogues of all sets and CDial-GPT's, as a team would on its own logs. Nothing is fitted on test dialogues. XDailyDialog is
non-commercial, so nothing that ships has learned from it.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Sequence
from math import log, sqrt
from typing import TypeAlias

import numpy as np

from data import paths
from data.corpora import cdial
from data.corpora.response_selection import SETS, build_instances, load_dialogs
from data.corpora.split import Part
from data.metrics.bootstrap import compare_pairs
from data.records import Selection
from data.training.loop import Plan
from retrieval import served_ranker
from retrieval.evaluate import evaluate, evaluate_chance
from retrieval.examples import Example, build_dialog_examples
from retrieval.fusion import FusedScorer
from retrieval.postings import Floats
from retrieval.scorer import Scorer
from retrieval.train import train_model
from retrieval.training_data import drop_copies

Vector: TypeAlias = dict[str, float]
_HELD_OUT: tuple[Part, Part] = ("dev", "test")


class TfIdf:
    """The baseline: the cosine of TF-IDF vectors of character pairs, whole context."""

    name = "tf-idf"

    def __init__(self, collection: Sequence[str]) -> None:
        self._count = len(collection)
        self._containing = Counter(pair for text in collection for pair in _pairs(text))

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        """Return the cosines."""
        asked = self._vector(" ".join(context))
        found = [self._vector(text) for text in candidates]
        return np.asarray(
            [sum(asked.get(pair, 0.0) * value for pair, value in one.items()) for one in found], np.float32
        )

    def _vector(self, text: str) -> Vector:
        weighed = {
            pair: count * (log((1 + self._count) / (1 + self._containing[pair])) + 1)
            for pair, count in _pairs(text).items()
        }
        length = sqrt(sum(value * value for value in weighed.values())) or 1.0
        return {pair: value / length for pair, value in weighed.items()}


def _pairs(text: str) -> Counter[str]:
    text = re.sub(r"\s+", " ", text.lower())
    return Counter(text[place : place + 2] for place in range(len(text) - 1))


def load_examples() -> list[Example]:
    """Load the training dialogues of every set and CDial-GPT's pairs.

    Copies of held-out dialogues are left out.
    """
    found = [one for name in SETS for one in build_dialog_examples(load_dialogs(name, "train"), name)]
    found += build_dialog_examples(cdial.read(), "lccc")
    return drop_copies(found, [one for name in SETS for part in _HELD_OUT for one in load_dialogs(name, part)])


def train_dssm(epochs: int, dev: Sequence[Selection]) -> Scorer:
    """Train the DSSM, or go on where an earlier run stopped."""
    given = load_examples()
    steps = epochs * (len(given) // 256)
    plan = Plan(steps, 4e-3, warmup=100, check_every=max(1, steps // 8), seed=0)
    print(f"{len(given)} examples, {steps} steps", flush=True)
    folder = paths.runs_dir() / f"response-selection-{epochs}"
    return train_model("dssm", "weighted", given, dev, plan, 256, lambda term: 0.0, folder).scorer


def main() -> None:
    """Print a table for each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=5)
    given = parser.parse_args()
    dev = {name: list(build_instances(load_dialogs(name, "dev"))) for name in SETS}
    test = {name: list(build_instances(load_dialogs(name, "test"))) for name in SETS}
    net = train_dssm(given.epochs, [one for name in SETS for one in dev[name][:300]])
    for name in SETS:
        collection = [utterance.text for one in load_dialogs(name, "train") for utterance in one.utterances]
        shipped, floor = served_ranker.open_scorers(collection), TfIdf(collection)
        own = served_ranker.open_scorers(collection, net)
        learned = FusedScorer.fit(own, dev[name])
        rows: list[tuple[str, Scorer]] = [
            ("tf-idf, the floor", floor),
            *((part.name, part) for part in shipped[:3]),
            (f"{shipped[3].name} as shipped", shipped[3]),
            ("dssm of these dialogues", net),
            ("RRF of all, as shipped", FusedScorer(shipped)),
            ("served, as shipped", served_ranker.open_served_ranker(collection)),
            ("served, weights of this dev", FusedScorer.fit(shipped, dev[name])),
            ("served, trained on these", learned),
        ]
        reports = {label: evaluate(scorer, test[name]) for label, scorer in rows}
        base = reports["tf-idf, the floor"].mean("R@1")
        print(f"\n{name}: {len(test[name])} instances; weights of the last row {learned.describe()}")
        print(f"{'':28} {'R10@1':>6} {'R10@2':>6} {'R10@5':>6} {'MRR':>6} {'x floor':>8}  R10@1 minus BM25, 95 %")
        for label, report in {"chance": evaluate_chance(test[name]), **reports}.items():
            means = [report.mean(measure) for measure in ("R@1", "R@2", "R@5", "MRR")]
            shown = f"{label:28} {' '.join(f'{value:6.3f}' for value in means)} {means[0] / base:8.2f}"
            if "served" in label:
                apart = compare_pairs(report.values["R@1"], reports["bm25"].values["R@1"])
                shown += f"  {apart.mean:+.3f} [{apart.low:+.3f}, {apart.high:+.3f}]"
            print(shown, flush=True)


if __name__ == "__main__":
    main()
