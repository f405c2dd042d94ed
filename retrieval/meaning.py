"""Entries by what they mean: the vectors of a DSSM, of every phrasing and every reply."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.records import Entry
from retrieval.dssm.infer import DSSM
from retrieval.postings import Floats
from retrieval.shelf import vector_key
from retrieval.stored import DamagedIndex
from retrieval.vectors import VectorIndex, Vectors

_LOG = logging.getLogger(__name__)
_NAMES = ("phrasings", "replies")


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
    """A DSSM with two vector indexes. Vectors are added and removed in place: a reader drops keys that it does not know.

    They may live elsewhere; while they cannot be reached nothing is found by meaning, and a search goes on with words.
    """

    def __init__(self, model: DSSM, phrasings: VectorIndex, replies: VectorIndex, folder: Path | None = None) -> None:
        """folder is where save() writes the vectors; None for indexes that keep themselves."""
        self.model, self.phrasings, self.replies, self._folder = model, phrasings, replies, folder

    @classmethod
    def open(cls, model: DSSM, folder: Path) -> Meaning:
        """The vectors that were saved in the folder, memory-mapped, or none where there are none that can be used."""
        phrasings, replies = (_opened(folder / name, model.width) for name in _NAMES)
        return cls(model, phrasings, replies, folder)

    @property
    def sizes(self) -> list[int]:
        """How many vectors of phrasings and of replies there are."""
        return [self.phrasings.size, self.replies.size]

    def clear(self) -> None:
        """Take all vectors away."""
        self.phrasings.clear()
        self.replies.clear()

    def save(self) -> None:
        """Write the vectors down. Raises OSError; what was there before can still be opened then."""
        if self._folder is not None:
            for name, index in zip(_NAMES, (self.phrasings, self.replies), strict=True):
                index.save(self._folder / name)

    def add(self, entries: Sequence[Entry]) -> None:
        """Put the vectors of these entries into the indexes."""
        questions = [(question, entry.id) for entry in entries for question in entry.questions]
        for index, texts, reply in (
            (self.phrasings, questions, False),
            (self.replies, [(entry.reply, entry.id) for entry in entries], True),
        ):
            if texts:
                keys = np.asarray([vector_key(text, id, reply) for text, id in texts], np.int64)
                index.add(keys, self.model.replies([text for text, _ in texts]))

    def remove(self, entries: Sequence[Entry]) -> None:
        """Take the vectors of these entries out."""
        questions = [vector_key(question, entry.id, False) for entry in entries for question in entry.questions]
        self.phrasings.remove(np.asarray(questions, np.int64))
        self.replies.remove(np.asarray([vector_key(entry.reply, entry.id, True) for entry in entries], np.int64))

    def near(self, context: Sequence[str], phrasings: int, replies: int) -> tuple[Near, Near]:
        """The phrasings and the replies nearest to a context, the last turn of which is the query."""
        query = self.model.queries([context])
        return _near(self.phrasings, query, phrasings), _near(self.replies, query, replies)


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
