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
from vqa.answer.compare import Comparison, TrainedPair, train_pair
from vqa.answer.corpora import CombinedFeatures, Splits
from vqa.answer.evaluate import ALL, mean_by_type
from vqa.answer.train import FeatureSource, save
from vqa.encoder.feature_store import file_tag

PLAN = Plan(steps=4_000, rate=2e-3, warmup=150, check_every=500, patience=8, average=0.998)
VALIDATION_QUESTIONS = 500
"""The most dev questions of each set, so that each set counts alike in early stopping."""
LIMITS = (
    "One word or two of some 700, from a small picture: objects, colours, counts to about five, places, actions, yes and no. "
    "It cannot read text or name people, and it counts poorly. Chinese was learned from generated questions alone; an answer "
    "without a Chinese word is given in English."
)


def ship(
    stores: Mapping[str, FeatureSource], encoder: str, folder: Path, plan: Plan = PLAN, small: bool = True
) -> Artifact:
    """Train on all sets and write the artifact, with its scores on each set.

    The blind form is trained too, as a baseline. An interrupted run continues.

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
    sets = [part.train for part in parts.values()]
    dev = [question for part in parts.values() for question in _subsample(part.dev)]
    plan = replace(plan, device=parallel.choose_device())
    nets = train_pair(
        sets, dev, features, encoder, plan, paths.runs_dir() / f"answer-{file_tag(encoder)}", corpora.known_choices()
    )
    scores = []
    for name, part in parts.items():
        for some, measured_on in _test_sets(name, part):
            comparison = nets.compare(part.train, some, features)
            print("\n".join((measured_on, *comparison.table_lines())), flush=True)
            scores += build_scores(measured_on, comparison)
    return write_artifact(nets, features, parts, scores, plan, folder, small)


def write_artifact(
    nets: TrainedPair,
    features: FeatureSource,
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
        version="1",
        trained_on=f"{corpora.TRAINED_ON} ({counts} questions, sha256 {corpora.hash_questions(learned)[:12]}, seed {plan.seed})",
        licence=corpora.LICENCE,
        non_commercial=True,
        limits=LIMITS,
        scores=tuple(scores),
        train="python -m vqa train --model answer",
        tolerance=1e-3,
    )
    return save(nets.ours, nets.featurizer, features, learned[0].image, manifest, folder, small)


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


def build_scores(measured_on: str, comparison: Comparison) -> list[Score]:
    """Return the manifest's scores, for all answers and for each kind."""
    ours, blind, frequent, chance = (mean_by_type(values, comparison.questions) for values in comparison.columns)
    apart = comparison.difference
    found = []
    for kind in ours:
        metric = "VQA accuracy" if kind == ALL else f"VQA accuracy, {kind}"
        value, by_chance, baseline = (round(column[kind], 4) for column in (ours, chance, blind))
        words = f"the same net without the picture; the most frequent answer of its kind: {frequent[kind]:.4f}"
        if kind == ALL:
            words += f"; ours minus blind {apart.mean:+.4f} [{apart.low:+.4f}, {apart.high:+.4f}] over photos"
        found.append(Score(measured_on, metric, value, by_chance, baseline, words))
    return found


def _subsample(questions: list[PictureQuestion]) -> list[PictureQuestion]:
    # Evenly spaced, since the questions are sorted by photo.
    return questions[:: max(1, -(-len(questions) // VALIDATION_QUESTIONS))]
