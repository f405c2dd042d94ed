"""KdConv's development part: 450 Chinese dialogues on films, music, travel.

Apache-2.0.

Source: Zhou et al. 2020.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

from data import paths
from data.corpora.dialogs import build_dialog
from data.corpora.expected_count import expect_count
from data.records import Dialog

NAME = "text/kdconv"
COUNT = 450
SUBJECTS = ("film", "music", "travel")


def read() -> Iterator[Dialog]:
    """Yield the dialogues, subject by subject.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    return expect_count(NAME, _read(), COUNT)


def _read() -> Iterator[Dialog]:
    for subject in SUBJECTS:
        with gzip.open(paths.find_corpus(NAME) / f"{subject}_dev.json.gz", "rt", encoding="utf-8") as file:
            for found in json.load(file):
                yield build_dialog([message["message"].strip() for message in found["messages"]])
