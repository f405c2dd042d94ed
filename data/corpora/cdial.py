"""CDial-GPT's toy part: 10,000 Chinese Weibo posts with a comment.

For training. MIT.

The corpus has spaces between characters; they are removed.

Source: Wang et al. 2020.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator

from data import paths
from data.corpora.dialogs import build_dialog, remove_spaces
from data.corpora.expected_count import expect_count
from data.records import Dialog

NAME = "text/cdial_gpt_toy"
COUNT = 10_000


def read() -> Iterator[Dialog]:
    """Yield the dialogues, two utterances each.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    return expect_count(NAME, _read(), COUNT)


def _read() -> Iterator[Dialog]:
    with gzip.open(paths.find_corpus(NAME) / "toy_train.txt.gz", "rt", encoding="utf-8") as file:
        for line in file:
            yield build_dialog([remove_spaces(turn) for turn in line.rstrip("\n").split("\t")])
