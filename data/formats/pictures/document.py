"""Read a JSON file that is one object of lists, like those of COCO and VQA."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.formats.encoding import detect_encoding
from data.formats.errors import FormatError, RejectedRow, reject_row
from data.records import Place

MAX_BYTES = 512 * 2**20
"""The largest file, which is read at once. The training answers of VQA v2 are smaller."""


def load_document(path: Path, *lists: str) -> dict[str, Any]:
    """Return the object of a file, which must have these lists.

    Raises:
        FormatError: The file is too large, is not JSON, or lacks a list.
        OSError: It cannot be read.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise FormatError(
            f"{path.name} has {size / 2**20:.0f} MiB; at most {MAX_BYTES // 2**20} MiB are allowed. "
            "Split it, or write it as JSON lines."
        )
    try:
        found = json.loads(path.read_text(encoding=detect_encoding(path)))
    except (ValueError, RecursionError) as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(f"{path.name} is not JSON, or is cut short ({error}). Download it again.") from error
    keys = ", ".join(map(str, found))[:80] if isinstance(found, dict) else type(found).__name__
    for key in lists:
        if not isinstance(found, dict) or not isinstance(found.get(key), list):
            raise FormatError(
                f"{path.name} holds {keys or 'nothing'}; expected an object with a list of {key}. "
                "Give COCO captions, VQA v2, or an object with an image on each line."
            )
    return dict(found)


def read_rows(path: Path, found: dict[str, Any], key: str) -> Iterator[tuple[Place, dict[str, Any] | RejectedRow]]:
    """Yield the place, counted from 1, and the content of each row of a list; a RejectedRow if it is not an object."""
    for number, row in enumerate(found[key], 1):
        place = Place(f"{path.name}:{key}", number)
        yield place, row if isinstance(row, dict) else reject_row(place, to_json(row), "it is not a JSON object")


def to_json(row: object) -> str:
    """Return a row as JSON, to be shown in a RejectedRow."""
    return json.dumps(row, ensure_ascii=False)
