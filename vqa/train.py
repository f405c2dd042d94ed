"""Captioners and answerers trained on pictures of one's own."""

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
from vqa.answer.compare import trained
from vqa.answer.train import SIZE, save
from vqa.caption import ship
from vqa.caption import train as captions
from vqa.caption.codec import Codec
from vqa.caption.config import Form
from vqa.caption.evaluate import evaluate, most_frequent
from vqa.encoder.store import Store, tag
from vqa.own import Labelled

_PICTURES, _QUESTIONS = 20, 50
"""The fewest to learn from."""


def captioner(
    form: Form, found: Labelled[CaptionedPicture], name: str, folder: Path, epochs: int, seed: int
) -> Artifact:
    """Train the form on captions of one's own, name being their file's, and write its artifact into folder.

    One picture of ten, told by its name, is kept back to stop by and to measure by. Raises FormatError if there are too few.
    """
    dev = [one for one in found.records if assign_part(one.image) == "dev"]
    learned = [one for one in found.records if assign_part(one.image) != "dev"]
    if len(learned) < _PICTURES or not dev:
        raise FormatError(
            f"{name} has {len(found.records)} pictures that can be used; a captioner needs at least {_PICTURES} to learn from "
            "and some to stop by. Give more."
        )
    codec = Codec.build(learned)
    count = sum(len(texts) for one in learned for texts in one.captions.values())
    steps = max(20, epochs * count // ship.BATCH)
    check = max(1, steps // (2 * epochs))
    plan = replace(ship.PLANS[form], steps=steps, warmup=max(1, steps // 20), check_every=check, seed=seed)
    config = captions.config_of(form, codec, found.features, **ship.SIZES[form])
    run = paths.runs_dir() / f"mine-caption-{form}-{tag(found.features.encoder)}-{found.digest}-{epochs}-{seed}"
    net, best = captions.train(learned, dev, found.features, codec, config, plan, ship.BATCH, run)
    manifest = Manifest(
        name=folder.name,
        version="1",
        trained_on=f"{name} ({len(learned)} pictures, sha256 {found.digest}, seed {seed})",
        licence="as that of the file and its pictures",
        limits="Describes pictures as those it learned from are described, and knows no others.",
        scores=(_greedy(name, learned, dev, found.features, best),),
        train=f"python -m vqa train --model caption --form {form} --labels FILE",
        tolerance=1e-3,
    )
    return captions.save(net, codec, manifest, folder)


def _greedy(
    name: str, learned: Sequence[CaptionedPicture], dev: Sequence[CaptionedPicture], features: Store, best: float
) -> Score:
    told = {language: [one for one in dev if one.captions.get(language)] for language in LANGUAGES}
    blind = [
        evaluate(most_frequent(learned, language), some, features, language).measures["BLEU-4"]
        for language, some in told.items()
        if some and any(one.captions.get(language) for one in learned)
    ]
    return Score(
        f"a tenth of {name}, {len(dev)} pictures, which the training was stopped by",
        "BLEU-4 of greedy captions, the mean of the languages",
        round(best, 4),
        0.0,
        round(sum(blind) / max(1, len(blind)), 4),
        "the most frequent caption",
    )


def answerer(found: Labelled[PictureQuestion], name: str, folder: Path, epochs: int, seed: int) -> Artifact:
    """Train on questions of one's own, name being their file's, and write the artifact into folder.

    One picture of five, told by its name, measures; of the others one of ten is to stop by. Raises FormatError if there are
    too few.
    """
    parts = corpora.by_photo(list(found.records))
    if len(parts.train) < _QUESTIONS or not parts.dev or not parts.test:
        raise FormatError(
            f"{name} has {len(found.records)} questions that can be used; an answerer needs at least {_QUESTIONS} to learn "
            "from and others to stop and measure by. Give more."
        )
    steps = max(20, epochs * len(parts.train) // SIZE)
    check = max(1, steps // (2 * epochs))
    plan = replace(answers.PLAN, steps=steps, warmup=max(1, steps // 20), check_every=check, seed=seed)
    run = paths.runs_dir() / f"mine-answer-{tag(found.features.encoder)}-{found.digest}-{epochs}-{seed}"
    nets = trained([parts.train], parts.dev, found.features, found.features.encoder, plan, run, corpora.known())
    compared = nets.compared(parts.train, parts.test, found.features)
    print("\n".join(compared.lines()), flush=True)
    measured_on = f"a fifth of {name}, {len(parts.test)} questions about unseen pictures"
    manifest = Manifest(
        name=folder.name,
        version="1",
        trained_on=f"{name} ({len(parts.train)} questions, sha256 {found.digest}, seed {seed})",
        licence="as that of the file and its pictures",
        limits="Answers questions as those it learned from, and knows no other answers than theirs.",
        scores=tuple(answers.scores_of(measured_on, compared)),
        train="python -m vqa train --model answer --labels FILE",
        tolerance=1e-3,
    )
    return save(nets.ours, nets.codec, found.features, parts.train[0].image, manifest, folder, small=True)
