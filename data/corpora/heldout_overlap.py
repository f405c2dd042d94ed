"""What is said in held-out dialogues, so that no copy of it is learned: dialogues are copied in part, within corpora and
between them.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from data.corpora.split import normalize
from data.records import Dialog

_SAID_BY_ANYBODY = 8


class HeldoutOverlap:
    """The replies and exchanges of held-out dialogues, normalised."""

    def __init__(self, dialogs: Iterable[Dialog]) -> None:
        self._said: set[str] = set()
        self._pairs: set[tuple[str, str]] = set()
        for one in dialogs:
            texts = [normalize(utterance.text) for utterance in one.utterances]
            self._said.update(texts)
            self._pairs.update(pairwise(texts))

    def has_copy(self, query: str, reply: str) -> bool:
        """Whether the reply, or the reply to this query, is also said in a held-out dialogue.

        A reply of fewer than eight characters that answers another query is no copy: anybody says it.
        """
        folded = normalize(reply)
        return (len(folded) >= _SAID_BY_ANYBODY and folded in self._said) or (normalize(query), folded) in self._pairs
