"""Train one architecture on each set of questions, with and without the picture.

    python -m benchmarks.answers [--sets labels coco daquar easy-vqa] [--train] [--steps 2000] [--folds 5]

The shipped answerer, trained on all sets, is tested on those of their questions that it was not trained on: labels (everyday
life, Chinese and English, written for this project), flickr8k and coco-captions (questions generated from captions), coco (VQA
v2), daquar and easy-vqa. Beside it stand logistic regression on the n-grams of the question, fitted on the same set, which is
the baseline; the most frequent answer of each kind; and chance. Ours minus the baseline has a bootstrap interval over photos.
"said" is the share of questions that are answered without doubt, and how many of those answers are right.

With --train, one architecture is trained on each set, with and without the picture; daquar is cross-validated by photo, and
blind is the same net without the picture. An interrupted run continues. Published: easy-VQA's own small CNN+LSTM 87.6 %; on all
of VQA v2, question only 43.0 %.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

from data import paths
from data.artifact import ArtifactError
from data.records import LANGUAGES, PictureQuestion
from data.training.loop import Plan
from vqa.answer import corpora
from vqa.answer.compare import Comparison, compare, cross_validate, train_pair
from vqa.answer.corpora import CombinedFeatures, Splits
from vqa.answer.evaluate import ServedAnswerer
from vqa.answer.infer import Answerer
from vqa.answer.ngram_baseline import NgramBaseline
from vqa.encoder.feature_store import file_tag, store_corpora
from vqa.encoder.infer import Encoder, Features
from vqa.vision import ANSWERER, ENCODER

STORED = ("flickr8k/train", "flickr8k/val", "coco", "daquar", "easy-vqa/train", "easy-vqa/test")
PLAN = Plan(2000, 1e-3, warmup=100, check_every=200, patience=4)
CROSSED = ("daquar",)


def main() -> None:
    """Train the nets that are not trained yet, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answers")
    parser.add_argument("--sets", nargs="+", choices=tuple(corpora.SETS), default=tuple(corpora.SETS))
    parser.add_argument(
        "--train", action="store_true", help="also train a net on each set, with and without the picture"
    )
    parser.add_argument("--steps", type=int, default=PLAN.steps)
    parser.add_argument("--folds", type=int, default=5)
    given = parser.parse_args()
    encoder = Encoder(paths.artifacts_dir() / ENCODER)
    features = CombinedFeatures(store_corpora(encoder, STORED, paths.runs_dir() / "features"))
    plan = replace(PLAN, steps=given.steps)
    served = _load_served(features, encoder.version)
    for name in given.sets:
        parts = corpora.SETS[name]()
        if served:
            _print_answerer_scores(name, parts, served)
        if not given.train:
            continue
        run = paths.runs_dir() / f"answers-{name}-{given.steps}-{file_tag(encoder.version)}"
        if name in CROSSED:
            questions = [*parts.train, *parts.dev, *parts.test]
            found = cross_validate(
                questions, features, encoder.version, plan, run, corpora.known_choices(), given.folds
            )
            _print(f"{name}, {given.folds} folds by photo", found)
        else:
            nets = train_pair([parts.train], parts.dev, features, encoder.version, plan, run, corpora.known_choices())
            for language in LANGUAGES:
                if some := [question for question in parts.test if question.language == language]:
                    _print(f"{name} test, {language}", nets.compare(parts.train, some, features))


def _print(title: str, found: Comparison) -> None:
    print(f"\n{title}, sha256 {corpora.hash_questions(found.questions)[:12]}")
    print("\n".join(found.table_lines()), flush=True)


def _load_served(features: CombinedFeatures, version: str) -> ServedAnswerer | None:
    try:
        answerer = Answerer(paths.artifacts_dir() / ANSWERER)
    except ArtifactError as error:
        print(f"no answerer is shipped: {error}")
        return None

    def load(name: str) -> Features:
        classes = features.load_classes([name])
        return Features(
            features.load_maps([name])[0].astype("float32"),
            features.load_pooled([name])[0],
            version,
            None if classes is None else classes[0],
        )

    return ServedAnswerer(answerer, load)


def _print_answerer_scores(name: str, parts: Splits, served: ServedAnswerer) -> None:
    baseline = NgramBaseline(parts.train, parts.dev)
    for language in LANGUAGES:
        some: list[PictureQuestion] = [question for question in parts.test if question.language == language]
        if some:
            found = compare(served, baseline, served.answerer.featurizer, parts.train, some)
            _print(f"the shipped answerer, {name} test, {language}", found)
            said = [
                accuracy
                for question, accuracy in zip(some, found.ours, strict=True)
                if served.answer(question).is_confident
            ]
            right = f"{100 * sum(said) / len(said):.1f} % of them right" if said else "none"
            print(f"said without doubt {100 * len(said) / len(some):.1f} %, {right}", flush=True)


if __name__ == "__main__":
    main()
