"""XDailyDialog: 8,096 dialogues of DailyDialog in English and Chinese.

They are translated sentence by sentence.

CC BY-NC-SA: what is trained on it is non-commercial. The two languages are parallel, so a dialogue's id is the digest of its
English form in both: a translation of a test dialogue is never trained on. Dialogues repeat within the corpus and in its dev
part.

Source: Liu et al. 2023.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator

from data import paths
from data.corpora.dialogs import build_dialog
from data.corpora.expected_count import expect_count
from data.corpora.split import digest
from data.records import Dialog, Language

NAME = "text/xdailydialog"
COUNT = 8_096
_FILES = {"en": "dialogues_text_En.txt.gz", "zh": "dialogues_text_Zh.txt.gz"}


def read(language: Language) -> Iterator[Dialog]:
    """Yield the dialogues in one language; the order is the same in both.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    return expect_count(NAME, _read(language), COUNT)


def _read(language: Language) -> Iterator[Dialog]:
    folder = paths.find_corpus(NAME)
    with (
        gzip.open(folder / _FILES["en"], "rt", encoding="utf-8") as english,
        gzip.open(folder / _FILES[language], "rt", encoding="utf-8") as asked,
    ):
        for line, other in zip(english, asked, strict=True):
            yield build_dialog(_turns(other), digest("\n".join(_turns(line))))


def _turns(line: str) -> list[str]:
    return [turn.strip() for turn in line.split("__eou__") if turn.strip()]
