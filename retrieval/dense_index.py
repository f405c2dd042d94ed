"""Search by meaning: the vectors of every phrasing and every reply."""

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
from retrieval.array_files import DamagedIndexError
from retrieval.entry_store import compute_vector_key
from retrieval.postings import Floats
from retrieval.vectors import LocalVectorIndex, UnreachableError, VectorIndex

_LOG = logging.getLogger(__name__)
Result = TypeVar("Result")
INDEX_NAMES = ("phrasings", "replies")
"""The two indexes."""

_MEASURED = 8
# The bot brings a thousand entries along with a dozen phrasings each: their vectors would take most of the first start.
# Courtesies are short, stand beside any owner's entries, and have all of theirs.
_SHIPPED = 5


class Encoder(Protocol):
    """Encodes texts as unit vectors of one width.

    Vectors of encoders with different versions cannot be compared.
    """

    width: int
    version: str

    def encode_queries(self, contexts: Sequence[Sequence[str]]) -> Floats:
        """Return float32 [B, width] of contexts, the last turn of which is the query."""
        ...

    def encode_replies(self, texts: Sequence[str]) -> Floats:
        """Return float32 [B, width] of replies, or of stored questions."""
        ...


@dataclass(frozen=True)
class Neighbors:
    """Vectors near a query: their keys int64 [K] and cosines float32 [K], best first."""

    keys: NDArray[np.int64]
    cosines: Floats

    @property
    def lowest(self) -> float:
        """The lowest of the cosines; 0 where there is none. What was not found lies below."""
        return float(self.cosines[-1]) if len(self.cosines) else 0.0


class DenseIndex:
    """An encoder with two vector indexes, of phrasings and of replies.

    Vectors are added and removed in place; a reader drops keys that it does not know. The indexes may lie on another machine.
    While they are unreachable nothing is found by meaning, and a search goes on with words. is_stale says that a change did not
    reach them: they are older than the knowledge.
    """

    def __init__(
        self, model: Encoder, phrasings: VectorIndex, replies: VectorIndex, folder: Path | None = None
    ) -> None:
        """Take an encoder and its indexes.

        Args:
            folder: Where save() writes the vectors; None for indexes that store themselves.
        """
        self.model, self.phrasings, self.replies, self._folder = model, phrasings, replies, folder
        self.is_stale = False
        self._is_away = False

    @classmethod
    def open(cls, model: Encoder, folder: Path) -> DenseIndex:
        """Open the vectors in a folder, memory-mapped; none if they are unusable."""
        phrasings, replies = (_open_vectors(folder / name, model.width) for name in INDEX_NAMES)
        return cls(model, phrasings, replies, folder)

    @property
    def sizes(self) -> list[int]:
        """How many vectors of phrasings and of replies there are; may raise UnreachableError."""
        return [self.phrasings.size, self.replies.size]

    def has_vectors(self, sizes: Sequence[int]) -> bool:
        """Return whether there are at least so many vectors.

        It is true while they are unreachable, and the index is then stale.
        """
        found = self._call(lambda: self.sizes)
        self.is_stale = self.is_stale or found is None
        return found is None or all(has >= had for has, had in zip(found, sizes, strict=True))

    def is_reachable(self) -> bool:
        """Return whether the indexes answer."""
        return self._call(lambda: self.sizes) is not None

    def clear(self) -> None:
        """Remove all vectors."""
        self._change(self.phrasings.clear)
        self._change(self.replies.clear)

    def save(self) -> None:
        """Write the vectors.

        Raises:
            OSError: For instance on a full disk; the previous state can still be opened then.
            UnreachableError: The index is stale.
        """
        if self.is_stale:
            raise UnreachableError("vectors of some entries could not be put where they belong")
        if self._folder is not None:
            for name, index in zip(INDEX_NAMES, (self.phrasings, self.replies), strict=True):
                index.save(self._folder / name)

    def add(self, entries: Sequence[Entry]) -> None:
        """Add the vectors of these entries."""
        questions = [(question, entry.id) for entry in entries for question in list_encoded(entry)]
        for index, texts, reply in (
            (self.phrasings, questions, False),
            (self.replies, [(entry.reply, entry.id) for entry in entries], True),
        ):
            # Once behind, everything is added again later.
            if texts and not self.is_stale:
                keys = np.asarray([compute_vector_key(text, id, reply) for text, id in texts], np.int64)
                vectors = self.model.encode_replies([text for text, _ in texts])
                self._change(partial(index.add, keys, vectors))

    def remove(self, entries: Sequence[Entry]) -> None:
        """Remove the vectors of these entries."""
        questions = [compute_vector_key(question, entry.id, False) for entry in entries for question in entry.questions]
        replies = [compute_vector_key(entry.reply, entry.id, True) for entry in entries]
        for index, keys in ((self.phrasings, questions), (self.replies, replies)):
            self._change(partial(index.remove, np.asarray(keys, np.int64)))

    def compute_cosines(self, context: Sequence[str], entries: Sequence[Entry]) -> tuple[list[float], list[float]]:
        """Return the cosines of a context with the phrasings and replies of entries.

        They are computed anew; no index is searched.

        Returns:
            For each entry the cosine with the nearest of its first phrasings, and that with its reply.
        """
        phrasings = [text for entry in entries for text in entry.questions[:_MEASURED]]
        texts = [*phrasings, *(entry.reply for entry in entries)]
        scores = (self.model.encode_replies(texts) @ self.model.encode_queries([context[-1:]])[0]).tolist()
        found, rest = [], iter(scores)
        for entry in entries:
            found.append(max(islice(rest, len(entry.questions[:_MEASURED])), default=0.0))
        return found, list(rest)

    def search(self, context: Sequence[str], phrasings: int, replies: int) -> tuple[Neighbors, Neighbors] | None:
        """Return the phrasings and replies nearest to a context; None while unreachable.

        The last turn of the context is the query.
        """
        # What was said before is not mixed in: it would draw every question to the subject before.
        query = self.model.encode_queries([context[-1:]])
        return self._call(lambda: (_search(self.phrasings, query, phrasings), _search(self.replies, query, replies)))

    def _change(self, change: Callable[[], object]) -> None:
        self.is_stale = self._call(lambda: (change(),)) is None or self.is_stale

    def _call(self, ask: Callable[[], Result]) -> Result | None:
        """Return the result; None, with one warning, while the indexes are unreachable."""
        try:
            answer = ask()
        except UnreachableError as error:
            if not self._is_away:
                _LOG.warning("%s Until then nothing is found by meaning, only by words.", error)
            self._is_away = True
            return None
        self._is_away = False
        return answer


def list_encoded(entry: Entry) -> Sequence[str]:
    """List the phrasings of an entry that get a vector.

    That is all of them; of what the bot brings along only the first few, except courtesies.
    """
    shipped = find_part(entry.place.file) not in (None, "courtesy")
    return entry.questions[:_SHIPPED] if shipped else entry.questions


def _search(index: VectorIndex, query: Floats, count: int) -> Neighbors:
    keys, cosines = index.search(query, count)
    found = keys[0] >= 0
    return Neighbors(keys[0][found], cosines[0][found])


def _open_vectors(folder: Path, width: int) -> LocalVectorIndex:
    try:
        return LocalVectorIndex.open(folder)
    except DamagedIndexError as error:
        if folder.exists():
            _LOG.warning("%s", error)
        return LocalVectorIndex(width)
