"""What is wrong with what a label file says of a picture: its name, a caption, a question with its answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from data.formats.errors import MAX_QUESTION, RejectedRow, reject_row
from data.formats.pictures.document import to_json
from data.metrics.answer_type import answer_type
from data.records import LANGUAGES, Language, PictureQuestion, Place
from data.text.clean import clean
from data.text.language import language_of

MAX_CAPTION = 500
MAX_ANSWER = 200

_DRIVE = re.compile(r"[A-Za-z]:")


def validate_name(name: object) -> str | None:
    """Why this cannot be the name of a picture in a folder or a tar, or None if it can.

    >>> name_fault("train2014/猫.jpg"), name_fault("../secret.jpg"), name_fault("/etc/passwd")
    (None, 'the picture is outside of its folder', 'the picture is outside of its folder')
    """
    if not isinstance(name, str) or not name.strip():
        return "there is no name of a picture"
    if "\0" in name or len(name) > 1000:
        return "the picture's name cannot be one of a file"
    if name.startswith(("/", "\\")) or _DRIVE.match(name) or ".." in re.split(r"[/\\]", name):
        return "the picture is outside of its folder"
    return None


def validate_caption(caption: object) -> str | None:
    """Why this cannot be a caption, or None if it can. Length is counted in characters, cleaned."""
    if not isinstance(caption, str) or not clean(caption):
        return "there is no caption that is a text"
    length = len(clean(caption))
    return None if length <= MAX_CAPTION else f"the caption has {length} characters; at most {MAX_CAPTION} are taken"


def validate_language(language: object) -> str | None:
    """Why this cannot be the language of a row, or None if it can; None itself leaves it to the text."""
    if language is None or language in LANGUAGES:
        return None
    return f"the language is {str(language)[:20]!r}; expected zh or en"


def build_question(
    place: Place,
    row: object,
    image: object,
    question: object,
    answers: Sequence[object],
    kind: object = None,
    language: Language | None = None,
    split: str = "",
) -> PictureQuestion | RejectedRow:
    """The question of a row, or why it is none.

    kind is its answer_type; where that is not given, the answer that most people gave tells.
    """
    fault = validate_name(image) or _validate_question(question, answers)
    if fault:
        return reject_row(place, to_json(row), fault)
    said = tuple(str(answer).strip() for answer in answers)
    wording = str(question).strip()
    most = Counter(said).most_common(1)[0][0]
    return PictureQuestion(
        str(image),
        wording,
        said,
        kind if isinstance(kind, str) and kind else answer_type(most),
        language or language_of(wording, "en"),
        split,
    )


def _validate_question(question: object, answers: Sequence[object]) -> str | None:
    if not isinstance(question, str) or not clean(question):
        return "there is no question that is a text"
    if len(clean(question)) > MAX_QUESTION:
        return f"the question has {len(clean(question))} characters; at most {MAX_QUESTION} are taken"
    if not answers:
        return "there is no answer"
    for answer in answers:
        if isinstance(answer, bool) or not isinstance(answer, (str, int)) or not clean(str(answer)):
            return "there is an answer that is no text"
        if len(str(answer)) > MAX_ANSWER:
            return f"there is an answer of {len(str(answer))} characters; at most {MAX_ANSWER} are taken"
    return None
