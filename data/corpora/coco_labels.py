"""Labels of everyday life: captions and questions about 5,247 photos of COCO, in both languages, written for this project.

Each photo has two captions in each language and three questions with short answers. The labels are free to use; the photos
(data.corpora.pictures' "coco") have each their own licence.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from data.corpora.expected_count import expect_count
from data.corpora.json_lines import read_json_lines
from data.corpora.split import Part, digest
from data.records import LANGUAGES, CaptionedPicture, PictureQuestion

NAME = "coco/labels"
COUNT = 5_247
QUESTIONS = 15_741
TEST, DEV = 500, 300


def read_captions() -> Iterator[CaptionedPicture]:
    """Yield the photos with two captions in each language.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    return expect_count(NAME, _read_captions(), COUNT)


def read_questions() -> Iterator[PictureQuestion]:
    """Yield the questions: yes/no, number or other, answered by one person in the language of the question.

    An answer is "yes" or "no", digits, or a word or two. Chinese yes/no questions are answered 是 or 否, whatever the verb.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    return expect_count(f"{NAME}, questions", _read_questions(), QUESTIONS)


@lru_cache(maxsize=1)
def assign_parts() -> dict[str, Part]:
    """Return the part of every photo: TEST for testing, DEV for early stopping, the others for training.

    They are those with the lowest digests of the name, so that captions and questions of all corpora agree on them.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    names = sorted((record.image for record in read_captions()), key=digest)
    return {
        name: "test" if place < TEST else "dev" if place < TEST + DEV else "train" for place, name in enumerate(names)
    }


def _read_captions() -> Iterator[CaptionedPicture]:
    for row in read_json_lines(f"{NAME}.jsonl.gz", "image", *LANGUAGES):
        yield CaptionedPicture(row["image"], {language: tuple(row[language]) for language in LANGUAGES})


def _read_questions() -> Iterator[PictureQuestion]:
    for row in read_json_lines(f"{NAME}.jsonl.gz", "image", "qa"):
        for asked in row["qa"]:
            answer = asked["canonical"]
            if asked["language"] == "zh":
                answer = {"yes": "是", "no": "否"}.get(answer, answer)
            yield PictureQuestion(row["image"], asked["question"], (answer,), asked["answer_type"], asked["language"])
