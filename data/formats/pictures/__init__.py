"""Files of captions and of questions about pictures, as people have them, read as records; and the pictures they name.

COCO captions, VQA v2, and JSON lines. Pictures lie beside them in a folder or a tar and are looked up by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from data.formats.encoding import detect_encoding
from data.formats.errors import FormatError, RejectedRow
from data.formats.pictures import coco_captions, json_lines, vqa_v2
from data.formats.pictures.picture_files import PictureFiles, find_pictures
from data.records import CaptionedPicture, Language, PictureQuestion

__all__ = ["FormatError", "PictureFiles", "RejectedRow", "find_pictures", "read_captions", "read_questions"]

_LOOKED_AT = 5
_LONGEST = 2**16
_LISTS = frozenset({"images", "annotations", "questions"})


def read_captions(path: Path, language: Language | None = None) -> Iterator[CaptionedPicture | RejectedRow]:
    """The pictures of a file of COCO captions or JSON lines, and a Refusal in the place of each row that says nothing of one.

    All captions of a picture are one record. language is theirs where it is known; else each caption tells its own. Raises
    FormatError, while it is read, for what is no such file at all, and OSError if it cannot be read.
    """
    if _by_line(path):
        yield from json_lines.read_captions(path, language)
    else:
        yield from coco_captions.read(path, language)


def read_questions(
    path: Path, annotations: Path | None = None, language: Language | None = None
) -> Iterator[PictureQuestion | RejectedRow]:
    """The questions of a file of VQA v2 or JSON lines, and a Refusal in the place of each that cannot be one.

    annotations holds the answers of VQA v2; without it they are looked for in the questions' file and beside it. language is
    that of all questions where it is known; else each question tells its own. Raises FormatError, while it is read, for what is
    no such file at all, and OSError if it cannot be read.
    """
    if _by_line(path):
        if annotations is not None:
            raise FormatError(
                f"{path.name} is JSON lines, which hold their answers; expected VQA v2 with {annotations.name}. Leave it out."
            )
        yield from json_lines.read_questions(path, language)
    else:
        yield from vqa_v2.read(path, annotations, language)


def _by_line(path: Path) -> bool:
    """Whether the file has an object for each picture or question, on a line of its own or in an array."""
    if path.is_dir():
        raise FormatError(f"{path} is a folder; expected the file of captions or questions in it.")
    with path.open(encoding=detect_encoding(path)) as file:
        pieces = iter(lambda: file.readline(_LONGEST), "")
        lines = list(islice((line for line in pieces if line.strip()), _LOOKED_AT))
    if not lines:
        raise FormatError(f"{path.name} is empty. Give a file with captions or questions in it.")
    first = lines[0].strip()
    if not first.startswith("{"):
        return True
    objects = [found for line in lines if isinstance(found := _value(line), dict)]
    if objects and objects[0] == _value(first):
        return not objects[0].keys() & _LISTS
    # COCO and VQA v2 begin like this where they are written over several lines, or one that is longer than what was looked at.
    return bool(objects) and first != "{" and not any(f'"{key}"' in line for key in _LISTS for line in lines)


def _value(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
