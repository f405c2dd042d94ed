"""The List of Dirty, Naughty, Obscene, and Otherwise Bad Words, Chinese and English. CC BY 4.0, Shutterstock 2012-2020.

Made to keep words out of suggestions: anatomy, medicine and plain words stand in it beside abuse.
"""

from __future__ import annotations

from data import paths
from data.paths import CorpusError
from data.records import Language

NAME = "text/badwords_en_zh"
COUNTS: dict[Language, int] = {"zh": 319, "en": 403}


def read(language: Language) -> list[str]:
    """The words of a language, as they stand in the list. Raises CorpusError."""
    lines = paths.find_corpus(f"{NAME}/{language}").read_text(encoding="utf-8").splitlines()
    found = [line.strip() for line in lines if line.strip()]
    if len(found) != COUNTS[language]:
        raise CorpusError(
            f"{NAME}/{language} has {len(found)} words, expected {COUNTS[language]}: it is another version, or cut short. "
            "Fetch it again."
        )
    return found
