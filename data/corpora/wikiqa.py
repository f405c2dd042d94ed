"""WikiQA: questions from Bing with labelled sentences of Wikipedia summaries.

Microsoft Research licence: research. Of the 633 test questions 237 have both a right and a wrong sentence; scores are means
over these, as published.

Source: Yang, Yih and Meek 2015.
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
    """Yield the questions of an official part, each with its sentences.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    return expect_count(NAME, _read(part), COUNTS[part])


def read_usable(part: Part) -> list[Selection]:
    """Return the questions that have both a right and a wrong sentence."""
    return [question for question in read(part) if 0 < sum(question.labels) < len(question.labels)]


def _read(part: Part) -> Iterator[Selection]:
    with gzip.open(paths.find_corpus(NAME) / f"WikiQA-{part}.txt.gz", "rt", encoding="utf-8") as file:
        rows = (line.rstrip("\n").split("\t") for line in file)
        for question, group in groupby(rows, key=lambda row: row[0]):
            found = list(group)
            yield Selection((question,), tuple(row[1] for row in found), tuple(int(row[2]) for row in found))
