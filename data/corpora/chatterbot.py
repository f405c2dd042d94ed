"""ChatterBot's corpus: short Chinese and English conversations on subjects.

BSD-3-Clause.

YAML, one file a subject. The languages are not translations of each other. Sixteen English utterances are empty; they are kept,
because what stands on either side of one is no question with its reply.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from data import paths
from data.corpora.dialogs import build_dialog
from data.corpora.expected_count import expect_count
from data.records import LANGUAGES, Dialog, Language

NAME = "text/chatterbot_corpus"
COUNTS: dict[Language, int] = {"zh": 467, "en": 2_026}
_FOLDERS: dict[Language, str] = {"zh": "chinese", "en": "english"}


def read(languages: Sequence[Language] = LANGUAGES) -> Iterator[Dialog]:
    """Yield the conversations; files of several languages alternate.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    return expect_count(NAME, _read(languages), sum(COUNTS[language] for language in languages))


def _read(languages: Sequence[Language]) -> Iterator[Dialog]:
    import yaml  # not needed to serve

    folder = paths.find_corpus(NAME)
    files = [sorted((folder / _FOLDERS[language]).glob("*.yml")) for language in languages]
    for turn in zip_longest(*files):
        for file in filter(None, turn):
            for conversation in yaml.safe_load(file.read_text(encoding="utf-8"))["conversations"]:
                yield build_dialog([str(text).strip() for text in conversation])
