"""Split corpora by a hash of the text, the same everywhere."""

from __future__ import annotations

import hashlib
import re
from typing import Literal

from data.records import Dialog
from data.text.clean import fold

Part = Literal["train", "dev", "test"]

_PUNCTUATION = re.compile(r"[\W_]+")


def normalize(text: str) -> str:
    """Return a text to compare copies by: folded, no spaces, no punctuation.

    >>> normalize("Ｈｅｌｌｏ， World!") == normalize("hello world")
    True
    """
    return _PUNCTUATION.sub("", fold(text))


def digest(text: str) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of the normalized text."""
    return hashlib.sha256(normalize(text).encode("utf-8", "replace")).hexdigest()[:16]


def assign_part(text: str) -> Part:
    """Return the part of a text, by its digest.

    It is "train" for eight texts of ten, "dev" for one and "test" for one.
    """
    place = int(digest(text)[:8], 16) % 10
    return "train" if place < 8 else "dev" if place == 8 else "test"


def join_utterances(dialog: Dialog) -> str:
    """Return the text of a dialogue, one utterance a line."""
    return "\n".join(utterance.text for utterance in dialog.utterances)
