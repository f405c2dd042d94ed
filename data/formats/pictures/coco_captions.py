"""Captions as COCO has them: one JSON object with a list of images and a list of annotations.

{"images": [{"id": 9, "file_name": "a.jpg"}], "annotations": [{"image_id": 9, "caption": "A dog runs."}]}
Chen et al. 2015, Microsoft COCO Captions: Data Collection and Evaluation Server.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data.formats.pictures.album import Album
from data.formats.pictures.document import document, rows, shown
from data.formats.pictures.fault import caption_fault, name_fault
from data.formats.refusal import Refusal, refusal
from data.records import Captioned, Language


def read(path: Path, language: Language | None = None) -> Iterator[Captioned | Refusal]:
    """A Refusal for each image and annotation that cannot be used, and then the pictures. Raises FormatError and OSError."""
    found = document(path, "images", "annotations")
    names: dict[str, str] = {}
    for place, row in rows(path, found, "images"):
        if isinstance(row, Refusal):
            yield row
        elif fault := name_fault(row.get("file_name")):
            yield refusal(place, shown(row), fault)
        elif row.get("id") is None:
            yield refusal(place, shown(row), "there is no id")
        else:
            names[str(row["id"])] = row["file_name"]
    album = Album()
    for place, row in rows(path, found, "annotations"):
        if isinstance(row, Refusal):
            yield row
        elif fault := caption_fault(row.get("caption")):
            yield refusal(place, shown(row), fault)
        elif (image := names.get(str(row.get("image_id")))) is None:
            yield refusal(place, shown(row), "its image_id is that of no image that can be used")
        else:
            album.add(image, row["caption"], language)
    yield from album.pictures()
