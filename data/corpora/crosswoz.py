"""CrossWOZ's validation part: 500 Chinese dialogues with a guide to Beijing.

Apache-2.0.

Source: Zhu et al. 2020.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator

from data import paths
from data.corpora.dialogs import build_dialog
from data.corpora.expected_count import expect_count
from data.records import Dialog

NAME = "text/crosswoz"
COUNT = 500


def read() -> Iterator[Dialog]:
    """Yield the dialogues.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    return expect_count(NAME, _read(), COUNT)


def _read() -> Iterator[Dialog]:
    with zipfile.ZipFile(paths.find_corpus(NAME) / "val.json.zip") as archive:
        found = json.loads(archive.read("val.json"))
    for entry in found.values():
        yield build_dialog([message["content"].strip() for message in entry["messages"]])
