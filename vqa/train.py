"""Train captioners and answerers on user-provided pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from data import paths
from data.artifact import Artifact, Manifest, Score
from data.corpora.split import assign_part
from data.formats.pictures import FormatError
from data.records import LANGUAGES, CaptionedPicture, PictureQuestion
from vqa.answer import corpora
from vqa.answer import ship as answers
from vqa.answer.compare import train_pair
from vqa.answer.train import BATCH_SIZE, save
from vqa.caption import ship
from vqa.caption import train as captions
from vqa.caption.config import Form
from vqa.caption.evaluate import build_most_frequent_baseline, evaluate
from vqa.caption.tokenizer import Tokenizer
from vqa.custom_data import LabelledData
from vqa.encoder.feature_store import FeatureStore, file_tag

_MIN_PICTURES, _MIN_QUESTIONS = 20, 50
"""The fewest to learn from."""


def train_captioner(
    form: Form, found: LabelledData[CaptionedPicture], name: str, folder: Path, epochs: int, seed: int
) -> Artifact:
    """Train a captioner on user-provided captions and write its artifact.

    One picture in ten, chosen by its name, is held out for early stopping and for the score.

    Args:
        form: The form of the captioner.
        found: The captions and the features of their pictures.
        name: The name of the file of captions, for the manifest.
        folder: Where the artifact is written.
        epochs: How often each caption is seen.
        seed: The seed of the training.

    Raises:
        FormatError: There are fewer than 20 training pictures or none to hold out.
    """
    dev = [record for record in found.records if assign_part(record.image) == "dev"]
    learned = [record for record in found.records if assign_part(record.image) != "dev"]
    if len(learned) < _MIN_PICTURES or not dev:
        raise FormatError(
            f"{name} has {len(found.records)} pictures that can be used; a captioner needs at least {_MIN_PICTURES} for "
            "training and some for early stopping. Add more pictures."
        )
    tokenizer = Tokenizer.build(learned)
    count = sum(len(texts) for record in learned for texts in record.captions.values())
    steps = max(20, epochs * count // ship.BATCH_SIZE)
    check = max(1, steps // (2 * epochs))
    plan = replace(ship.PLANS[form][0], steps=steps, warmup=max(1, steps // 20), check_every=check, seed=seed)
    config = captions.build_config(form, tokenizer, found.features, **ship.SIZES[form])
    run = paths.runs_dir() / f"mine-caption-{form}-{file_tag(found.features.encoder)}-{found.digest}-{epochs}-{seed}"
    net, best = captions.train(learned, dev, found.features, tokenizer, config, plan, ship.BATCH_SIZE, run)
    manifest = Manifest(
        name=folder.name,
        version="1",
        trained_on=f"{name} ({len(learned)} pictures, sha256 {found.digest}, seed {seed})",
        licence="as that of the file and its pictures",
        limits="Describes pictures like those that it was trained on.",
        scores=(_greedy_score(name, learned, dev, found.features, best),),
        train=f"python -m vqa train --model caption --form {form} --labels FILE",
        tolerance=1e-3,
    )
    return captions.save(net, tokenizer, manifest, folder)


def _greedy_score(
    name: str, learned: Sequence[CaptionedPicture], dev: Sequence[CaptionedPicture], features: FeatureStore, best: float
) -> Score:
    told = {language: [record for record in dev if record.captions.get(language)] for language in LANGUAGES}
    blind = [
        evaluate(build_most_frequent_baseline(learned, language), some, features, language).measures["BLEU-4"]
        for language, some in told.items()
        if some and any(record.captions.get(language) for record in learned)
    ]
    return Score(
        f"a tenth of {name}, {len(dev)} pictures, which the training was stopped by",
        "BLEU-4 of greedy captions, the mean of the languages",
        round(best, 4),
        0.0,
        round(sum(blind) / max(1, len(blind)), 4),
        "the most frequent caption",
    )


def train_answerer(found: LabelledData[PictureQuestion], name: str, folder: Path, epochs: int, seed: int) -> Artifact:
    """Train an answerer on user-provided questions and write its artifact.

    One picture in five, chosen by its name, is held out for testing; of the others one in ten is held out for early stopping.

    Args:
        found: The questions and the features of their pictures.
        name: The name of the file of questions, for the manifest.
        folder: Where the artifact is written.
        epochs: How often each question is seen.
        seed: The seed of the training.

    Raises:
        FormatError: There are fewer than 50 training questions or none to hold out.
    """
    parts = corpora.split_by_photo(list(found.records))
    if len(parts.train) < _MIN_QUESTIONS or not parts.dev or not parts.test:
        raise FormatError(
            f"{name} has {len(found.records)} questions that can be used; an answerer needs at least {_MIN_QUESTIONS} for "
            "training and others for early stopping and testing. Add more questions."
        )
    steps = max(20, epochs * len(parts.train) // BATCH_SIZE)
    check = max(1, steps // (2 * epochs))
    plan = replace(answers.PLAN, steps=steps, warmup=max(1, steps // 20), check_every=check, seed=seed)
    run = paths.runs_dir() / f"mine-answer-{file_tag(found.features.encoder)}-{found.digest}-{epochs}-{seed}"
    nets = train_pair(
        [parts.train], parts.dev, found.features, found.features.encoder, plan, run, corpora.known_choices()
    )
    comparison = nets.compare(parts.train, parts.test, found.features)
    print("\n".join(comparison.table_lines()), flush=True)
    measured_on = f"a fifth of {name}, {len(parts.test)} questions about unseen pictures"
    manifest = Manifest(
        name=folder.name,
        version="1",
        trained_on=f"{name} ({len(parts.train)} questions, sha256 {found.digest}, seed {seed})",
        licence="as that of the file and its pictures",
        limits="Answers questions like those that it was trained on, with their answers only.",
        scores=tuple(answers.build_scores(measured_on, comparison)),
        train="python -m vqa train --model answer --labels FILE",
        tolerance=1e-3,
    )
    return save(nets.ours, nets.featurizer, found.features, parts.train[0].image, manifest, folder, small=True)
