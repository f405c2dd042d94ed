"""Train one architecture on each set of questions, with and without the picture.

    python -m benchmarks.answers [--sets flickr8k coco daquar easy-vqa] [--steps 2000] [--folds 5]

coco (VQA v2) and daquar are cross-validated by photo. flickr8k (questions generated from captions, Chinese and English) is
tested on the val photos, easy-vqa on its own test part. Every table has ours, the blind net of the same training (question
only), the most frequent answer of each kind, and chance; ours minus blind has a bootstrap interval over photos. The shipped
answerer, trained on all sets, is tested on those of these questions that it was not trained on. Chinese is tested on flickr8k
alone: the other sets have none. Published: easy-VQA's own small CNN+LSTM 87.6 %; on all of VQA v2, question only 43.0 %. An
interrupted run continues.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

from data import paths
from data.artifact import ArtifactError
from data.records import LANGUAGES, PictureQuestion
from data.training.loop import Plan
from vqa.answer import corpora
from vqa.answer.compare import Comparison, cross_validate, train_pair
from vqa.answer.corpora import CombinedFeatures, Splits
from vqa.answer.evaluate import ServedAnswerer, accuracies, mean_by_type
from vqa.answer.infer import Answerer
from vqa.encoder.feature_store import file_tag, store_corpora
from vqa.encoder.infer import Encoder, Features
from vqa.vision import ANSWERER, ENCODER

STORED = ("flickr8k/train", "flickr8k/val", "coco/vqa", "daquar", "easy-vqa/train", "easy-vqa/test")
PLAN = Plan(2000, 1e-3, warmup=100, check_every=200, patience=4)
CROSSED = ("coco", "daquar")


def main() -> None:
    """Train the nets that are not trained yet, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answers")
    parser.add_argument("--sets", nargs="+", choices=tuple(corpora.SETS), default=tuple(corpora.SETS))
    parser.add_argument("--steps", type=int, default=PLAN.steps)
    parser.add_argument("--folds", type=int, default=5)
    given = parser.parse_args()
    encoder = Encoder(paths.artifacts_dir() / ENCODER)
    features = CombinedFeatures(store_corpora(encoder, STORED, paths.runs_dir() / "features"))
    plan = replace(PLAN, steps=given.steps)
    served = _load_served(features, encoder.version)
    for name in given.sets:
        parts = corpora.SETS[name]()
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
        if served:
            _print_served(parts, served)


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
        return Features(features.load_maps([name])[0].astype("float32"), features.load_pooled([name])[0], version)

    return ServedAnswerer(answerer, load)


def _print_served(parts: Splits, served: ServedAnswerer) -> None:
    for language in LANGUAGES:
        some: list[PictureQuestion] = [question for question in parts.test if question.language == language]
        if some:
            means = mean_by_type(accuracies(served, some), some)
            said = ", ".join(f"{kind} {100 * value:.1f}" for kind, value in means.items())
            print(f"the served one, {language}, on the {len(some)} test questions: {said}", flush=True)


if __name__ == "__main__":
    main()
