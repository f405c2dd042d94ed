"""Flickr8k: photos of people and dogs with captions in both languages.

Each has five English and five Chinese captions. For research only.

The photos and the English are Hodosh, Young and Hockenmaier 2013, Framing Image Description as a Ranking Task; the Chinese is
Flickr8k-CN, written by the crowd on its own, not translated (Li et al. 2016, Adding Chinese Captions to Images). The parts are
those of Karpathy and Fei-Fei 2015; the test part is not here. English is lower or upper case as its writer had it, a space
before the full stop.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from data.corpora.expected_count import expect_count
from data.corpora.json_lines import read_json_lines
from data.corpora.split import digest
from data.records import LANGUAGES, CaptionedPicture

NAME = "flickr8k"
COUNTS = {"train": 6_000, "val": 1_000}
DEV = 500


def read(part: Literal["train", "val"]) -> Iterator[CaptionedPicture]:
    """Yield the photos of a part with their captions; val is for evaluation only.

    The pictures are "flickr8k/train" and "flickr8k/val" of data.corpora.pictures.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    return expect_count(f"{NAME}/{part}", _read(part), COUNTS[part])


def split_train() -> tuple[list[CaptionedPicture], list[CaptionedPicture]]:
    """Split train into photos for training and DEV photos for early stopping.

    Both are in the order of the file.

    The DEV photos are those with the lowest digest of the name.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    records = list(read("train"))
    dev = set(sorted((record.image for record in records), key=digest)[:DEV])
    return [record for record in records if record.image not in dev], [
        record for record in records if record.image in dev
    ]


def _read(part: str) -> Iterator[CaptionedPicture]:
    for row in read_json_lines(f"{NAME}/{part}.jsonl.gz", "image", *LANGUAGES):
        yield CaptionedPicture(row["image"], {language: tuple(row[language]) for language in LANGUAGES})
