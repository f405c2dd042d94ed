"""Questions as VQA v2 has them: a JSON object with a list of questions, and another with a list of annotations.

{"data_subtype": "train2014", "questions": [{"question_id": 90, "image_id": 9, "question": "How many dogs?"}]}
{"annotations": [{"question_id": 90, "image_id": 9, "answer_type": "number", "answers": [{"answer": "2"}, ...]}]}
Goyal et al. 2017, Making the V in VQA Matter. Both lists may be in one file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.formats.errors import FormatError, RejectedRow, reject_row
from data.formats.pictures.document import load_document, read_rows, to_json
from data.formats.pictures.validation import build_question
from data.records import Language, PictureQuestion


def read(
    path: Path, annotations: Path | None = None, language: Language | None = None
) -> Iterator[PictureQuestion | RejectedRow]:
    """A Refusal for each row that cannot be used, and the questions in their order; split is their data_subtype.

    Pictures are named as COCO names them, "COCO_train2014_000000000009.jpg"; without data_subtype "000000000009.jpg"; and an
    image_id that is a text is the name itself. Raises FormatError and OSError.
    """
    found = load_document(path, "questions")
    other = path if isinstance(found.get("annotations"), list) else annotations or _find_annotations(path)
    said = found if other == path else load_document(other, "annotations")
    answers: dict[str, dict[str, Any]] = {}
    for place, row in read_rows(other, said, "annotations"):
        if isinstance(row, RejectedRow):
            yield row
        elif row.get("question_id") is None:
            yield reject_row(place, to_json(row), "there is no question_id")
        else:
            answers[str(row["question_id"])] = row
    subtype = found.get("data_subtype")
    subtype = subtype if isinstance(subtype, str) else ""
    for place, row in read_rows(path, found, "questions"):
        if isinstance(row, RejectedRow):
            yield row
        elif (given := answers.get(str(row.get("question_id")))) is None:
            yield reject_row(place, to_json(row), f"{other.name} has no answer to this question_id")
        else:
            image = _image(row.get("image_id"), subtype)
            wording, kind = row.get("question"), given.get("answer_type")
            yield build_question(place, row, image, wording, _answers(given), kind, language, subtype)


def _find_annotations(path: Path) -> Path:
    """The annotations' file where VQA's own names put it."""
    name = path.name.replace("OpenEnded_", "").replace("questions", "annotations")
    other = path.with_name(name)
    if other == path or not other.is_file():
        raise FormatError(
            f"{path.name} holds questions without answers, and there is no {name} beside it. Name that file, too."
        )
    return other


def _image(given: object, subtype: str) -> object:
    if isinstance(given, int) and not isinstance(given, bool):
        return f"COCO_{subtype}_{given:012d}.jpg" if subtype else f"{given:012d}.jpg"
    return given


def _answers(row: dict[str, Any]) -> list[object]:
    found = row.get("answers")
    if isinstance(found, list) and found:
        return [one.get("answer") if isinstance(one, dict) else one for one in found]
    return [row["multiple_choice_answer"]] if "multiple_choice_answer" in row else []
