"""WikiQA: questions asked of Bing with the sentences of a Wikipedia summary, labelled (Yang, Yih and Meek 2015).

Microsoft Research licence: research. Of the 633 test questions 237 have both a right and a wrong sentence; scores are means
over these, as published.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from itertools import groupby

from data import paths
from data.corpora.expected_count import expect_count
from data.corpora.split import Part
from data.records import Selection

NAME = "text/wikiqa"
COUNTS: dict[Part, int] = {"train": 2_118, "dev": 296, "test": 633}


def read(part: Part) -> Iterator[Selection]:
    """The questions of an official part, each with its sentences. Raises CorpusError."""
    return expect_count(NAME, _read(part), COUNTS[part])


def read_usable(part: Part) -> list[Selection]:
    """Those questions that have both a right and a wrong sentence."""
    return [one for one in read(part) if 0 < sum(one.labels) < len(one.labels)]


def _read(part: Part) -> Iterator[Selection]:
    with gzip.open(paths.find_corpus(NAME) / f"WikiQA-{part}.txt.gz", "rt", encoding="utf-8") as file:
        rows = (line.rstrip("\n").split("\t") for line in file)
        for question, group in groupby(rows, key=lambda row: row[0]):
            found = list(group)
            yield Selection((question,), tuple(row[1] for row in found), tuple(int(row[2]) for row in found))
