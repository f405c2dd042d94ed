"""Training what ships: a captioner of each form, from Flickr8k to the artifacts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from data import paths
from data.artifact import Artifact, Manifest, Score
from data.corpora import flickr8k
from data.records import LANGUAGES, CaptionedPicture, Language
from data.training.loop import Plan
from vqa.caption.codec import Codec
from vqa.caption.config import Form
from vqa.caption.evaluate import best_of, evaluate, most_frequent, of_nearest
from vqa.caption.infer import Captioner
from vqa.caption.train import Net, config_of, save, train
from vqa.encoder.store import Store, tag

PLANS: Mapping[Form, Plan] = {
    "attention": Plan(steps=3_500, rate=2e-3, warmup=150, check_every=500, patience=6, average=0.998, seed=1),
    "basic": Plan(steps=2_000, rate=2e-3, warmup=150, check_every=500, patience=6, average=0.998),
}
SIZES: Mapping[Form, Mapping[str, float]] = {
    "attention": {"embedding": 256, "hidden": 384, "attention": 256, "coverage": 0.3},
    "basic": {"embedding": 192, "hidden": 320},
}
BATCH = 64
MEASURES = ("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "CIDEr-D", "ROUGE-L")
TRAINED_ON = (
    "Flickr8k train with its English captions and the Chinese ones of Flickr8k-CN, 500 photos of it only to stop by"
)
LICENCE = "for research: Flickr8k and Flickr8k-CN may be used for research and not for profit"
LIMITS = (
    "Writes one sentence about everyday photos, mostly of people and dogs outdoors, in the words of Flickr8k. It reads no text, "
    "knows nobody by name, miscounts, and takes what it has not met for something it has."
)


def ship(form: Form, features: Store, measured_by: Store, folder: Path, plan: Plan | None = None) -> Artifact:
    """Train the form on stored features of Flickr8k train and write its artifact into folder, with its scores on val.

    An interrupted run goes on. Raises CorpusError, StoreError for a photo without features, ExportError.
    """
    learned, dev = flickr8k.split_train()
    plan = plan or PLANS[form]
    codec = Codec.build(learned)
    config = config_of(form, codec, features, **SIZES[form])
    net, _ = train(
        learned, dev, features, codec, config, plan, BATCH, paths.runs_dir() / f"caption-{form}-{tag(features.encoder)}"
    )
    manifest = Manifest(
        name=folder.name,
        version="1",
        trained_on=f"{TRAINED_ON} ({len(learned)} photos, sha256 of their captions {_digest(learned)}, seed {plan.seed})",
        licence=LICENCE,
        non_commercial=True,
        limits=LIMITS,
        train=f"python -m vqa train --model caption --form {form}",
        tolerance=1e-3,
    )
    return scored(net, codec, manifest, learned, features, measured_by, folder)


def scored(
    net: Net,
    codec: Codec,
    manifest: Manifest,
    learned: Sequence[CaptionedPicture],
    features: Store,
    measured_by: Store,
    folder: Path,
) -> Artifact:
    """The artifact, written a second time with what it reached on Flickr8k val as it is shipped."""
    save(net, codec, manifest, folder)
    captioner, val = Captioner(folder), list(flickr8k.read("val"))
    scores = [
        score for language in LANGUAGES for score in _scores(captioner, language, val, learned, features, measured_by)
    ]
    return save(net, codec, replace(manifest, scores=tuple(scores)), folder)


def _scores(
    captioner: Captioner,
    language: Language,
    val: Sequence[CaptionedPicture],
    learned: Sequence[CaptionedPicture],
    features: Store,
    measured_by: Store,
) -> list[Score]:
    ours = evaluate(best_of(captioner, language), val, measured_by, language).measures
    blind = evaluate(most_frequent(learned, language), val, measured_by, language).measures
    nearest = evaluate(of_nearest(learned, features, language), val, measured_by, language).measures
    set_ = f"Flickr8k val, {language}, {len(val)} photos, sha256 of their captions {_digest(val)}"
    return [
        Score(
            set_,
            name,
            round(ours[name], 4),
            round(blind[name], 4),
            round(nearest[name], 4),
            "caption of the photo most alike; chance is the most frequent caption",
        )
        for name in MEASURES
    ]


def _digest(examples: Sequence[CaptionedPicture]) -> str:
    digest = hashlib.sha256()
    for one in examples:
        texts = [text for language in LANGUAGES for text in one.captions.get(language, ())]
        digest.update("\n".join((one.image, *texts)).encode("utf-8", "replace") + b"\0")
    return digest.hexdigest()[:12]
