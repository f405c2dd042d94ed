"""Train the shipped captioners: from the corpora to the artifacts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from data import paths
from data.artifact import Artifact, Manifest, Score
from data.records import LANGUAGES, CaptionedPicture, Language
from data.training.loop import Plan
from vqa.caption import corpora
from vqa.caption.calibration import RIGHT_SHARE, find_common, fit_weights, share_of_content
from vqa.caption.config import Form
from vqa.caption.corpora import Splits
from vqa.caption.evaluate import build_captioner_system, build_most_frequent_baseline, build_nearest_baseline, evaluate
from vqa.caption.infer import Captioner
from vqa.caption.neighbours import Neighbours
from vqa.caption.tokenizer import Tokenizer, tokenize
from vqa.caption.train import Net, build_config, save, train
from vqa.encoder.feature_store import FeatureStore, combine, file_tag

PLANS: Mapping[Form, tuple[Plan, ...]] = {
    "attention": (
        Plan(steps=3_900, rate=2e-3, warmup=150, check_every=600, patience=6, average=0.998, seed=1),
        Plan(steps=700, rate=1e-3, warmup=30, check_every=175, patience=6, average=0.99, seed=2),
    ),
    "basic": (Plan(steps=2_400, rate=2e-3, warmup=150, check_every=600, patience=6, average=0.998),),
}
"""The plans of each form, one after the other: each starts from the best net of the one before, with a rate that rises again.

In a second plan every photo counts alike.
"""
SIZES: Mapping[Form, Mapping[str, float]] = {
    "attention": {"embedding": 256, "hidden": 384, "attention": 256, "coverage": 0.3, "stride": 2},
    "basic": {"embedding": 256, "hidden": 384},
}
BATCH_SIZE = 64
MEASURES = ("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "CIDEr-D", "ROUGE-L")
TRAINED_ON = (
    "Flickr8k train with its English captions and the Chinese ones of Flickr8k-CN, and photos of COCO with captions in both "
    "languages written for this project, each seen twice as often; 300 photos of each only to stop by"
)
LICENCE = (
    "for research: Flickr8k and Flickr8k-CN may be used for research, not for profit. The captions of COCO's photos are the "
    "project's own, each photo has its own licence. The encoder that it reads is Apache-2.0"
)
LIMITS = (
    "Writes one sentence about an everyday photo, in the words of its captions. It cannot read or name people, it miscounts, "
    "and it mistakes unfamiliar things for familiar ones."
)


def ship(form: Form, stores: Mapping[str, FeatureStore], folder: Path, plan: Plan | None = None) -> Artifact:
    """Train a form on all captions and write its artifact, with its scores on the test sets.

    An interrupted run continues.

    Args:
        form: The form of the captioner.
        stores: The stored features of the sets in corpora.STORED.
        folder: Where the artifact is written.
        plan: The training plan; by default that of the form.

    Raises:
        CorpusError: A corpus is missing.
        FeatureStoreError: A photo has no features.
        ExportError: onnxruntime does not agree with torch.
    """
    parts = corpora.load()
    features = combine([stores[name] for name in corpora.STORED])
    plans = (plan,) if plan else PLANS[form]
    tokenizer = Tokenizer.build(parts.train)
    config = build_config(form, tokenizer, features, **SIZES[form])
    run = paths.runs_dir() / f"caption-{form}-{file_tag(features.encoder)}"
    net: Net | None = None
    for number, step in enumerate(plans):
        examples = parts.train if number == 0 else list({record.image: record for record in parts.train}.values())
        folder_of_run = run if number == 0 else run.with_name(f"{run.name}-{number + 1}")
        net, _ = train(examples, parts.dev, features, tokenizer, config, step, BATCH_SIZE, folder_of_run, net)
    assert net is not None
    seeds = ", ".join(str(plan.seed) for plan in plans)
    photos = len({record.image for record in parts.train})
    manifest = Manifest(
        name=folder.name,
        version="2",
        trained_on=f"{TRAINED_ON} ({photos} photos, sha256 of their captions {_digest(parts.train)}, seeds {seeds})",
        licence=LICENCE,
        non_commercial=True,
        limits=LIMITS,
        train=f"python -m vqa train --model caption --form {form}",
        tolerance=1e-3,
    )
    return write_with_scores(net, tokenizer, manifest, parts, features, folder)


def write_with_scores(
    net: Net, tokenizer: Tokenizer, manifest: Manifest, parts: Splits, features: FeatureStore, folder: Path
) -> Artifact:
    """Write the artifact, evaluate it on the test sets, and write it again with scores.

    The scores are those of the artifact as it is shipped. The attention form ships with the captions of COCO's training photos,
    which the project may pass on, as neighbours.
    """
    neighbours = build_neighbours(parts, tokenizer, features) if net.config.form == "attention" else None
    save(net, tokenizer, manifest, folder, neighbours=neighbours)
    net.config = replace(net.config, calibration=calibrate(Captioner(folder), parts, features))
    save(net, tokenizer, manifest, folder, neighbours=neighbours)
    captioner = Captioner(folder)
    scores = [
        score
        for name, test in parts.test.items()
        for language in LANGUAGES
        for score in _scores(captioner, language, name, test, parts.train, features)
    ]
    return save(net, tokenizer, replace(manifest, scores=tuple(scores)), folder, neighbours=neighbours)


def calibrate(captioner: Captioner, parts: Splits, features: FeatureStore) -> dict[str, tuple[float, float, float]]:
    """Return the weights of each language, fitted on the dev photos.

    A caption counts as right, in part at least, if people used enough of its content words for the photo.
    """
    found: dict[str, tuple[float, float, float]] = {}
    for language in LANGUAGES:
        common = find_common(tokenize(text, language) for record in parts.train for text in record.captions[language])
        log_probs, supports, right = [], [], []
        for record in parts.dev:
            captions = captioner.caption(features.load(record.image), language)
            references = [tokenize(text, language) for text in record.captions[language]]
            # The second caption widens the range of what is judged.
            for caption in captions[:2]:
                log_probs.append(caption.log_prob)
                supports.append(caption.support)
                right.append(share_of_content(caption.tokens, references, common) >= RIGHT_SHARE)
        found[language] = fit_weights(log_probs, supports, right)
    return found


def build_neighbours(parts: Splits, tokenizer: Tokenizer, features: FeatureStore) -> Neighbours:
    """Build the neighbours from COCO's training photos, with principal components of all training photos."""
    learned = sorted({record.image for record in parts.train})
    return Neighbours.build(
        parts.neighbours,
        features.load_pooled([record.image for record in parts.neighbours]),
        features.load_pooled(learned),
        tokenizer,
    )


def _scores(
    captioner: Captioner,
    language: Language,
    name: str,
    test: Sequence[CaptionedPicture],
    training: Sequence[CaptionedPicture],
    features: FeatureStore,
) -> list[Score]:
    ours = evaluate(build_captioner_system(captioner, language), test, features, language).measures
    blind = evaluate(build_most_frequent_baseline(training, language), test, features, language).measures
    nearest = evaluate(build_nearest_baseline(training, features, language), test, features, language).measures
    set_name = f"{name}, {language}, {len(test)} photos, sha256 of their captions {_digest(test)}"
    return [
        Score(
            set_name,
            measure,
            round(ours[measure], 4),
            round(blind[measure], 4),
            round(nearest[measure], 4),
            "caption of the photo most alike; chance is the most frequent caption",
        )
        for measure in MEASURES
    ]


def _digest(examples: Sequence[CaptionedPicture]) -> str:
    digest = hashlib.sha256()
    for example in examples:
        texts = [text for language in LANGUAGES for text in example.captions.get(language, ())]
        digest.update("\n".join((example.image, *texts)).encode("utf-8", "replace") + b"\0")
    return digest.hexdigest()[:12]
