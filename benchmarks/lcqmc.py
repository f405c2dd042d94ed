"""LCQMC's test pairs: do the two questions ask the same? The paraphrase model beside chance and plain baselines, with its curve.

    KANLIAO_CORPORA=... python -m benchmarks.lcqmc

Rows that share a sentence with the test are left out of every set, a tenth of dev is kept back (the column "dev", balanced
accuracy), and nothing is chosen by the test. The baselines' thresholds are the best on the rows of dev that ours learns from,
both labels weighed alike, as ours weighs them. Intervals hold 95 % of 10,000 bootstrap samples of the test pairs. The learning
curve draws its parts by the digest of the first text; then each further set is added in turn, with a bias of its own and counting
a fifth. The sentence encoder has learned from none of them. Features alone and the short rows are what was left out on the way.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data import paths
from data.corpora import sentence_pairs, stsb
from data.corpora.split import digest
from data.metrics.accuracy import accuracy
from data.metrics.balanced_accuracy import balanced_accuracy
from data.metrics.bootstrap import compare_pairs
from data.metrics.spearman import spearman
from data.records import LANGUAGES, LabelledPair
from retrieval.evaluate import best_threshold
from retrieval.paraphrase.codec import FEATURES, Codec, Measured
from retrieval.paraphrase.config import Weights
from retrieval.paraphrase.infer import Judge, open_judge
from retrieval.paraphrase.sets import Set, as_they_come, lcqmc, own, shorter, tuning
from retrieval.paraphrase.train import jaccard, judged, learned, measured
from retrieval.scorer import BM25Scorer, Scorer
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder
from retrieval.similar import Similar

STARTER = Path(__file__).parent.parent / "data" / "starter"
_BAR = 60
_SHARE = 0.2


@dataclass(frozen=True)
class Table:
    """Labelled pairs, measured."""

    rows: Sequence[LabelledPair]
    measured: Measured

    @property
    def labels(self) -> list[int]:
        """The labels."""
        return [row.label for row in self.rows]

    def where(self, chosen: Sequence[bool]) -> Table:
        """The pairs that are chosen."""
        rows = [row for row, wanted in zip(self.rows, chosen, strict=True) if wanted]
        left = [units for units, wanted in zip(self.measured.left, chosen, strict=True) if wanted]
        return Table(rows, Measured(self.measured.features[np.asarray(chosen, dtype=np.bool_)], tuple(left)))


def joined(one: Measured, other: Measured) -> Measured:
    """What was measured of both, one after the other."""
    return Measured(np.concatenate([one.features, other.features]), (*one.left, *other.left))


def decided(weights: Weights, table: Table) -> list[int]:
    """The labels that the weights give."""
    found = table.measured.features @ np.asarray([weights.features[name] for name in FEATURES]) + weights.bias
    found += np.asarray([sum(weights.units.get(unit, 0.0) for unit in left) for left in table.measured.left])
    return [int(value >= 0) for value in found]


def hashed(rows: Sequence[LabelledPair]) -> str:
    """12 hexadecimal digits of the SHA-256 of the rows."""
    lines = "\n".join(f"{row.first}\t{row.second}\t{row.label}" for row in rows)
    return hashlib.sha256(lines.encode()).hexdigest()[:12]


def line(name: str, given: Sequence[int], test: Table, dev: float | None = None, beside: Sequence[int] = ()) -> None:
    """Print the accuracy on the test with its interval, and how far it is above another's labels."""
    right = [float(one == other) for one, other in zip(given, test.labels, strict=True)]
    one = compare_pairs(right, [0.0] * len(right))
    shown = f"{name:42} {'' if dev is None else f'{dev:.4f}':>6}  {one.mean:.4f} [{one.low:.4f}, {one.high:.4f}]"
    if beside:
        others = [float(one == other) for one, other in zip(beside, test.labels, strict=True)]
        apart = compare_pairs(right, others)
        shown += f"  {apart.mean:+.4f} [{apart.low:+.4f}, {apart.high:+.4f}]"
    print(shown, flush=True)


class Cosine:
    """The cosine of mean word vectors."""

    name = "cosine of word vectors"

    def __init__(self, similar: Similar) -> None:
        self._similar = similar

    def scores(self, context: Sequence[str], candidates: Sequence[str]) -> NDArray[np.float32]:
        """The cosines; 0 where a text has no known word."""
        return np.asarray([self._similar.similarity(context[-1], text) or 0.0 for text in candidates], np.float32)


def scored(scorer: Scorer, rows: Sequence[LabelledPair]) -> list[float]:
    """The score of each pair."""
    return [float(scorer.scores((row.first,), (row.second,))[0]) for row in rows]


def baselines(similar: Similar, train: Table, test: Table) -> list[int]:
    """Print the plain ones; the labels that Jaccard's coefficient gives."""
    most = int(sum(train.labels) * 2 >= len(train.labels))
    line("majority", [most] * len(test.rows), test)
    scorers: list[Scorer] = [
        BM25Scorer(text for row in train.rows for text in (row.first, row.second)),
        Cosine(similar),
        SentenceEncoder(paths.artifacts_dir() / ENCODER),
    ]
    known, asked = jaccard(similar, train.rows), jaccard(similar, test.rows)
    threshold = best_threshold(known, train.labels, balanced=True)
    by_jaccard = [int(value >= threshold) for value in asked]
    line("Jaccard of characters", by_jaccard, test)
    for scorer in scorers:
        threshold = best_threshold(scored(scorer, train.rows), train.labels, balanced=True)
        line(scorer.name, [int(value >= threshold) for value in scored(scorer, test.rows)], test)
    return by_jaccard


def curve(tables: Mapping[str, Table], dev: Table, test: Table, beside: Sequence[int]) -> None:
    """Print the accuracy with more and more to learn from, and a bar for each, from 0.5 on."""
    first, *others = tables
    bars = {}

    def step(name: str, sets: Mapping[str, Table]) -> None:
        given = [Set(one, table.rows, 1.0 if one == first else _SHARE) for one, table in sets.items()]
        weights = learned(given, [table.measured for table in sets.values()])
        labels = decided(weights, test)
        line(f"{name}: {sum(len(table.rows) for table in sets.values())}", labels, test, balanced(weights, dev), beside)
        bars[name] = accuracy(labels, test.labels)

    whole = tables[first]
    places_of = np.argsort([digest(f"curve {row.first}") for row in whole.rows])
    rank = np.empty(len(whole.rows), dtype=np.int64)
    rank[places_of] = np.arange(len(whole.rows))
    for percent in (10, 20, 50, 100):
        step(f"{percent} % of {first}", {first: whole.where((rank < len(whole.rows) * percent / 100).tolist())})
    for count, name in enumerate(others, 1):
        step(f"+ {name}", {one: tables[one] for one in (first, *others[:count])})
    for name, value in bars.items():
        print(f"{name:24} {value:.3f} {'#' * round((value - 0.5) / 0.5 * _BAR)}")


def balanced(weights: Weights, table: Table) -> float:
    """The balanced accuracy on a table."""
    return balanced_accuracy(decided(weights, table), table.labels)


def speed(judge: Judge, texts: Sequence[str], count: int = 24, rounds: int = 200) -> tuple[float, float]:
    """Milliseconds for a question with count phrasings: seen for the first time, and again with another question."""
    cold = []
    for start in range(0, rounds * count, count):
        begun = time.perf_counter()
        judge.probability(texts[start], texts[start + 1 : start + 1 + count])
        cold.append(time.perf_counter() - begun)
    phrasings = texts[1 : 1 + count]
    warm = []
    for text in texts[rounds * count + 1 : rounds * (count + 1)]:
        begun = time.perf_counter()
        judge.probability(text, phrasings)
        warm.append(time.perf_counter() - begun)
    return float(np.median(cold)) * 1000, float(np.median(warm)) * 1000


def asides(ours: Judge, found: Judge, similar: Similar) -> None:
    """Print what it is worth on other sets: the starter corpus in both languages, AFQMC and STS-B."""
    for language in LANGUAGES:
        known, asked = own(STARTER, language), own(STARTER, language, held_out=True)
        _aside(found, similar, f"unseen starter phrasings, {language}", known, asked)
    _aside(
        ours,
        similar,
        "AFQMC dev",
        list(sentence_pairs.read_afqmc("train"))[:5000],
        list(sentence_pairs.read_afqmc("dev")),
    )
    rated = list(stsb.read("test"))
    ratings = [one.score for one in rated]
    by_ours = [float(ours.probability(one.first, [one.second])[0]) for one in rated]
    plain = jaccard(similar, [LabelledPair(one.first, one.second, 0) for one in rated])
    print(
        f"STS-B zh test, Spearman: {spearman(by_ours, ratings):.4f} (chance 0, Jaccard {spearman(plain, ratings):.4f})"
    )


def _aside(
    ours: Judge, similar: Similar, name: str, known: Sequence[LabelledPair], asked: Sequence[LabelledPair]
) -> None:
    labels = [row.label for row in asked]
    threshold = best_threshold(jaccard(similar, known), [row.label for row in known], balanced=True)
    plain = [int(value >= threshold) for value in jaccard(similar, asked)]
    given = judged(ours, asked)
    most = max(labels.count(0), labels.count(1)) / len(labels)
    print(
        f"{name}: {len(labels)} pairs; balanced accuracy {balanced_accuracy(given, labels):.4f} (chance 0.5, Jaccard "
        f"{balanced_accuracy(plain, labels):.4f}); accuracy {accuracy(given, labels):.4f} (majority {most:.4f}, Jaccard "
        f"{accuracy(plain, labels):.4f})",
        flush=True,
    )


def main() -> None:
    """Print all of it."""
    similar = Similar(paths.artifacts_dir() / "words")
    codec = Codec(similar.words, similar.vectors)
    kept, held = sentence_pairs.load_clean_training(), list(sentence_pairs.read_lcqmc("test"))
    for name, one in kept.items():
        print(f"{name}: {one.removed} rows removed, {len(one.rows)} kept, sha256 {hashed(one.rows)}")
    print(f"LCQMC test: {len(held)} rows, sha256 {hashed(held)}; split by digest, bootstrap with seed 0", flush=True)

    def table(name: str, rows: Sequence[LabelledPair]) -> Table:
        return Table(rows, measured(codec, rows, name))

    sets = as_they_come(STARTER)
    used = {one.name: table(one.name, one.rows) for one in sets["zh"]}
    test, first = table("test", held), used[sets["zh"][0].name]
    dev = table("dev", [row for row in lcqmc() if tuning(row)])
    short = table("short", [row for row in kept["lcqmc dev"].rows if shorter(row) and not tuning(row)])
    print(
        f"LCQMC dev: {len(first.rows)} rows to learn from, {len(dev.rows)} kept back; {len(short.rows)} short ones left out"
    )
    print(f"\n{'':42} {'dev':>6}  LCQMC test, 95 %{'':10} above Jaccard, 95 %")
    by_jaccard = baselines(similar, first, test)
    ours = learned(sets["zh"], [used[one.name].measured for one in sets["zh"]])
    line("paraphrase, as shipped", decided(ours, test), test, balanced(ours, dev), by_jaccard)
    only = learned([Set("LCQMC dev", first.rows)], [first.measured], often=len(first.rows) + 1)
    line("  features only", decided(only, test), test, balanced(only, dev), by_jaccard)
    all_rows = Table([*first.rows, *short.rows], joined(first.measured, short.measured))
    skewed = learned([Set("LCQMC dev", all_rows.rows)], [all_rows.measured])
    line("  with the short rows of dev", decided(skewed, test), test, balanced(skewed, dev), by_jaccard)
    print()
    further = {name: table(name, kept[name].rows) for name in ("simclue pairs", "simclue triples", "afqmc train")}
    further["own zh"] = table("own zh", own(STARTER, "zh"))
    curve({**used, **further}, dev, test, by_jaccard)
    print()
    judge = open_judge()
    asides(judge, open_judge(), similar)
    cold, warm = speed(Judge(judge.config, similar), list(dict.fromkeys(row.first for row in held)))
    print(f"24 phrasings, median of 200 questions: {warm:.2f} ms, {cold:.2f} ms where all are met for the first time")


if __name__ == "__main__":
    main()
