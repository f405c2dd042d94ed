"""Training what ships: one answerer on all sets, from the corpora to the artifact."""

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
from vqa.answer.compare import Compared, Trained, trained
from vqa.answer.corpora import Parts, Pictures
from vqa.answer.evaluate import ALL, by_type
from vqa.answer.train import Seen, save
from vqa.encoder.store import tag

PLAN = Plan(steps=4_000, rate=2e-3, warmup=150, check_every=500, patience=8, average=0.998)
CHECKED = 500
"""At most so many questions of each set stop the training: each set counts alike."""
LIMITS = (
    "One word or two of some 700, from a small picture: objects, colours, counts to about five, places, actions, yes and no. "
    "It reads no text, knows nobody, and counts poorly. Chinese was learned from derived questions alone; where an answer has "
    "no Chinese word, it is said in English."
)


def ship(stores: Mapping[str, Seen], encoder: str, folder: Path, plan: Plan = PLAN, small: bool = True) -> Artifact:
    """Train on all sets and write the artifact into folder, with its scores on each; an interrupted run goes on.

    stores are the features of the pictures by the names that data.corpora.pictures has for them, encoder the version of what saw
    them. The blind form is trained beside it, to measure by. Raises CorpusError, KeyError for pictures without features.
    """
    parts = {name: read() for name, read in corpora.SETS.items()}
    features = Pictures(stores)
    sets = [part.train for part in parts.values()]
    dev = [one for part in parts.values() for one in _few(part.dev)]
    plan = replace(plan, device=parallel.choose_device())
    nets = trained(sets, dev, features, encoder, plan, paths.runs_dir() / f"answer-{tag(encoder)}", corpora.known())
    scores = []
    for name, part in parts.items():
        for some, measured_on in _measured(name, part):
            compared = nets.compared(part.train, some, features)
            print("\n".join((measured_on, *compared.lines())), flush=True)
            scores += scores_of(measured_on, compared)
    return write(nets, features, parts, scores, plan, folder, small)


def write(
    nets: Trained,
    features: Seen,
    parts: Mapping[str, Parts],
    scores: list[Score],
    plan: Plan,
    folder: Path,
    small: bool,
) -> Artifact:
    """The artifact of what was trained and measured."""
    learned = [one for part in parts.values() for one in part.train]
    counts = ", ".join(f"{name} {len(part.train)}" for name, part in parts.items())
    manifest = Manifest(
        name=folder.name,
        version="1",
        trained_on=f"{corpora.TRAINED_ON} ({counts} questions, sha256 {corpora.digest_of(learned)[:12]}, seed {plan.seed})",
        licence=corpora.LICENCE,
        non_commercial=True,
        limits=LIMITS,
        scores=tuple(scores),
        train="python -m vqa train --model answer",
        tolerance=1e-3,
    )
    return save(nets.ours, nets.codec, features, learned[0].image, manifest, folder, small)


def _measured(name: str, part: Parts) -> list[tuple[list[PictureQuestion], str]]:
    """The test questions of each language, and what they are called."""
    found = []
    for language in LANGUAGES:
        some = [one for one in part.test if one.language == language]
        if some:
            photos = len({one.image for one in some})
            digest = corpora.digest_of(some)[:12]
            words = f"{name} test, {language}, {len(some)} questions about {photos} photos, sha256 {digest}"
            found.append((some, words))
    return found


def scores_of(measured_on: str, compared: Compared) -> list[Score]:
    """What a manifest says of it, for all answers and for each kind."""
    ours, blind, frequent, chance = (by_type(values, compared.questions) for values in compared.columns)
    apart = compared.difference
    found = []
    for kind in ours:
        metric = "VQA accuracy" if kind == ALL else f"VQA accuracy, {kind}"
        value, by_chance, baseline = (round(column[kind], 4) for column in (ours, chance, blind))
        words = f"the same net without the picture; the most frequent answer of its kind: {frequent[kind]:.4f}"
        if kind == ALL:
            words += f"; ours minus blind {apart.mean:+.4f} [{apart.low:+.4f}, {apart.high:+.4f}] over photos"
        found.append(Score(measured_on, metric, value, by_chance, baseline, words))
    return found


def _few(questions: list[PictureQuestion]) -> list[PictureQuestion]:
    # Evenly from the whole, whose order is that of the photos.
    return questions[:: max(1, -(-len(questions) // CHECKED))]
