"""Captions of Flickr8k val in both languages: both forms as shipped, beside people, the nearest photo, and what sees nothing.

    python -m benchmarks.captions [--folder FOLDER] [--captioner FOLDER ...]

Beam 5 as served. "a person" is the first caption of each photo against its other four, so against fewer than the others have;
"another photo's" gives each photo a caption of the next: chance with good grammar. "nearest photo" takes a caption of the train
photo whose pooled features are most alike; "most frequent" is the same sentence for all. English is cut into words, Chinese into
characters, both without punctuation. Published, on Flickr8k test: Show, Attend and Tell 67/44.8/29.9/19.5, a VGG16
re-implementation 61.1/36.5/22.6/14.2; Chinese CS-NIC 63.4/41.6/22.1 (BLEU-1 to 3). FOLDER holds encoder, captioner and
captioner-basic (default: what ships); further captioners must read the same encoder.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from data import paths
from data.corpora import flickr8k
from data.records import LANGUAGES, CaptionedPicture, Language
from vqa.caption.codec import tokens
from vqa.caption.evaluate import best_of, compared, evaluate, most_frequent, of_nearest
from vqa.caption.infer import Captioner
from vqa.encoder.infer import Encoder
from vqa.encoder.store import of_corpora
from vqa.sight import BASIC, CAPTIONER, ENCODER

SHOWN = ("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "CIDEr-D", "ROUGE-L", "length", "different captions")


def main() -> None:
    """Measure, and print a table for each language."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.captions")
    parser.add_argument("--folder", type=Path, default=paths.artifacts_dir())
    parser.add_argument("--captioner", type=Path, nargs="*", default=[])
    given = parser.parse_args()
    encoder = Encoder(given.folder / ENCODER)
    features = of_corpora(encoder, ("flickr8k/train", "flickr8k/val"), paths.runs_dir() / "features")
    seen, val = features["flickr8k/val"], list(flickr8k.read("val"))
    learned, _ = flickr8k.split_train()
    captioners = {
        path.name: Captioner(path) for path in (given.folder / CAPTIONER, given.folder / BASIC) if path.exists()
    }
    captioners |= {str(path): Captioner(path) for path in given.captioner}
    print(f"Flickr8k val, {len(val)} photos; encoder {encoder.version}")
    for language in LANGUAGES:
        print(f"\n{language:24}" + "".join(f"{name:>10.9}" for name in SHOWN))
        for name, captioner in captioners.items():
            _row(name, evaluate(best_of(captioner, language), val, seen, language).measures)
        nearest, same = of_nearest(learned, features["flickr8k/train"], language), most_frequent(learned, language)
        _row("nearest photo", evaluate(nearest, val, seen, language).measures)
        _row("most frequent", evaluate(same, val, seen, language).measures)
        others = [tokens(one.captions[language][0], language) for one in (*val[1:], val[0])]
        _row("another photo's", compared(others, val, language))
        _row("a person, of 4", _person(val, language))


def _person(val: list[CaptionedPicture], language: Language) -> dict[str, float]:
    others = [CaptionedPicture(one.image, {language: one.captions[language][1:]}) for one in val]
    return compared([tokens(one.captions[language][0], language) for one in val], others, language)


def _row(name: str, measures: object) -> None:
    assert isinstance(measures, dict)
    print(f"{name:24}" + "".join(f"{measures[one]:10.3f}" for one in SHOWN), flush=True)


if __name__ == "__main__":
    main()
