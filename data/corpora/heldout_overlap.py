"""Detect training examples that also occur in held-out dialogues.

Corpora repeat dialogues in part.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from data.corpora.split import normalize
from data.records import Dialog

_MIN_LENGTH = 8


class HeldoutOverlap:
    """The normalized replies and exchanges of held-out dialogues."""

    def __init__(self, dialogs: Iterable[Dialog]) -> None:
        self._said: set[str] = set()
        self._pairs: set[tuple[str, str]] = set()
        for dialog in dialogs:
            texts = [normalize(utterance.text) for utterance in dialog.utterances]
            self._said.update(texts)
            self._pairs.update(pairwise(texts))

    def has_copy(self, query: str, reply: str) -> bool:
        """Return whether a held-out dialogue has the reply, or the reply to this query.

        A reply of fewer than eight characters to another query does not count, since it is common.
        """
        folded = normalize(reply)
        return (len(folded) >= _MIN_LENGTH and folded in self._said) or (normalize(query), folded) in self._pairs
