"""COLDataset: Chinese comments on region, race and gender, offensive or not.

Apache-2.0.

Training and dev labels are half automatic. The test part, labelled by hand, is not read here. The texts are hateful by design.

Source: Deng et al. 2022, EMNLP.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from data import paths
from data.corpora.expected_count import expect_count

NAME = "text/coldataset"
ROWS = {"train": 25_726, "dev": 6_431}


@dataclass(frozen=True)
class Comment:
    """A comment, its topic (race, region, gender) and whether it offends."""

    text: str
    topic: str
    offensive: bool


def read(part: Literal["train", "dev"]) -> Iterator[Comment]:
    """Yield the comments of a part.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    path = paths.find_corpus(f"{NAME}/{part}.csv.gz")

    def rows() -> Iterator[Comment]:
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                yield Comment(row["TEXT"], row["topic"], row["label"] == "1")

    return expect_count(NAME, rows(), ROWS[part])
