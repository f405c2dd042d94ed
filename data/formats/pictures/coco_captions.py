"""Captions as COCO has them: one JSON object with a list of images and a list of annotations.

{"images": [{"id": 9, "file_name": "a.jpg"}], "annotations": [{"image_id": 9, "caption": "A dog runs."}]}
Chen et al. 2015, Microsoft COCO Captions: Data Collection and Evaluation Server.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data.formats.errors import RejectedRow, reject_row
from data.formats.pictures.caption_collector import CaptionCollector
from data.formats.pictures.document import load_document, read_rows, to_json
from data.formats.pictures.validation import validate_caption, validate_name
from data.records import CaptionedPicture, Language


def read(path: Path, language: Language | None = None) -> Iterator[CaptionedPicture | RejectedRow]:
    """A Refusal for each image and annotation that cannot be used, and then the pictures. Raises FormatError and OSError."""
    found = load_document(path, "images", "annotations")
    names: dict[str, str] = {}
    for place, row in read_rows(path, found, "images"):
        if isinstance(row, RejectedRow):
            yield row
        elif fault := validate_name(row.get("file_name")):
            yield reject_row(place, to_json(row), fault)
        elif row.get("id") is None:
            yield reject_row(place, to_json(row), "there is no id")
        else:
            names[str(row["id"])] = row["file_name"]
    album = CaptionCollector()
    for place, row in read_rows(path, found, "annotations"):
        if isinstance(row, RejectedRow):
            yield row
        elif fault := validate_caption(row.get("caption")):
            yield reject_row(place, to_json(row), fault)
        elif (image := names.get(str(row.get("image_id")))) is None:
            yield reject_row(place, to_json(row), "its image_id is that of no image that can be used")
        else:
            album.add(image, row["caption"], language)
    yield from album.pictures()
