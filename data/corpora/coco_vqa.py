"""VQA v2, a small part: 2,627 English questions about photos of COCO, each answered by ten people.

Goyal et al. 2017, Making the V in VQA Matter; CC BY 4.0. The photos (data.corpora.pictures' "coco") have each their own
licence. Kinds of answers are in about equal parts, not as in the whole set: scores do not compare with published ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from data.corpora.expected_count import expect_count
from data.corpora.json_lines import read_json_lines
from data.records import PictureQuestion

NAME = "coco/vqa"
COUNT = 2_627


def read() -> Iterator[PictureQuestion]:
    """Yield the questions, ten answers each.

    split is "train", "valid" or "test", by question. A photo occurs in several, so an evaluation must split by photo.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    return expect_count(NAME, _read(), COUNT)


def _read() -> Iterator[PictureQuestion]:
    for row in read_json_lines(f"{NAME}.jsonl.gz", "image", "question", "answers", "answer_type", "split"):
        yield PictureQuestion(
            row["image"], row["question"], tuple(row["answers"]), row["answer_type"], "en", row["split"]
        )
