"""DAQUAR's official training part: English questions about photos of rooms.

6,795 questions about 794 photos, one answer each.

Malinowski and Fritz 2014, A Multi-World Approach to Question Answering about Real-World Scenes based on Uncertain Input; the
photos (data.corpora.pictures' "daquar") are NYU Depth v2's, under its terms. 160 rows ask a question of the
same photo again. 646 answers are lists ("table, chair"): one answer, in that order.
"""

from __future__ import annotations

from collections.abc import Iterator

from data.corpora.expected_count import expect_count
from data.corpora.json_lines import read_json_lines
from data.metrics.answer_type import answer_type
from data.records import PictureQuestion

NAME = "daquar"
COUNT = 6_795


def read() -> Iterator[PictureQuestion]:
    """Yield the questions, one answer each, "number" or "other".

    Underscores in answers become spaces.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    return expect_count(NAME, _read(), COUNT)


def _read() -> Iterator[PictureQuestion]:
    for row in read_json_lines(f"{NAME}/train.jsonl.gz", "image", "question", "answer"):
        answer = row["answer"].replace("_", " ")
        yield PictureQuestion(row["image"], row["question"], (answer,), answer_type(answer), "en", "train")
