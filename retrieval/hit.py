"""An entry that a search found."""

from __future__ import annotations

from dataclasses import dataclass

from data.formats.starter import find_part
from data.records import Entry

MAX_PHRASINGS = 32
"""So many phrasings of an entry are compared with a query, beside those that the search found: old dialogues make entries with
thousands."""
MIN_MEANING = 0.4
"""From this cosine on a phrasing has something in common with the query in meaning."""

_STARTER = "starter/"


@dataclass(frozen=True)
class Hit:
    """An entry that may answer the query.

    Args:
        entry: The entry.
        question: Its phrasing that matches best.
        features: What was measured, by the names in retrieval.features.
        probability: That the entry was asked for; 0 as long as nothing calibrated it.
    """

    entry: Entry
    question: str
    features: dict[str, float]
    probability: float = 0.0


def find_origin(file: str) -> str | None:
    """Return the part of the starter corpus that a file belongs to; None for an owner's file.

    A starter corpus that is not in parts is one part, with an empty name.
    """
    return find_part(file) or ("" if file.startswith(_STARTER) else None)
