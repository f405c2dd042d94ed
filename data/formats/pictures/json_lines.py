"""Captions or questions as JSON: an object on each line, or one array of them.

{"image": "a.jpg", "caption": "A dog runs."}            captions may be a list, and a picture may have several lines
{"image": "a.jpg", "zh": ["一只狗在跑。"], "en": ["A dog runs."]}
{"image": "a.jpg", "question": "几只狗？", "answer": "两只"}    answers may be a list: what several people said

language (zh or en), and for questions answer_type and split, may be said; the Chinese names 图片, 描述, 问题 and 答案 hold, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from data.formats import jsonl
from data.formats.columns import QUESTION_NAMES, REPLY_NAMES, normalize_name
from data.formats.errors import FormatError, RejectedRow, reject_row
from data.formats.pictures.caption_collector import CaptionCollector
from data.formats.pictures.document import to_json
from data.formats.pictures.validation import build_question, validate_caption, validate_language, validate_name
from data.records import LANGUAGES, CaptionedPicture, Language, PictureQuestion, Place

IMAGE_NAMES = frozenset({"image", "picture", "photo", "filename", "图片", "照片"})
CAPTION_NAMES = frozenset({"caption", "captions", "描述"})
ANSWER_NAMES = REPLY_NAMES | {"answers"}


def read_captions(path: Path, language: Language | None = None) -> Iterator[CaptionedPicture | RejectedRow]:
    """A Refusal for each line that cannot be used, and then the pictures. Raises FormatError and OSError."""
    album = CaptionCollector()
    for place, row in _rows(path):
        if isinstance(row, RejectedRow):
            yield row
            continue
        image, stated = _value(row, IMAGE_NAMES), row.get("language")
        captions: list[tuple[object, Language | None]] = [
            (caption, language or stated) for caption in _list(_value(row, CAPTION_NAMES))
        ]
        captions += [(caption, own) for own in LANGUAGES for caption in _list(row.get(own))]
        fault = validate_name(image) or validate_language(stated)
        faults = [fault] if fault else [validate_caption(caption) for caption, _ in captions or [(None, None)]]
        if fault := next(filter(None, faults), None):
            yield reject_row(place, to_json(row), fault)
            continue
        for caption, own in captions:
            album.add(str(image), str(caption), own)
    yield from album.pictures()


def read_questions(path: Path, language: Language | None = None) -> Iterator[PictureQuestion | RejectedRow]:
    """The questions line by line, and a Refusal in the place of each that cannot be one. Raises FormatError and OSError."""
    for place, row in _rows(path):
        if isinstance(row, RejectedRow):
            yield row
            continue
        stated, split = row.get("language"), row.get("split")
        if fault := validate_language(stated):
            yield reject_row(place, to_json(row), fault)
            continue
        image, question = _value(row, IMAGE_NAMES), _value(row, QUESTION_NAMES)
        # Where "answers" says what ten people said, "answer" says what most of them did.
        said = _list(row.get("answers") or _value(row, ANSWER_NAMES))
        answers = [one.get("answer") if isinstance(one, dict) else one for one in said]
        own = language or stated
        yield build_question(
            place, row, image, question, answers, row.get("answer_type"), own, split if isinstance(split, str) else ""
        )


def _rows(path: Path) -> Iterator[tuple[Place, dict[str, Any] | RejectedRow]]:
    found = False
    for number, row in jsonl.read_objects(path):
        found = True
        place = Place(path.name, number)
        yield place, reject_row(place, row, jsonl.NO_OBJECT) if isinstance(row, str) else row
    if not found:
        raise FormatError(
            f'{path.name} holds no JSON objects. Write one on each line: {{"image": "…", "caption": "…"}}'
        )


def _value(row: Mapping[str, Any], names: frozenset[str]) -> object:
    return next((value for key, value in row.items() if normalize_name(key) in names), None)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]
