"""Do two questions of LCQMC's test ask the same? Paraphrase model and baselines.

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
from retrieval.evaluate import find_best_threshold
from retrieval.paraphrase.config import Weights
from retrieval.paraphrase.featurizer import FEATURES, Featurizer, PairFeatures
from retrieval.paraphrase.infer import Judge, open_judge
from retrieval.paraphrase.train import fit_weights, measure_jaccard, measure_pairs, predict_labels
from retrieval.paraphrase.training_pairs import (
    PairSet,
    build_starter_pairs,
    is_for_tuning,
    is_too_short,
    load_general_sets,
    load_lcqmc,
)
from retrieval.scorer import BM25Scorer, Scorer
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder
from retrieval.word_similarity import WordSimilarity

STARTER = Path(__file__).parent.parent / "data" / "starter"
_BAR = 60
_SHARE = 0.2


@dataclass(frozen=True)
class Table:
    """Labelled pairs, measured."""

    rows: Sequence[LabelledPair]
    measured: PairFeatures

    @property
    def labels(self) -> list[int]:
        """The labels."""
        return [row.label for row in self.rows]

    def select(self, chosen: Sequence[bool]) -> Table:
        """Return the chosen pairs."""
        rows = [row for row, wanted in zip(self.rows, chosen, strict=True) if wanted]
        left = [units for units, wanted in zip(self.measured.unmatched, chosen, strict=True) if wanted]
        return Table(rows, PairFeatures(self.measured.features[np.asarray(chosen, dtype=np.bool_)], tuple(left)))


def join(one: PairFeatures, other: PairFeatures) -> PairFeatures:
    """Concatenate the features of both."""
    return PairFeatures(np.concatenate([one.features, other.features]), (*one.unmatched, *other.unmatched))


def apply_weights(weights: Weights, table: Table) -> list[int]:
    """Return the labels that the weights give."""
    found = table.measured.features @ np.asarray([weights.features[name] for name in FEATURES]) + weights.bias
    found += np.asarray([sum(weights.units.get(unit, 0.0) for unit in left) for left in table.measured.unmatched])
    return [int(value >= 0) for value in found]


def hash_rows(rows: Sequence[LabelledPair]) -> str:
    """Return 12 hexadecimal digits of the SHA-256 of the rows."""
    lines = "\n".join(f"{row.first}\t{row.second}\t{row.label}" for row in rows)
    return hashlib.sha256(lines.encode()).hexdigest()[:12]


def print_line(
    name: str, given: Sequence[int], test: Table, dev: float | None = None, beside: Sequence[int] = ()
) -> None:
    """Print the accuracy with its interval, and the difference to other labels."""
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

    def __init__(self, similar: WordSimilarity) -> None:
        self._similar = similar

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> NDArray[np.float32]:
        """Return the cosines; 0 where a text has no known word."""
        return np.asarray([self._similar.similarity(context[-1], text) or 0.0 for text in candidates], np.float32)


def score_pairs(scorer: Scorer, rows: Sequence[LabelledPair]) -> list[float]:
    """Return the score of each pair."""
    return [float(scorer.score((row.first,), (row.second,))[0]) for row in rows]


def print_baselines(similar: WordSimilarity, train: Table, test: Table) -> list[int]:
    """Print the baselines, and return the labels of Jaccard's coefficient."""
    most = int(sum(train.labels) * 2 >= len(train.labels))
    print_line("majority", [most] * len(test.rows), test)
    scorers: list[Scorer] = [
        BM25Scorer(text for row in train.rows for text in (row.first, row.second)),
        Cosine(similar),
        SentenceEncoder(paths.artifacts_dir() / ENCODER),
    ]
    known, asked = measure_jaccard(similar, train.rows), measure_jaccard(similar, test.rows)
    threshold = find_best_threshold(known, train.labels, balanced=True)
    by_jaccard = [int(value >= threshold) for value in asked]
    print_line("Jaccard of characters", by_jaccard, test)
    for scorer in scorers:
        threshold = find_best_threshold(score_pairs(scorer, train.rows), train.labels, balanced=True)
        print_line(scorer.name, [int(value >= threshold) for value in score_pairs(scorer, test.rows)], test)
    return by_jaccard


def print_curve(tables: Mapping[str, Table], dev: Table, test: Table, beside: Sequence[int]) -> None:
    """Print the learning curve, with a bar for each accuracy from 0.5 on."""
    first, *others = tables
    bars = {}

    def step(name: str, sets: Mapping[str, Table]) -> None:
        given = [PairSet(one, table.rows, 1.0 if one == first else _SHARE) for one, table in sets.items()]
        weights = fit_weights(given, [table.measured for table in sets.values()])
        labels = apply_weights(weights, test)
        print_line(
            f"{name}: {sum(len(table.rows) for table in sets.values())}",
            labels,
            test,
            measure_balanced_accuracy(weights, dev),
            beside,
        )
        bars[name] = accuracy(labels, test.labels)

    whole = tables[first]
    places_of = np.argsort([digest(f"curve {row.first}") for row in whole.rows])
    rank = np.empty(len(whole.rows), dtype=np.int64)
    rank[places_of] = np.arange(len(whole.rows))
    for percent in (10, 20, 50, 100):
        step(f"{percent} % of {first}", {first: whole.select((rank < len(whole.rows) * percent / 100).tolist())})
    for count, name in enumerate(others, 1):
        step(f"+ {name}", {one: tables[one] for one in (first, *others[:count])})
    for name, value in bars.items():
        print(f"{name:24} {value:.3f} {'#' * round((value - 0.5) / 0.5 * _BAR)}")


def measure_balanced_accuracy(weights: Weights, table: Table) -> float:
    """Return the balanced accuracy on a table."""
    return balanced_accuracy(apply_weights(weights, table), table.labels)


def measure_speed(judge: Judge, texts: Sequence[str], count: int = 24, rounds: int = 200) -> tuple[float, float]:
    """Return the milliseconds of a question with count phrasings.

    First where all texts are new, then with another question.
    """
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


def print_other_sets(ours: Judge, found: Judge, similar: WordSimilarity) -> None:
    """Print the accuracy on the starter corpus, AFQMC and STS-B."""
    for language in LANGUAGES:
        known, asked = build_starter_pairs(STARTER, language), build_starter_pairs(STARTER, language, held_out=True)
        _print_other_set(found, similar, f"unseen starter phrasings, {language}", known, asked)
    _print_other_set(
        ours,
        similar,
        "AFQMC dev",
        list(sentence_pairs.read_afqmc("train"))[:5000],
        list(sentence_pairs.read_afqmc("dev")),
    )
    rated = list(stsb.read("test"))
    ratings = [one.score for one in rated]
    by_ours = [float(ours.probability(one.first, [one.second])[0]) for one in rated]
    plain = measure_jaccard(similar, [LabelledPair(one.first, one.second, 0) for one in rated])
    print(
        f"STS-B zh test, Spearman: {spearman(by_ours, ratings):.4f} (chance 0, Jaccard {spearman(plain, ratings):.4f})"
    )


def _print_other_set(
    ours: Judge, similar: WordSimilarity, name: str, known: Sequence[LabelledPair], asked: Sequence[LabelledPair]
) -> None:
    labels = [row.label for row in asked]
    threshold = find_best_threshold(measure_jaccard(similar, known), [row.label for row in known], balanced=True)
    plain = [int(value >= threshold) for value in measure_jaccard(similar, asked)]
    given = predict_labels(ours, asked)
    most = max(labels.count(0), labels.count(1)) / len(labels)
    print(
        f"{name}: {len(labels)} pairs; balanced accuracy {balanced_accuracy(given, labels):.4f} (chance 0.5, Jaccard "
        f"{balanced_accuracy(plain, labels):.4f}); accuracy {accuracy(given, labels):.4f} (majority {most:.4f}, Jaccard "
        f"{accuracy(plain, labels):.4f})",
        flush=True,
    )


def main() -> None:
    """Print all of it."""
    similar = WordSimilarity(paths.artifacts_dir() / "words")
    featurizer = Featurizer(similar.words, similar.vectors)
    kept, held = sentence_pairs.load_clean_training(), list(sentence_pairs.read_lcqmc("test"))
    for name, one in kept.items():
        print(f"{name}: {one.removed} rows removed, {len(one.rows)} kept, sha256 {hash_rows(one.rows)}")
    print(f"LCQMC test: {len(held)} rows, sha256 {hash_rows(held)}; split by digest, bootstrap with seed 0", flush=True)

    def table(name: str, rows: Sequence[LabelledPair]) -> Table:
        return Table(rows, measure_pairs(featurizer, rows, name))

    sets = load_general_sets(STARTER)
    used = {one.name: table(one.name, one.rows) for one in sets["zh"]}
    test, first = table("test", held), used[sets["zh"][0].name]
    dev = table("dev", [row for row in load_lcqmc() if is_for_tuning(row)])
    short = table("short", [row for row in kept["lcqmc dev"].rows if is_too_short(row) and not is_for_tuning(row)])
    print(
        f"LCQMC dev: {len(first.rows)} rows to learn from, {len(dev.rows)} kept back; {len(short.rows)} short ones left out"
    )
    print(f"\n{'':42} {'dev':>6}  LCQMC test, 95 %{'':10} above Jaccard, 95 %")
    by_jaccard = print_baselines(similar, first, test)
    ours = fit_weights(sets["zh"], [used[one.name].measured for one in sets["zh"]])
    print_line(
        "paraphrase, as shipped", apply_weights(ours, test), test, measure_balanced_accuracy(ours, dev), by_jaccard
    )
    only = fit_weights([PairSet("LCQMC dev", first.rows)], [first.measured], often=len(first.rows) + 1)
    print_line("  features only", apply_weights(only, test), test, measure_balanced_accuracy(only, dev), by_jaccard)
    all_rows = Table([*first.rows, *short.rows], join(first.measured, short.measured))
    skewed = fit_weights([PairSet("LCQMC dev", all_rows.rows)], [all_rows.measured])
    print_line(
        "  with the short rows of dev",
        apply_weights(skewed, test),
        test,
        measure_balanced_accuracy(skewed, dev),
        by_jaccard,
    )
    print()
    further = {name: table(name, kept[name].rows) for name in ("simclue pairs", "simclue triples", "afqmc train")}
    further["own zh"] = table("own zh", build_starter_pairs(STARTER, "zh"))
    print_curve({**used, **further}, dev, test, by_jaccard)
    print()
    judge = open_judge()
    print_other_sets(judge, open_judge(), similar)
    cold, warm = measure_speed(Judge(judge.config, similar), list(dict.fromkeys(row.first for row in held)))
    print(f"24 phrasings, median of 200 questions: {warm:.2f} ms, {cold:.2f} ms where all are met for the first time")


if __name__ == "__main__":
    main()
