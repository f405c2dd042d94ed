"""The parts that an engine is made of, as it calls them: sources, writers, judges, filters, rankers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol, runtime_checkable

from bot.types import Candidate, Context, Verdict
from data.records import Language


class Source(Protocol):
    """Something that proposes replies.

    If it raises or is late, the engine notes that and goes on without it.
    """

    name: str
    deadline: float
    """Seconds this source may take for one turn."""

    async def propose(self, context: Context) -> Sequence[Candidate]:
        """Return possible replies, in any order, possibly none."""
        ...


@runtime_checkable
class EntrySource(Protocol):
    """A source that finds an entry by its id."""

    name: str
    deadline: float

    async def find_entry(self, entry: str, context: Context) -> Candidate | None:
        """Return the entry of that id as a candidate, or None if there is none.

        context holds the turns before.
        """
        ...


@runtime_checkable
class Loading(Protocol):
    """A source that loads models. Its deadline begins when they are loaded."""

    async def load(self, context: Context) -> None:
        """Load what a reply to this message needs.

        Return at once if that is loaded already.
        """
        ...


class Writer(Protocol):
    """A source that writes a reply live, piece by piece, where no stored reply is good enough."""

    name: str

    def write(self, context: Context) -> AsyncIterator[str]:
        """Yield the pieces of a reply as they are written.

        Closing the iterator stops the work.
        """
        ...


@runtime_checkable
class Citing(Protocol):
    """A writer that cites what was found."""

    def add_sources(self, text: str, context: Context) -> str:
        """Return the text, which may still grow, with the sources that it cites listed under it."""
        ...


class Judge(Protocol):
    """Names the candidate that answers a message, or none of them.

    Attributes:
        model: The name of the model, for the explanation of a reply.
        deadline: Seconds it may take for one message.
        reviews: Whether it is also asked about what the bot would answer by itself.
    """

    name: str
    model: str
    deadline: float
    reviews: bool

    async def choose(self, context: Context, candidates: Sequence[Candidate]) -> int | None:
        """Return the place of the candidate that answers the message, or None."""
        ...


class Filter(Protocol):
    """Checks messages and generated texts for distress and offence.

    Takes under a millisecond and never raises.
    """

    def judge(self, text: str, language: Language) -> Verdict:
        """Return what was found in the text; language is that of the conversation."""
        ...


class Ranker(Protocol):
    """Makes the scores of all sources comparable."""

    def rank(self, context: Context, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """Return the candidates in their order, each with a probability in [0, 1] and the shares of its features."""
        ...
