"""Which part of a corpus a text belongs to: told by the text itself, so the same text is in the same part wherever it occurs."""

from __future__ import annotations

import hashlib
import re
from typing import Literal

from data.records import Dialog
from data.text.clean import fold

Part = Literal["train", "dev", "test"]

_UNSPOKEN = re.compile(r"[\W_]+")


def normalize(text: str) -> str:
    """What two copies of a text have in common: folded, without spaces and punctuation.

    >>> normalize("Ｈｅｌｌｏ， World!") == normalize("hello world")
    True
    """
    return _UNSPOKEN.sub("", fold(text))


def digest(text: str) -> str:
    """16 hexadecimal digits of the SHA-256 of the normalised text."""
    return hashlib.sha256(normalize(text).encode("utf-8", "replace")).hexdigest()[:16]


def assign_part(text: str) -> Part:
    """train for eight texts of ten, dev for one, test for one; by the digest, never by position."""
    place = int(digest(text)[:8], 16) % 10
    return "train" if place < 8 else "dev" if place == 8 else "test"


def join_utterances(dialog: Dialog) -> str:
    """All that was said in a dialogue, one utterance a line."""
    return "\n".join(utterance.text for utterance in dialog.utterances)
