"""Evaluate captions of Flickr8k val and of everyday photos of COCO, beside people and baselines.

    python -m benchmarks.captions [--folder FOLDER] [--captioner FOLDER ...]

Both forms are evaluated as shipped, with beam 5, on Flickr8k val (five references) and on 500 photos of COCO that were held out
by name (two). "a person" is the first caption of each photo against its others, so it has fewer references than the rest.
"another photo's" gives each photo a caption of the next: chance with good grammar. "nearest photo" takes a caption of the
train photo with the most similar pooled features; "most frequent" is the same sentence for all. English is split into words,
Chinese into characters, both without punctuation. Published, on Flickr8k test: Show, Attend and
Tell 67/44.8/29.9/19.5, a VGG16 re-implementation 61.1/36.5/22.6/14.2; Chinese CS-NIC 63.4/41.6/22.1 (BLEU-1 to 3). FOLDER holds
encoder, captioner and captioner-basic (default: the shipped ones); further captioners must read the same encoder.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from data import paths
from data.records import LANGUAGES, CaptionedPicture, Language
from vqa.caption import corpora
from vqa.caption.evaluate import (
    build_captioner_system,
    build_most_frequent_baseline,
    build_nearest_baseline,
    evaluate,
    score_captions,
)
from vqa.caption.infer import Captioner
from vqa.caption.tokenizer import tokenize
from vqa.encoder.feature_store import combine, store_corpora
from vqa.encoder.infer import Encoder
from vqa.vision import BASIC_CAPTIONER, CAPTIONER, ENCODER

SHOWN = ("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "CIDEr-D", "ROUGE-L", "length", "different captions")


def main() -> None:
    """Evaluate, and print a table for each language."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.captions")
    parser.add_argument("--folder", type=Path, default=paths.artifacts_dir())
    parser.add_argument("--captioner", type=Path, nargs="*", default=[])
    given = parser.parse_args()
    encoder = Encoder(given.folder / ENCODER)
    stores = store_corpora(encoder, corpora.STORED, paths.runs_dir() / "features")
    features, parts = combine(list(stores.values())), corpora.load()
    captioners = {
        path.name: Captioner(path)
        for path in (given.folder / CAPTIONER, given.folder / BASIC_CAPTIONER)
        if path.exists()
    }
    captioners |= {str(path): Captioner(path) for path in given.captioner}
    for name, test in parts.test.items():
        print(f"\n{name}, {len(test)} photos; encoder {encoder.version}")
        for language in LANGUAGES:
            print(f"\n{language:24}" + "".join(f"{measure:>10.9}" for measure in SHOWN))
            for path, captioner in captioners.items():
                system = build_captioner_system(captioner, language)
                _print_row(path, evaluate(system, test, features, language).measures)
            nearest = build_nearest_baseline(parts.train, features, language)
            _print_row("nearest photo", evaluate(nearest, test, features, language).measures)
            same = build_most_frequent_baseline(parts.train, language)
            _print_row("most frequent", evaluate(same, test, features, language).measures)
            others = [tokenize(record.captions[language][0], language) for record in (*test[1:], test[0])]
            _print_row("another photo's", score_captions(others, test, language))
            _print_row("a person, of the others", _score_person(test, language))


def _score_person(test: list[CaptionedPicture], language: Language) -> dict[str, float]:
    others = [CaptionedPicture(record.image, {language: record.captions[language][1:]}) for record in test]
    return score_captions([tokenize(record.captions[language][0], language) for record in test], others, language)


def _print_row(name: str, measures: object) -> None:
    assert isinstance(measures, dict)
    print(f"{name:24}" + "".join(f"{measures[measure]:10.3f}" for measure in SHOWN), flush=True)


if __name__ == "__main__":
    main()
