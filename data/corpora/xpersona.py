"""XPersona's validation parts: small talk between two invented people.

222 Chinese and 1,000 English dialogues. MIT.

Lin et al. 2021. English is tokenised and in lower case. A first utterance of "__SILENCE__" says that the other began.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

from data import paths
from data.corpora.dialogs import build_dialog, remove_spaces
from data.corpora.expected_count import expect_count
from data.records import Dialog, Language

NAME = "text/xpersona"
COUNTS: dict[Language, int] = {"zh": 222, "en": 1_000}
_SILENCE = "__SILENCE__"


def read(language: Language) -> Iterator[Dialog]:
    """Yield the dialogues in one language.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    return expect_count(NAME, _read(language), COUNTS[language])


def _read(language: Language) -> Iterator[Dialog]:
    folder = paths.find_corpus(NAME)
    if language == "zh":
        text = (folder / "Zh_persona_split_valid_human_annotated.json").read_text(encoding="utf-8")
    else:
        with gzip.open(folder / "En_persona_valid.json.gz", "rt", encoding="utf-8") as file:
            text = file.read()
    for found in json.loads(text):
        said = [turn for exchange in found["dialogue"] for turn in exchange if turn != _SILENCE]
        yield build_dialog([remove_spaces(turn) if language == "zh" else turn.strip() for turn in said])
