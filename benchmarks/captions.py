"""Evaluate captions of Flickr8k val, beside people and baselines.

    python -m benchmarks.captions [--folder FOLDER] [--captioner FOLDER ...]

Both forms are evaluated as shipped, with beam 5. "a person" is the first caption of each photo against its other four, so it has
fewer references than the others. "another photo's" gives each photo a caption of the next: chance with good grammar. "nearest
photo" takes a caption of the train photo with the most similar pooled features; "most frequent" is the same sentence for all.
English is split into words, Chinese into characters, both without punctuation. Published, on Flickr8k test: Show, Attend and
Tell 67/44.8/29.9/19.5, a VGG16 re-implementation 61.1/36.5/22.6/14.2; Chinese CS-NIC 63.4/41.6/22.1 (BLEU-1 to 3). FOLDER holds
encoder, captioner and captioner-basic (default: the shipped ones); further captioners must read the same encoder.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from data import paths
from data.corpora import flickr8k
from data.records import LANGUAGES, CaptionedPicture, Language
from vqa.caption.evaluate import (
    build_captioner_system,
    build_most_frequent_baseline,
    build_nearest_baseline,
    evaluate,
    score_captions,
)
from vqa.caption.infer import Captioner
from vqa.caption.tokenizer import tokenize
from vqa.encoder.feature_store import store_corpora
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
    features = store_corpora(encoder, ("flickr8k/train", "flickr8k/val"), paths.runs_dir() / "features")
    seen, val = features["flickr8k/val"], list(flickr8k.read("val"))
    learned, _ = flickr8k.split_train()
    captioners = {
        path.name: Captioner(path)
        for path in (given.folder / CAPTIONER, given.folder / BASIC_CAPTIONER)
        if path.exists()
    }
    captioners |= {str(path): Captioner(path) for path in given.captioner}
    print(f"Flickr8k val, {len(val)} photos; encoder {encoder.version}")
    for language in LANGUAGES:
        print(f"\n{language:24}" + "".join(f"{name:>10.9}" for name in SHOWN))
        for name, captioner in captioners.items():
            _print_row(name, evaluate(build_captioner_system(captioner, language), val, seen, language).measures)
        nearest, same = (
            build_nearest_baseline(learned, features["flickr8k/train"], language),
            build_most_frequent_baseline(learned, language),
        )
        _print_row("nearest photo", evaluate(nearest, val, seen, language).measures)
        _print_row("most frequent", evaluate(same, val, seen, language).measures)
        others = [tokenize(record.captions[language][0], language) for record in (*val[1:], val[0])]
        _print_row("another photo's", score_captions(others, val, language))
        _print_row("a person, of 4", _score_person(val, language))


def _score_person(val: list[CaptionedPicture], language: Language) -> dict[str, float]:
    others = [CaptionedPicture(record.image, {language: record.captions[language][1:]}) for record in val]
    return score_captions([tokenize(record.captions[language][0], language) for record in val], others, language)


def _print_row(name: str, measures: object) -> None:
    assert isinstance(measures, dict)
    print(f"{name:24}" + "".join(f"{measures[measure]:10.3f}" for measure in SHOWN), flush=True)


if __name__ == "__main__":
    main()
