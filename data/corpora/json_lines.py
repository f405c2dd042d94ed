"""The labels of a corpus as JSON lines, one object each."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any

from data import paths
from data.paths import CorpusError


def read_json_lines(name: str, *keys: str) -> Iterator[dict[str, Any]]:
    """The objects in a gzip file of a corpus, in order, each with the keys. Raises CorpusError, naming the line, for another."""
    path = paths.find_corpus(name)
    number = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, 1):  # noqa: B007
                row = json.loads(line)
                if not isinstance(row, dict) or not row.keys() >= set(keys):
                    raise ValueError(f"expected an object with {', '.join(keys)}")
                yield row
    except (EOFError, gzip.BadGzipFile, zlib.error, ValueError) as error:
        raise CorpusError(
            f"The corpus {name} at {path} is damaged near line {number or 1} ({error}). Fetch it again."
        ) from error
