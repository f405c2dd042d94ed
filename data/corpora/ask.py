"""Paraphrases and look-alikes of questions in many domains.

They were written for this project and are free to use.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from data import paths
from data.paths import CorpusError
from data.records import LANGUAGES, Language

FOLDER = "ask"
COUNT = 1525
"""The number of items in all 61 files."""


@dataclass(frozen=True)
class AskItem:
    """A stored question, its paraphrases and its look-alikes, in each language.

    The items of a domain are hard negatives of each other.

    A look-alike must not get the answer.
    """

    domain: str
    stored: Mapping[Language, str]
    same: Mapping[Language, tuple[str, ...]]
    near: Mapping[Language, tuple[str, ...]]


def read() -> Iterator[AskItem]:
    """Yield every item, by file name, in order.

    Raises:
        CorpusError: A file is missing or a line is damaged; the message names it.
    """
    folder = paths.find_corpus(FOLDER)
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise CorpusError(f"there is no *.jsonl in {folder}; set KANLIAO_CORPORA to the folder that holds {FOLDER}/")
    for path in files:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                yield _item(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise CorpusError(
                    f"{path}:{number} is not an item of questions ({error!r}); restore the file"
                ) from error


def _item(raw: Mapping[str, object]) -> AskItem:
    def texts(name: str) -> dict[Language, tuple[str, ...]]:
        return {language: tuple(map(str, _list(raw[f"{name}_{language}"]))) for language in LANGUAGES}

    return AskItem(
        str(raw["d"]), {language: str(raw[language]) for language in LANGUAGES}, texts("same"), texts("near")
    )


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"expected a list, found {value!r}")
    return value


def is_held_out(domain: str) -> bool:
    """Return whether a domain is held out of training: every fourth by name."""
    names = sorted({path.stem for path in paths.find_corpus(FOLDER).glob("*.jsonl")})
    return names.index(domain) % 4 == 3
