"""What the picture is worth: one architecture trained on each set of questions, beside itself without the picture.

    python -m benchmarks.answers [--sets flickr8k coco daquar easy-vqa] [--steps 2000] [--folds 5]

coco (VQA v2) and daquar are crossed: each photo is answered about by a net that learned from the photos of the other folds.
flickr8k (questions derived from captions, Chinese and English) is measured on the val photos, easy-vqa on its own test
part. Every table has ours, the blind net of the same training (question only), the most frequent answer of each kind, and
chance; ours minus blind has its interval by a bootstrap over photos. The one served answerer, trained on the mixture, is
measured on the same test questions where it did not learn from them. Chinese is measured on flickr8k alone: the other sets
have none. Published: easy-VQA's own small CNN+LSTM 87.6 %; on all of VQA v2, question only 43.0 %. An interrupted run goes
on.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

from data import paths
from data.artifact import ArtifactError
from data.records import LANGUAGES, PictureQuestion
from data.training.loop import Plan
from vqa.answer import corpora
from vqa.answer.compare import Compared, crossed, trained
from vqa.answer.corpora import Parts, Pictures
from vqa.answer.evaluate import Served, accuracies, by_type
from vqa.answer.infer import Answerer
from vqa.encoder.infer import Encoder, Features
from vqa.encoder.store import of_corpora, tag
from vqa.sight import ANSWERER, ENCODER

STORED = ("flickr8k/train", "flickr8k/val", "coco/vqa", "daquar", "easy-vqa/train", "easy-vqa/test")
PLAN = Plan(2000, 1e-3, warmup=100, check_every=200, patience=4)
CROSSED = ("coco", "daquar")


def main() -> None:
    """Train what is not trained yet, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answers")
    parser.add_argument("--sets", nargs="+", choices=tuple(corpora.SETS), default=tuple(corpora.SETS))
    parser.add_argument("--steps", type=int, default=PLAN.steps)
    parser.add_argument("--folds", type=int, default=5)
    given = parser.parse_args()
    encoder = Encoder(paths.artifacts_dir() / ENCODER)
    features = Pictures(of_corpora(encoder, STORED, paths.runs_dir() / "features"))
    plan = replace(PLAN, steps=given.steps)
    served = _served(features, encoder.version)
    for name in given.sets:
        parts = corpora.SETS[name]()
        run = paths.runs_dir() / f"answers-{name}-{given.steps}-{tag(encoder.version)}"
        if name in CROSSED:
            questions = [*parts.train, *parts.dev, *parts.test]
            found = crossed(questions, features, encoder.version, plan, run, corpora.known(), given.folds)
            _print(f"{name}, {given.folds} folds by photo", found)
        else:
            nets = trained([parts.train], parts.dev, features, encoder.version, plan, run, corpora.known())
            for language in LANGUAGES:
                if some := [one for one in parts.test if one.language == language]:
                    _print(f"{name} test, {language}", nets.compared(parts.train, some, features))
        if served:
            _print_served(parts, served)


def _print(title: str, found: Compared) -> None:
    print(f"\n{title}, sha256 {corpora.digest_of(found.questions)[:12]}")
    print("\n".join(found.lines()), flush=True)


def _served(features: Pictures, version: str) -> Served | None:
    try:
        answerer = Answerer(paths.artifacts_dir() / ANSWERER)
    except ArtifactError as error:
        print(f"no answerer is shipped: {error}")
        return None

    def seen(name: str) -> Features:
        return Features(features.maps([name])[0].astype("float32"), features.pooled([name])[0], version)

    return Served(answerer, seen)


def _print_served(parts: Parts, served: Served) -> None:
    for language in LANGUAGES:
        some: list[PictureQuestion] = [one for one in parts.test if one.language == language]
        if some:
            means = by_type(accuracies(served, some), some)
            said = ", ".join(f"{kind} {100 * value:.1f}" for kind, value in means.items())
            print(f"the served one, {language}, on the {len(some)} test questions: {said}", flush=True)


if __name__ == "__main__":
    main()
