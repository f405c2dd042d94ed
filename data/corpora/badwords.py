"""The List of Dirty, Naughty, Obscene, and Otherwise Bad Words.

Chinese and English. CC BY 4.0, Shutterstock 2012-2020.

It was made for filtering suggestions, so beside abuse it holds anatomy, medicine and plain words.
"""

from __future__ import annotations

from data import paths
from data.paths import CorpusError
from data.records import Language

NAME = "text/badwords_en_zh"
COUNTS: dict[Language, int] = {"zh": 319, "en": 403}


def read(language: Language) -> list[str]:
    """Return the words of a language, in the order of the list.

    Raises:
        CorpusError: The list is missing or incomplete.
    """
    lines = paths.find_corpus(f"{NAME}/{language}").read_text(encoding="utf-8").splitlines()
    found = [line.strip() for line in lines if line.strip()]
    if len(found) != COUNTS[language]:
        raise CorpusError(
            f"{NAME}/{language} has {len(found)} words, expected {COUNTS[language]}: it is another version, or cut short. "
            "Download it again."
        )
    return found
