"""LCCC-base, the validation part: 20,000 Chinese chit-chat dialogues (Wang et al. 2020). MIT.

Characters are written with spaces between them, which are taken out. Slangy; cleaned of swearing by its authors.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

from data import paths
from data.corpora.dialogs import build_dialog, remove_spaces
from data.corpora.expected_count import expect_count
from data.records import Dialog

NAME = "text/lccc_base_valid_test"
COUNT = 20_000


def read() -> Iterator[Dialog]:
    """The dialogues. Raises CorpusError."""
    return expect_count(NAME, _read(), COUNT)


def _read() -> Iterator[Dialog]:
    with gzip.open(paths.find_corpus(NAME) / "LCCC-base_valid.json.gz", "rt", encoding="utf-8") as file:
        for turns in json.load(file):
            yield build_dialog([remove_spaces(turn) for turn in turns])
