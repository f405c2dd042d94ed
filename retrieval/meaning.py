"""Entries by what they mean: the vectors of an encoder, of every phrasing and every reply."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from data.formats.starter import find_part
from data.records import Entry
from retrieval.postings import Floats
from retrieval.shelf import vector_key
from retrieval.stored import DamagedIndex
from retrieval.vectors import Unreachable, VectorIndex, Vectors

_LOG = logging.getLogger(__name__)
Made = TypeVar("Made")
NAMES = ("phrasings", "replies")
"""The two indexes."""

_MEASURED = 8
# The bot brings a thousand entries along with a dozen phrasings each: their vectors would take most of the first start.
# Courtesies are short, stand beside any owner's entries, and have all of theirs.
_SHIPPED = 5


class Encoder(Protocol):
    """Texts as unit vectors of one length; version tells encoders apart whose vectors mean nothing beside each other."""

    width: int
    version: str

    def queries(self, contexts: Sequence[Sequence[str]]) -> Floats:
        """Return float32 [B, width] of contexts, the last turn of which is the query."""
        ...

    def replies(self, texts: Sequence[str]) -> Floats:
        """Return float32 [B, width] of replies, or of stored questions."""
        ...


@dataclass(frozen=True)
class Near:
    """Vectors near a query: their keys int64 [K] and cosines float32 [K], best first."""

    keys: NDArray[np.int64]
    cosines: Floats

    @property
    def least(self) -> float:
        """The lowest of the cosines; 0 where there is none. What was not found lies below."""
        return float(self.cosines[-1]) if len(self.cosines) else 0.0


class Meaning:
    """An encoder with two vector indexes. Vectors are added and removed in place: a reader drops keys that it does not know.

    They may live elsewhere; while they cannot be reached nothing is found by meaning, and a search goes on with words. behind
    says that a change did not get there: what is in the indexes is older than the knowledge.
    """

    def __init__(
        self, model: Encoder, phrasings: VectorIndex, replies: VectorIndex, folder: Path | None = None
    ) -> None:
        """folder is where save() writes the vectors; None for indexes that keep themselves."""
        self.model, self.phrasings, self.replies, self._folder = model, phrasings, replies, folder
        self.behind = False
        self._away = False

    @classmethod
    def open(cls, model: Encoder, folder: Path) -> Meaning:
        """The vectors that were saved in the folder, memory-mapped, or none where there are none that can be used."""
        phrasings, replies = (_opened(folder / name, model.width) for name in NAMES)
        return cls(model, phrasings, replies, folder)

    @property
    def sizes(self) -> list[int]:
        """How many vectors of phrasings and of replies there are. Raises Unreachable."""
        return [self.phrasings.size, self.replies.size]

    def holds(self, sizes: Sequence[int]) -> bool:
        """Whether there are at least so many vectors; True where they cannot be reached, and that is then behind."""
        found = self._reached(lambda: self.sizes)
        self.behind = self.behind or found is None
        return found is None or all(has >= had for has, had in zip(found, sizes, strict=True))

    def reachable(self) -> bool:
        """Whether the indexes answer."""
        return self._reached(lambda: self.sizes) is not None

    def clear(self) -> None:
        """Take all vectors away."""
        self._change(self.phrasings.clear)
        self._change(self.replies.clear)

    def save(self) -> None:
        """Write the vectors down. Raises OSError; what was there before can still be opened then. So it does when behind."""
        if self.behind:
            raise Unreachable("vectors of some entries could not be put where they belong")
        if self._folder is not None:
            for name, index in zip(NAMES, (self.phrasings, self.replies), strict=True):
                index.save(self._folder / name)

    def add(self, entries: Sequence[Entry]) -> None:
        """Put the vectors of these entries into the indexes."""
        questions = [(question, entry.id) for entry in entries for question in list_encoded(entry)]
        for index, texts, reply in (
            (self.phrasings, questions, False),
            (self.replies, [(entry.reply, entry.id) for entry in entries], True),
        ):
            # Once behind, everything is added again later.
            if texts and not self.behind:
                keys = np.asarray([vector_key(text, id, reply) for text, id in texts], np.int64)
                vectors = self.model.replies([text for text, _ in texts])
                self._change(partial(index.add, keys, vectors))

    def remove(self, entries: Sequence[Entry]) -> None:
        """Take the vectors of these entries out."""
        questions = [vector_key(question, entry.id, False) for entry in entries for question in entry.questions]
        replies = [vector_key(entry.reply, entry.id, True) for entry in entries]
        for index, keys in ((self.phrasings, questions), (self.replies, replies)):
            self._change(partial(index.remove, np.asarray(keys, np.int64)))

    def cosines(self, context: Sequence[str], entries: Sequence[Entry]) -> tuple[list[float], list[float]]:
        """Of each entry the cosines of a context with its nearest phrasing, of the first few, and with its reply.

        They are worked out anew; no index is asked.
        """
        phrasings = [text for entry in entries for text in entry.questions[:_MEASURED]]
        texts = [*phrasings, *(entry.reply for entry in entries)]
        scores = (self.model.replies(texts) @ self.model.queries([context[-1:]])[0]).tolist()
        found, rest = [], iter(scores)
        for entry in entries:
            found.append(max(islice(rest, len(entry.questions[:_MEASURED])), default=0.0))
        return found, list(rest)

    def near(self, context: Sequence[str], phrasings: int, replies: int) -> tuple[Near, Near] | None:
        """The phrasings and the replies nearest to a context, the last turn of which is the query; None out of reach."""
        # What was said before is not mixed in: it would draw every question to the subject before.
        query = self.model.queries([context[-1:]])
        return self._reached(lambda: (_near(self.phrasings, query, phrasings), _near(self.replies, query, replies)))

    def _change(self, change: Callable[[], object]) -> None:
        self.behind = self._reached(lambda: (change(),)) is None or self.behind

    def _reached(self, ask: Callable[[], Made]) -> Made | None:
        """The answer; None, with one warning until there is one again, where there is none."""
        try:
            answer = ask()
        except Unreachable as error:
            if not self._away:
                _LOG.warning("%s Until then nothing is found by meaning, only by words.", error)
            self._away = True
            return None
        self._away = False
        return answer


def list_encoded(entry: Entry) -> Sequence[str]:
    """List the phrasings of an entry that get a vector: all, but of what is brought along the first few, courtesies apart."""
    shipped = find_part(entry.place.file) not in (None, "courtesy")
    return entry.questions[:_SHIPPED] if shipped else entry.questions


def _near(index: VectorIndex, query: Floats, count: int) -> Near:
    keys, cosines = index.search(query, count)
    found = keys[0] >= 0
    return Near(keys[0][found], cosines[0][found])


def _opened(folder: Path, width: int) -> Vectors:
    try:
        return Vectors.open(folder)
    except DamagedIndex as error:
        if folder.exists():
            _LOG.warning("%s", error)
        return Vectors(width)
