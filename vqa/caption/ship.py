"""Train the shipped captioners: from Flickr8k to the artifacts."""

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
from vqa.caption.config import Form
from vqa.caption.evaluate import build_captioner_system, build_most_frequent_baseline, build_nearest_baseline, evaluate
from vqa.caption.infer import Captioner
from vqa.caption.tokenizer import Tokenizer
from vqa.caption.train import Net, build_config, save, train
from vqa.encoder.feature_store import FeatureStore, file_tag

PLANS: Mapping[Form, Plan] = {
    "attention": Plan(steps=3_500, rate=2e-3, warmup=150, check_every=500, patience=6, average=0.998, seed=1),
    "basic": Plan(steps=2_000, rate=2e-3, warmup=150, check_every=500, patience=6, average=0.998),
}
SIZES: Mapping[Form, Mapping[str, float]] = {
    "attention": {"embedding": 256, "hidden": 384, "attention": 256, "coverage": 0.3},
    "basic": {"embedding": 192, "hidden": 320},
}
BATCH_SIZE = 64
MEASURES = ("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "CIDEr-D", "ROUGE-L")
TRAINED_ON = (
    "Flickr8k train with its English captions and the Chinese ones of Flickr8k-CN, 500 photos of it only to stop by"
)
LICENCE = "for research: Flickr8k and Flickr8k-CN may be used for research, not for profit"
LIMITS = (
    "Writes one sentence about everyday photos, mostly of people and dogs outdoors, in the words of Flickr8k. It cannot read "
    "text or name people, it miscounts, and it mistakes unfamiliar things for familiar ones."
)


def ship(
    form: Form, features: FeatureStore, val_features: FeatureStore, folder: Path, plan: Plan | None = None
) -> Artifact:
    """Train a form on Flickr8k train and write its artifact, with its scores on val.

    An interrupted run continues.

    Args:
        form: The form of the captioner.
        features: The stored features of Flickr8k train.
        val_features: The stored features of Flickr8k val.
        folder: Where the artifact is written.
        plan: The training plan; by default that of the form.

    Raises:
        CorpusError: Flickr8k is missing.
        FeatureStoreError: A photo has no features.
        ExportError: onnxruntime does not agree with torch.
    """
    training, dev = flickr8k.split_train()
    plan = plan or PLANS[form]
    tokenizer = Tokenizer.build(training)
    config = build_config(form, tokenizer, features, **SIZES[form])
    net, _ = train(
        training,
        dev,
        features,
        tokenizer,
        config,
        plan,
        BATCH_SIZE,
        paths.runs_dir() / f"caption-{form}-{file_tag(features.encoder)}",
    )
    manifest = Manifest(
        name=folder.name,
        version="1",
        trained_on=f"{TRAINED_ON} ({len(training)} photos, sha256 of their captions {_digest(training)}, seed {plan.seed})",
        licence=LICENCE,
        non_commercial=True,
        limits=LIMITS,
        train=f"python -m vqa train --model caption --form {form}",
        tolerance=1e-3,
    )
    return write_with_scores(net, tokenizer, manifest, training, features, val_features, folder)


def write_with_scores(
    net: Net,
    tokenizer: Tokenizer,
    manifest: Manifest,
    training: Sequence[CaptionedPicture],
    features: FeatureStore,
    val_features: FeatureStore,
    folder: Path,
) -> Artifact:
    """Write the artifact, evaluate it on Flickr8k val, and write it again with scores.

    The scores are those of the artifact as it is shipped.
    """
    save(net, tokenizer, manifest, folder)
    captioner, val = Captioner(folder), list(flickr8k.read("val"))
    scores = [
        score for language in LANGUAGES for score in _scores(captioner, language, val, training, features, val_features)
    ]
    return save(net, tokenizer, replace(manifest, scores=tuple(scores)), folder)


def _scores(
    captioner: Captioner,
    language: Language,
    val: Sequence[CaptionedPicture],
    training: Sequence[CaptionedPicture],
    features: FeatureStore,
    val_features: FeatureStore,
) -> list[Score]:
    ours = evaluate(build_captioner_system(captioner, language), val, val_features, language).measures
    blind = evaluate(build_most_frequent_baseline(training, language), val, val_features, language).measures
    nearest = evaluate(build_nearest_baseline(training, features, language), val, val_features, language).measures
    set_name = f"Flickr8k val, {language}, {len(val)} photos, sha256 of their captions {_digest(val)}"
    return [
        Score(
            set_name,
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
    for example in examples:
        texts = [text for language in LANGUAGES for text in example.captions.get(language, ())]
        digest.update("\n".join((example.image, *texts)).encode("utf-8", "replace") + b"\0")
    return digest.hexdigest()[:12]
