"""A JSON file that is one object of lists, as COCO's and VQA's are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.formats.encoding import detect_encoding
from data.formats.errors import FormatError, RejectedRow, reject_row
from data.records import Place

MAX_BYTES = 512 * 2**20
"""What is held at once. The answers of VQA v2's training part have less."""


def load_document(path: Path, *lists: str) -> dict[str, Any]:
    """The object, which has these lists. Raises FormatError for anything else, and OSError if it cannot be read."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise FormatError(
            f"{path.name} has {size / 2**20:.0f} MiB; at most {MAX_BYTES // 2**20} MiB are taken. "
            "Split it, or write it as JSON lines."
        )
    try:
        found = json.loads(path.read_text(encoding=detect_encoding(path)))
    except (ValueError, RecursionError) as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(f"{path.name} is no JSON, or is cut short ({error}). Fetch it again.") from error
    keys = ", ".join(map(str, found))[:80] if isinstance(found, dict) else type(found).__name__
    for key in lists:
        if not isinstance(found, dict) or not isinstance(found.get(key), list):
            raise FormatError(
                f"{path.name} holds {keys or 'nothing'}; expected an object with a list of {key}. "
                "Give COCO captions, VQA v2, or an object with an image on each line."
            )
    return dict(found)


def read_rows(path: Path, found: dict[str, Any], key: str) -> Iterator[tuple[Place, dict[str, Any] | RejectedRow]]:
    """The place and the content of each row of a list, counted from 1; a Refusal for what is no object."""
    for number, row in enumerate(found[key], 1):
        place = Place(f"{path.name}:{key}", number)
        yield place, row if isinstance(row, dict) else reject_row(place, to_json(row), "it is no JSON object")


def to_json(row: object) -> str:
    """The row as it is shown in a Refusal."""
    return json.dumps(row, ensure_ascii=False)
