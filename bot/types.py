"""What a conversation is made of, and what its parts promise each other. This file knows nothing but the records."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from data.records import Language

Kind = Literal["answer", "offer", "ask", "unknown", "late", "refused", "care", "calm"]
"""answer: a candidate was chosen. offer: stored questions are near and may have been meant; if one is chosen, its answer is
shown as that question's. ask: several are nearly equally likely, the person is asked which was meant. unknown: nothing that is
stored is near. late: nothing answered, and a source did not finish in time. refused: the message itself could not be used
(empty, too long). care: the person seems to suffer, and is told what may help. calm: the message offends, and no stored reply
answers it."""


class ConversationError(LookupError):
    """There is no such conversation or turn for this owner. Unknown and not-yours are the same error, on purpose."""


@dataclass(frozen=True)
class Message:
    """What a person sent: text as typed, and the file name of an already stored, re-encoded picture, if one came along.

    entry is the id of the entry whose button was pressed; that entry is the answer then, and text is what the button showed.
    """

    text: str
    picture: str | None = None
    entry: str | None = None

    def __post_init__(self) -> None:
        # Half of a surrogate pair is no character, and no store could keep it.
        object.__setattr__(self, "text", self.text.encode("utf-8", "replace").decode())


@dataclass(frozen=True)
class Evidence:
    """Where a candidate comes from and what it was measured by.

    entry, file and row name the knowledge entry; question is the stored phrasing that matched; tool is the name of the tool
    that gave it, model the name of the model that wrote it; features are the named numbers behind the score, each the share it
    adds in log-odds; with the one named "start" they add up to the log-odds of the score. picture is the file name of the
    picture that was looked at, and alternatives are what the model found possible, best first, each with its probability in
    [0, 1].
    """

    entry: str | None = None
    file: str | None = None
    row: int | None = None
    question: str | None = None
    features: Mapping[str, float] = field(default_factory=dict)
    tool: str | None = None
    model: str | None = None
    picture: str | None = None
    alternatives: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Candidate:
    """One possible reply. score is a probability in [0, 1] that this is the reply that was wanted."""

    text: str
    source: str
    score: float
    evidence: Evidence = Evidence()


@dataclass(frozen=True)
class Verdict:
    """What a filter found in a text.

    kind: harm, the writer may hurt themselves; abuse, somebody hurts the writer; offensive; None, nothing of these. probability
    in [0, 1] is that of the kind, or of offence where nothing was found; 1 where a rule decided. fired: the pieces it rests on.
    """

    kind: Literal["harm", "abuse", "offensive"] | None
    probability: float
    fired: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """A button below a reply: a stored question, and the id of the entry that answers it.

    entry is empty where it is not known, in conversations that were kept before buttons had it.
    """

    entry: str
    question: str


@dataclass(frozen=True)
class Reply:
    """What the bot said and why.

    Attributes:
        chosen: The index of the chosen candidate, or None. Candidates stand best first.
        suggestions: Stored questions, offered as buttons.
        timings: Milliseconds per stage.
        stopped: Whether the person cut the text off, so that it is only a part.
        shown_candidates: The indices of the candidates shown in any version of this turn; a retry shows the next one.
        verdict: What the filter found in the message, if it found anything.
    """

    text: str
    kind: Kind
    language: Language
    candidates: tuple[Candidate, ...] = ()
    chosen: int | None = None
    suggestions: tuple[Suggestion, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    stopped: bool = False
    shown_candidates: tuple[int, ...] = ()
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Version:
    """One of several replies to the same message: what it does not share with the others, and a person's opinion of it."""

    text: str
    kind: Kind
    chosen: int | None = None
    suggestions: tuple[Suggestion, ...] = ()
    stopped: bool = False
    liked: bool | None = None
    reason: str = ""


@dataclass(frozen=True)
class Turn:
    """One message and its reply, as stored. number counts from 0 within the conversation; time is seconds since 1970.

    versions are all replies that were given to the message, oldest first; there are none where there was only one reply.
    version is the index of the one that reply, liked and reason show.
    """

    number: int
    message: Message
    reply: Reply
    time: float
    liked: bool | None = None
    reason: str = ""
    versions: tuple[Version, ...] = ()
    version: int = 0


@dataclass(frozen=True)
class Conversation:
    """A conversation as its list shows it. Times are seconds since 1970."""

    id: str
    owner: str
    title: str
    created: float
    updated: float


@dataclass(frozen=True)
class Context:
    """Everything a source may look at: the message (cleaned), its language, the turns before it and the last picture.

    picture is the file name of the picture, and look reads its bytes; look blocks, and raises OSError if it is gone. It is
    bound to this very picture, so that no source holds a path, or an id that opens another's.
    """

    message: Message
    language: Language
    turns: tuple[Turn, ...] = ()
    picture: str | None = None
    look: Callable[[], bytes] | None = None


@dataclass(frozen=True)
class Update:
    """One step of a streamed turn: the text so far, and the finished turn with the last step."""

    text: str
    turn: Turn | None = None


@dataclass(frozen=True)
class Health:
    """How the store is.

    degraded: it answers, but from its fallback. writable: a turn can be kept. warnings: sentences for the operator.
    """

    store: str
    degraded: bool = False
    warnings: tuple[str, ...] = ()
    writable: bool = True


class Source(Protocol):
    """Something that proposes replies. May raise or be late: the engine notes it and goes on without it."""

    name: str
    deadline: float
    """Seconds this source may take for one turn."""

    async def propose(self, context: Context) -> Sequence[Candidate]:
        """Possible replies, in any order, possibly none."""
        ...


@runtime_checkable
class EntrySource(Protocol):
    """A source whose entries can be asked for by their id."""

    name: str
    deadline: float

    async def find_entry(self, entry: str, context: Context) -> Candidate | None:
        """Return the entry of that id as a candidate, or None if there is none; context says what was said before."""
        ...


@runtime_checkable
class Loading(Protocol):
    """A source that opens models. The engine waits for them before the source's deadline begins to run."""

    async def load(self, context: Context) -> None:
        """Open what a reply to this message needs and return when it is ready; at once if it is open already."""
        ...


class Writer(Protocol):
    """A source that can also write a reply live, piece by piece, when no stored reply is good enough."""

    name: str

    def write(self, context: Context) -> AsyncIterator[str]:
        """The pieces of a reply as they are written; closing the iterator stops the work."""
        ...


class Filter(Protocol):
    """Reads what a person said, and what a generator would say, for distress and for offence. Quick, and never fails."""

    def judge(self, text: str, language: Language) -> Verdict:
        """What the text is; language is that of the conversation."""
        ...


class Ranker(Protocol):
    """Makes scores comparable across sources."""

    def rank(self, context: Context, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """The candidates in their order, each with one probability in [0, 1] and, as features, what it is made of."""
        ...


class Store(Protocol):
    """Keeps conversations. Every call names the owner, and raises ConversationError for what is not that owner's.

    A call that changes something returns only when the change is durable.
    """

    async def open(self) -> None:
        """Make ready; called once, before anything else."""
        ...

    async def close(self) -> None:
        """Let go of files and connections."""
        ...

    async def health(self) -> Health:
        """Which store this is and how it does, checked now."""
        ...

    async def begin(self, owner: str, title: str) -> Conversation:
        """Make an empty conversation with an unguessable id (128 random bits)."""
        ...

    async def conversations(self, owner: str, search: str = "") -> list[Conversation]:
        """The owner's conversations, last used first; with search, those whose title or texts contain it, case-insensitive."""
        ...

    async def rename(self, owner: str, conversation: str, title: str) -> None:
        """Give the conversation another title."""
        ...

    async def delete(self, owner: str, conversation: str) -> None:
        """Remove the conversation and every turn of it."""
        ...

    async def turns(
        self, owner: str, conversation: str, last: int | None = None, before: int | None = None
    ) -> list[Turn]:
        """The turns of the conversation in order: all of them, or the last few, of those whose number lies below before."""
        ...

    async def append(
        self, owner: str, conversation: str, message: Message, reply: Reply, instead_of: int | None = None
    ) -> Turn:
        """Store the next turn and return it with the number and time it was given.

        instead_of removes the turn of that number and all after it first (an edit).
        """
        ...

    async def replace(self, owner: str, conversation: str, turn: Turn) -> None:
        """Put turn in the place of the stored one with the same number (another version, a like)."""
        ...

    async def cut(self, owner: str, conversation: str, number: int) -> None:
        """Remove the turn of that number and all after it (an edit)."""
        ...

    def turn_lock(self, conversation: str) -> AbstractAsyncContextManager[None]:
        """Hold the conversation: whoever asks first goes first, across all tabs and processes of this store."""
        ...
