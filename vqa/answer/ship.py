"""Train the shipped answerer on all sets: from the corpora to the artifact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from data import paths
from data.artifact import Artifact, Manifest, Score
from data.records import LANGUAGES, PictureQuestion
from data.training import parallel
from data.training.loop import Plan
from vqa.answer import corpora
from vqa.answer.compare import Comparison, compare, measure_features
from vqa.answer.corpora import CombinedFeatures, Splits
from vqa.answer.evaluate import ALL, mean_by_type
from vqa.answer.ngram_baseline import NgramBaseline
from vqa.answer.train import FeatureSource, TrainedAnswerer, build_config, build_featurizer, save, train
from vqa.encoder.feature_store import file_tag

PLAN = Plan(steps=1_800, rate=2e-3, warmup=100, check_every=300, patience=8, average=0.995)
VALIDATION_QUESTIONS = 500
"""The most dev questions of each set, so that each set counts alike in early stopping."""
REPEATS: Mapping[str, int] = {"labels": 3}
"""How many times as often a set is drawn from as its size alone would have it: everyday life is what people ask about."""
CALIBRATED = ("labels", "coco")
"""The sets whose dev questions temperatures and thresholds are fitted on: questions as people ask them about photos."""
LIMITS = (
    "One word or two of some 1,000: objects, colours, materials, counts to about five, places, actions, yes and no. It cannot "
    "read or name people, and counts poorly. An answer without a Chinese word is given in English."
)


NGRAMS_ALONE = "logistic regression on the n-grams of the question"
BLIND_NET = "the same net without the picture"


def ship(
    stores: Mapping[str, FeatureSource],
    encoder: str,
    folder: Path,
    plan: Plan = PLAN,
    small: bool = True,
) -> Artifact:
    """Train on all sets and write the artifact, with its scores on each set.

    The baseline of each set is logistic regression on the n-grams of its questions. An interrupted run continues.

    Args:
        stores: The features of the pictures, by the names that data.corpora.pictures has for their sets.
        encoder: The version of the encoder.
        folder: Where the artifact is written.
        plan: The training plan.
        small: Whether the graphs are quantized.

    Raises:
        CorpusError: A corpus is missing.
        KeyError: A set of pictures has no features.
    """
    parts = {name: read() for name, read in corpora.SETS.items()}
    features = CombinedFeatures(stores)
    sets = [part.train for name, part in parts.items() for _ in range(REPEATS.get(name, 1))]
    dev = [question for part in parts.values() for question in _subsample(part.dev)]
    plan = replace(plan, device=parallel.choose_device())
    learned = [question for part in parts.values() for question in part.train]
    featurizer = build_featurizer(learned, corpora.known_choices())
    channels, classes = measure_features(features, learned[0].image)
    config = build_config(featurizer, channels, encoder, classes=classes)
    run = paths.runs_dir() / f"answer-{file_tag(encoder)}"
    net, _ = train(sets, dev, features, featurizer, config, plan, run)
    natural = [question for name in CALIBRATED if name in parts for question in parts[name].dev] or dev
    ours = TrainedAnswerer(net.cpu(), featurizer, features)
    net.config = ours.calibrate(natural)
    scores = []
    for name, part in parts.items():
        blind = NgramBaseline(part.train, part.dev)
        for some, measured_on in _test_sets(name, part):
            comparison = compare(ours, blind, featurizer, part.train, some)
            print("\n".join((measured_on, *comparison.table_lines())), flush=True)
            scores += build_scores(measured_on, comparison, NGRAMS_ALONE)
    return write_artifact(ours, parts, scores, plan, folder, small)


def write_artifact(
    ours: TrainedAnswerer,
    parts: Mapping[str, Splits],
    scores: list[Score],
    plan: Plan,
    folder: Path,
    small: bool,
) -> Artifact:
    """Write the trained net as an artifact with its scores."""
    learned = [question for part in parts.values() for question in part.train]
    counts = ", ".join(f"{name} {len(part.train)}" for name, part in parts.items())
    manifest = Manifest(
        name=folder.name,
        version="2",
        trained_on=f"{corpora.TRAINED_ON} ({counts} questions, sha256 {corpora.hash_questions(learned)[:12]}, seed {plan.seed})",
        licence=corpora.LICENCE,
        non_commercial=True,
        limits=LIMITS,
        scores=tuple(scores),
        train="python -m vqa train --model answer",
        tolerance=1e-3,
    )
    return save(ours.net, ours.featurizer, ours.features, learned[0].image, manifest, folder, small)


def _test_sets(name: str, part: Splits) -> list[tuple[list[PictureQuestion], str]]:
    """Return the test questions of each language, with a description."""
    found = []
    for language in LANGUAGES:
        some = [question for question in part.test if question.language == language]
        if some:
            photos = len({question.image for question in some})
            digest = corpora.hash_questions(some)[:12]
            words = f"{name} test, {language}, {len(some)} questions about {photos} photos, sha256 {digest}"
            found.append((some, words))
    return found


def build_scores(measured_on: str, comparison: Comparison, blind_is: str = BLIND_NET) -> list[Score]:
    """Return the manifest's scores, for all answers and for each kind.

    Args:
        measured_on: The name of the test set.
        comparison: The accuracies on it.
        blind_is: What the blind system of the comparison is.
    """
    ours, blind, frequent, chance = (mean_by_type(values, comparison.questions) for values in comparison.columns)
    apart = comparison.difference
    found = []
    for kind in ours:
        metric = "VQA accuracy" if kind == ALL else f"VQA accuracy, {kind}"
        value, by_chance, baseline = (round(column[kind], 4) for column in (ours, chance, blind))
        words = f"{blind_is}; the most frequent answer of its kind: {frequent[kind]:.4f}"
        if kind == ALL:
            words += f"; ours minus blind {apart.mean:+.4f} [{apart.low:+.4f}, {apart.high:+.4f}] over photos"
        found.append(Score(measured_on, metric, value, by_chance, baseline, words))
    return found


def _subsample(questions: list[PictureQuestion]) -> list[PictureQuestion]:
    # Evenly spaced, since the questions are sorted by photo.
    return questions[:: max(1, -(-len(questions) // VALIDATION_QUESTIONS))]
