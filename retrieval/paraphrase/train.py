"""Training of a paraphrase model: labelled pairs in, artifact out.

It needs no torch; the progress bar is in the extra `train`.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from data import artifact, paths
from data.artifact import Artifact, Manifest, Score
from data.corpora import sentence_pairs
from data.corpora.sentence_pairs import drop_overlap
from data.formats.ranking import read_labelled
from data.metrics.accuracy import accuracy
from data.metrics.balanced_accuracy import balanced_accuracy
from data.records import LANGUAGES, LabelledPair, Language
from data.text.language import language_of
from retrieval.calibration import fit
from retrieval.evaluate import evaluate, evaluate_chance, find_best_threshold
from retrieval.paraphrase.config import Config, Weights
from retrieval.paraphrase.featurizer import FEATURES, Featurizer, PairFeatures
from retrieval.paraphrase.infer import Judge
from retrieval.paraphrase.training_pairs import (
    PairSet,
    build_selections,
    build_starter_pairs,
    is_for_tuning,
    load_general_sets,
    load_search_sets,
)
from retrieval.scorer import BM25Scorer
from retrieval.word_similarity import WordSimilarity

MIN_UNIT_COUNT = 20
"""In how many pairs, counted as much as their set, a unit is on one side only before it gets a weight of its own."""
_PENALTY = 1.0
_UNIT_PENALTY = 2.0
# A set's own bias is hardly held back.
_FREE = 3.0

GOLDEN = (
    ("花呗怎么还款", "怎么还花呗"), ("男生适合什么发型", "女生适合什么发型"), ("今天天气怎么样", "今天天气如何？"), ("", "你好"),
    ("how do I save a chat", "how can I keep this conversation"), ("who made you", "where are you"), ("学CNN", "what is CNN"),
)  # fmt: skip
"""Pairs whose probabilities an artifact keeps beside its weights."""


def measure_pairs(featurizer: Featurizer, rows: Sequence[LabelledPair], name: str = "measuring") -> PairFeatures:
    """Return the features float32 [N, F] of labelled pairs, and their unmatched units."""
    found = []
    with tqdm(total=len(rows), desc=name, mininterval=1.0, disable=len(rows) < 1000) as bar:
        for first, group in groupby(rows, key=lambda row: row.first):
            seconds = [row.second for row in group]
            found.append(featurizer.measure(first, seconds))
            bar.update(len(seconds))
    features = np.concatenate([one.features for one in found]) if found else np.zeros((0, len(FEATURES)), np.float32)
    return PairFeatures(features, tuple(left for one in found for left in one.unmatched))


def compute_importance(labels: NDArray[np.bool_], share: float) -> NDArray[np.float64]:
    """Return float64 [N]: how often each pair of a set counts.

    Right and wrong ones count alike, and all together count share * N.

    Raises:
        ValueError: There is only one kind of label.
    """
    right = float(labels.mean()) if len(labels) else 0.0
    if right in (0.0, 1.0):
        raise ValueError(
            f"{len(labels)} pairs, {labels.sum()} of them labelled 1; both labels are needed. Give more pairs."
        )
    return np.where(labels, share / 2 / right, share / 2 / (1 - right))


def fit_weights(sets: Sequence[PairSet], table: Sequence[PairFeatures], often: int = MIN_UNIT_COUNT) -> Weights:
    """Fit the weights that make the labels of the sets most likely.

    The first set determines the bias. Each other set has a bias of its own, because how often pairs that look alike mean the
    same depends on how they were drawn.

    Args:
        sets: Labelled pairs.
        table: What was measured of each set.
        often: A unit that is unmatched in fewer pairs has no weight of its own.

    Raises:
        ValueError: A set has only one kind of label.
    """
    labels = [np.asarray([row.label == 1 for row in one.rows], dtype=np.bool_) for one in sets]
    counts = np.concatenate([compute_importance(each, one.share) for each, one in zip(labels, sets, strict=True)])
    features = np.concatenate([one.features for one in table]).astype(np.float64)
    left = [units for one in table for units in one.unmatched]
    seen: defaultdict[str, float] = defaultdict(float)
    for one, each in zip(sets, table, strict=True):
        for unit, count in Counter(unit for units in each.unmatched for unit in units).items():
            seen[unit] += one.share * count
    single = sorted(unit for unit, count in seen.items() if count >= often)
    columns = {unit: column for column, unit in enumerate(single)}
    alone = np.zeros((len(features), len(columns)))
    for number, units in enumerate(left):
        alone[number, [columns[unit] for unit in units if unit in columns]] = 1.0
    mean = np.average(features, axis=0, weights=counts)
    spread = np.sqrt(np.average((features - mean) ** 2, axis=0, weights=counts))
    spread = np.where(spread > 1e-6, spread, 1.0)
    of_set = np.repeat(np.arange(len(sets)), [len(one.rows) for one in sets])
    apart = (of_set[:, None] == np.arange(1, len(sets))).astype(np.float64) * _FREE
    scale = np.sqrt(_PENALTY / _UNIT_PENALTY)
    design = np.hstack([(features - mean) / spread, alone * scale, apart])
    names = [*FEATURES, *columns, *(one.name for one in sets[1:])]
    found, bias = fit(names, design, np.concatenate(labels), _PENALTY, importance=counts)
    weights = np.asarray(found[: len(FEATURES)]) / spread
    units = np.asarray(found[len(FEATURES) : len(FEATURES) + len(columns)]) * scale
    return Weights(
        dict(zip(FEATURES, (round(float(one), 6) for one in weights), strict=True)),
        dict(zip(columns, (round(float(one), 4) for one in units), strict=True)),
        round(float(bias - weights @ mean), 6),
    )


def train(sets: Mapping[Language, Sequence[PairSet]], similar: WordSimilarity) -> Config:
    """Train the weights of each language on its sets.

    Raises:
        ValueError: There are no pairs.
    """
    featurizer = Featurizer(similar.words, similar.vectors)
    found = {}
    for language in LANGUAGES:
        given = [one for one in sets.get(language, ()) if one.rows]
        if given:
            found[language] = fit_weights(given, [measure_pairs(featurizer, one.rows, one.name) for one in given])
    if not found:
        raise ValueError("there are no pairs to learn from; give a file of two texts and a label a line")
    return Config(found, similar.version)


def group_by_language(rows: Sequence[LabelledPair], name: str) -> dict[Language, list[PairSet]]:
    """Return the rows as one set for each language."""
    parts: dict[Language, list[LabelledPair]] = {language: [] for language in LANGUAGES}
    for row in rows:
        parts[language_of(f"{row.first} {row.second}", "zh")].append(row)
    return {language: [PairSet(name, part)] for language, part in parts.items() if part}


def save(config: Config, manifest: Manifest, folder: Path, similar: WordSimilarity) -> Artifact:
    """Write the model as an artifact.

    Its weights are in the manifest; its golden are texts with their probabilities.
    """
    described = replace(manifest, config={"model": Judge.name, **config.to_dict()})
    firsts, seconds = zip(*GOLDEN, strict=True)
    judge = Judge(config, similar)
    made = [float(judge.probability(first, [second])[0]) for first, second in GOLDEN]
    golden = {"first": np.asarray(firsts), "second": np.asarray(seconds), "probability": np.asarray(made, np.float32)}
    return artifact.write(folder, described, golden=golden)


def predict_labels(judge: Judge, rows: Sequence[LabelledPair]) -> list[int]:
    """Return the labels that the judge gives."""
    return [int(judge.probability(row.first, [row.second])[0] >= 0.5) for row in rows]


def measure_jaccard(similar: WordSimilarity, rows: Sequence[LabelledPair]) -> list[float]:
    """Return the baseline: Jaccard's coefficient of characters or English words."""
    featurizer, place = Featurizer(similar.words, similar.vectors), FEATURES.index("units")
    return [float(value) for value in measure_pairs(featurizer, rows, "baseline").features[:, place]]


def train_file(path: Path, dev: Path | None, out: Path) -> Artifact:
    """Train a model on the labelled pairs in a file, and write its artifact.

    It is checked on those of dev, or on a tenth that is held back by the digest of its first texts; training rows that share a
    sentence with a row it is checked on are left out. Raises FormatError, OSError, ArtifactError, and ValueError if there is too
    little to learn from.
    """
    rows = list(read_labelled(path))
    held = [row for row in rows if is_for_tuning(row)] if dev is None else list(read_labelled(dev))
    kept = drop_overlap(held, rows)
    if not kept or not held:
        raise ValueError(
            f"{path.name} leaves {len(kept)} pairs to train on and {len(held)} to check with; expected at least one of each. "
            "Give more pairs, or a file to check with (--dev)."
        )
    similar = WordSimilarity(paths.artifacts_dir() / "words")
    config = train(group_by_language(kept, path.name), similar)
    wanted = [row.label for row in held]
    threshold = find_best_threshold(measure_jaccard(similar, kept), [row.label for row in kept])
    plain = accuracy([int(value >= threshold) for value in measure_jaccard(similar, held)], wanted)
    most = max(wanted.count(0), wanted.count(1)) / len(wanted)
    value = accuracy(predict_labels(Judge(config, similar), held), wanted)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    manifest = Manifest(
        name=out.name,
        version="1",
        trained_on=f"{path.name} (sha256 {digest}), {len(kept)} pairs",
        licence="that of the file it was trained on",
        limits="Knows what its pairs show. Labels are weighed alike, so 0.5 parts them where both are as frequent.",
        scores=(Score("held out", "accuracy", round(value, 4), round(most, 4), round(plain, 4), "Jaccard of units"),),
        train=f"python -m retrieval train --model paraphrase --pairs {path.name}",
    )
    return save(config, manifest, out, similar)


def train_shipped(starter: Path, out: Path) -> tuple[Artifact, Artifact]:
    """Train the two models that ship, for any questions and for found phrasings.

    The second artifact lies beside the first, with "-found" after its name.

    Raises:
        CorpusError, FormatError, ArtifactError: Something that they are made from is missing or damaged.
    """
    similar = WordSimilarity(paths.artifacts_dir() / "words")
    sets = load_general_sets(starter), load_search_sets(starter)
    configs = tuple(train(each, similar) for each in sets)
    judges = [Judge(config, similar) for config in configs]
    test = list(sentence_pairs.read_lcqmc("test"))
    english = build_starter_pairs(starter, "en", held_out=True)
    scores = [
        [
            _evaluate_pairs(judges[0], similar, "LCQMC test", sets[0]["zh"][0].rows, test),
            _evaluate_pairs(judges[0], similar, "unseen starter phrasings, en", sets[0]["en"][0].rows, english),
        ],
        [_evaluate_first(judges[1], starter, language) for language in LANGUAGES],
    ]
    limits = (
        "Sees which characters and words are shared, not what they mean together; who does what to whom escapes it.",
        "For phrasings that a search by words found; of two questions as they come it knows little.",
    )
    made = []
    for place, name in enumerate((out.name, f"{out.name}-found")):
        counts = ", ".join(f"{one.name} {len(one.rows)}" for each in sets[place].values() for one in each)
        manifest = Manifest(
            name=name,
            version="1",
            trained_on=f"{_SOURCES[place]}: {counts} pairs",
            licence=_LICENCES[place],
            limits=f"{limits[place]} Labels are weighed alike in training, so 0.5 parts them where both are as frequent.",
            scores=tuple(scores[place]),
            train="python -m retrieval train --model paraphrase",
        )
        made.append(save(configs[place], manifest, out.parent / name, similar))
    return made[0], made[1]


_SOURCES = (
    "LCQMC dev without what LCQMC's test holds, and the starter corpus (nine phrasings of ten)",
    "the starter corpus (nine phrasings of ten)",
)
_LICENCES = (
    "made from text written for this project and from LCQMC, which is for research; none is marked non-commercial",
    "Apache-2.0; made from text written for this project",
)


def _evaluate_pairs(
    judge: Judge, similar: WordSimilarity, name: str, known: Sequence[LabelledPair], asked: Sequence[LabelledPair]
) -> Score:
    wanted = [row.label for row in asked]
    threshold = find_best_threshold(measure_jaccard(similar, known), [row.label for row in known], balanced=True)
    plain = balanced_accuracy([int(value >= threshold) for value in measure_jaccard(similar, asked)], wanted)
    value = balanced_accuracy(predict_labels(judge, asked), wanted)
    title = f"{name}: {len(asked)} pairs, {sum(wanted)} of them alike"
    return Score(title, "balanced accuracy", round(value, 4), 0.5, round(plain, 4), "Jaccard of characters or words")


def _evaluate_first(judge: Judge, starter: Path, language: Language) -> Score:
    asked = [one for one in build_selections(starter, language) if 0 < sum(one.labels) < len(one.labels)]
    baseline = BM25Scorer(row.second for row in build_starter_pairs(starter, language))
    value, plain = (evaluate(each, asked).mean("MRR") for each in (judge, baseline))
    title = f"unseen starter phrasings, {language}: {len(asked)}, one of their entry among the five found"
    return Score(title, "MRR", round(value, 4), round(evaluate_chance(asked).mean("MRR"), 4), round(plain, 4), "BM25")
