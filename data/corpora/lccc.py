"""LCCC-base's validation part: 20,000 Chinese chit-chat dialogues.

MIT.

The corpus has spaces between characters; they are removed. Its language is slang; its authors removed swearing.

Source: Wang et al. 2020.
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
    """Yield the dialogues.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    return expect_count(NAME, _read(), COUNT)


def _read() -> Iterator[Dialog]:
    with gzip.open(paths.find_corpus(NAME) / "LCCC-base_valid.json.gz", "rt", encoding="utf-8") as file:
        for turns in json.load(file):
            yield build_dialog([remove_spaces(turn) for turn in turns])
