"""easy-VQA: 48,248 English questions about 5,000 drawn shapes.

There are thirteen answers in all. MIT.

Source: Zhou 2019.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal

from data import paths
from data.corpora.expected_count import expect_count
from data.formats import tar
from data.metrics.answer_type import answer_type
from data.paths import CorpusError
from data.records import PictureQuestion

NAME = "easy-vqa"
COUNTS = {"train": 38_575, "test": 9_673}


def read(part: Literal["train", "test"]) -> Iterator[PictureQuestion]:
    """Yield the questions of a part, one answer each, "yes/no" or "other".

    Both parts number their pictures from 0.png; those are "easy-vqa/train" and "easy-vqa/test" of data.corpora.pictures.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    return expect_count(f"{NAME}/{part}", _read(part), COUNTS[part])


def _read(part: str) -> Iterator[PictureQuestion]:
    file = f"{NAME}/easy-vqa-00.tar.gz"
    path = paths.find_corpus(file)
    try:
        for _, content in tar.read(path, wanted=lambda name: name == f"{part}/questions.json"):
            for question, answer, number in json.loads(content):
                yield PictureQuestion(f"{number}.png", question, (answer,), answer_type(answer), "en", part)
    except (ValueError, TypeError) as error:
        raise CorpusError(f"The corpus {file} at {path} is damaged: {error}") from error
