"""The data types of a conversation and the protocols of its parts.

Imports nothing but the records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from data.records import Language

Kind = Literal["answer", "offer", "ask", "unknown", "late", "refused", "care", "calm"]
"""The kind of a reply.

answer: a candidate was chosen. offer: stored questions are near and may have been meant; if one is chosen, its answer is
shown as that question's. ask: several stored questions are nearly equally likely, and the person is asked which was meant.
unknown: nothing stored is near. late: nothing answered, and a source missed its deadline or
a larger model failed. refused: the message itself could
not be used (empty, too long). care: the person seems to be in distress and is told what may help. calm: the message is
offensive, and no stored reply answers it.
"""


class ConversationError(LookupError):
    """The owner has no such conversation or turn.

    On purpose, "unknown" and "not yours" are the same error.
    """


@dataclass(frozen=True)
class Message:
    """What a person sent.

    Attributes:
        text: As typed, or what the pressed button showed.
        picture: The file name of an already stored, re-encoded picture, or None.
        entry: The id of the entry whose button was pressed, which is the answer then; None for a typed message.
    """

    text: str
    picture: str | None = None
    entry: str | None = None

    def __post_init__(self) -> None:
        # Half of a surrogate pair is not a character, and no store accepts it.
        object.__setattr__(self, "text", self.text.encode("utf-8", "replace").decode())


@dataclass(frozen=True)
class Quotation:
    """What is quoted from a document.

    Attributes:
        passage: The id of the passage that it stands in.
        file: The name of the document.
        text: The quotation; a row of a table says the names of its columns.
        heading: The headings above it, the outermost first.
        page: The page of the passage, from 1; None where the document has no pages.
        before: The text of the passage before it.
        after: The text of the passage behind it.
        stored: How it stands in the passage, where that differs; empty otherwise.
    """

    passage: str
    file: str
    text: str
    heading: tuple[str, ...] = ()
    page: int | None = None
    before: str = ""
    after: str = ""
    stored: str = ""


@dataclass(frozen=True)
class Evidence:
    """Where a candidate comes from and why it has its score.

    Attributes:
        entry: The id of the knowledge entry.
        file: The file of the knowledge entry.
        row: The row of the knowledge entry in its file.
        question: The stored phrasing that matched.
        features: What each named feature adds to the score in log-odds. With the one named "start" they add up to the
            log-odds of the score.
        tool: The name of the tool that gave the candidate.
        model: The name of the model that wrote it.
        picture: The file name of the picture that it is about.
        alternatives: What the model found possible, best first, each with its probability in [0, 1].
        quotation: What it quotes from a document.
        judge: The name of the larger model that named it among what was found.
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
    quotation: Quotation | None = None
    judge: str | None = None


@dataclass(frozen=True)
class Candidate:
    """One possible reply.

    score is the probability, in [0, 1], that it is the reply that was wanted.
    """

    text: str
    source: str
    score: float
    evidence: Evidence = Evidence()


@dataclass(frozen=True)
class Verdict:
    """What a filter found in a text.

    Attributes:
        kind: "harm" if the writer may hurt themselves, "abuse" if somebody hurts the writer, "offensive", or None.
        probability: That of the kind, or of offence where nothing was found, in [0, 1]; 1 where a rule decided.
        fired: The pieces of the text that the verdict rests on.
    """

    kind: Literal["harm", "abuse", "offensive"] | None
    probability: float
    fired: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """A button below a reply: a stored question, and the id of the entry that answers it.

    entry is empty in conversations stored before buttons had it.
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
    """One of several replies to the same message: what differs from the others, and a person's opinion of it."""

    text: str
    kind: Kind
    chosen: int | None = None
    suggestions: tuple[Suggestion, ...] = ()
    stopped: bool = False
    liked: bool | None = None
    reason: str = ""


@dataclass(frozen=True)
class Turn:
    """One message and its reply, as stored.

    Attributes:
        number: Counted from 0 within the conversation.
        time: Seconds since 1970.
        liked: A person's opinion of the shown version, or None.
        reason: Their reason, in their words.
        versions: All replies given to the message, oldest first; empty if there was only one.
        version: The index of the version that reply, liked and reason show.
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
    """A conversation as the list of conversations shows it.

    Times are seconds since 1970.
    """

    id: str
    owner: str
    title: str
    created: float
    updated: float


@dataclass(frozen=True)
class Context:
    """Everything that a source may use.

    Attributes:
        message: The message, its text cleaned.
        language: The language to reply in.
        turns: The turns before the message, in order.
        picture: The file name of the last picture of the conversation, or None.
        look: Reads the bytes of that picture. Blocks, and raises OSError if it is gone. It is bound to this picture, so that
            a source holds no path, and no id that opens another's.
        found: What the sources found, best first; a generator may answer from it.
    """

    message: Message
    language: Language
    turns: tuple[Turn, ...] = ()
    picture: str | None = None
    look: Callable[[], bytes] | None = None
    found: tuple[Candidate, ...] = ()


@dataclass(frozen=True)
class Update:
    """One step of a streamed turn: the text so far, and the finished turn with the last step."""

    text: str
    turn: Turn | None = None


@dataclass(frozen=True)
class Health:
    """The state of the store.

    Attributes:
        store: "sqlite" or "redis".
        degraded: Whether it works from its fallback, or with a fault.
        warnings: Sentences for the operator.
        writable: Whether a turn can be stored.
    """

    store: str
    degraded: bool = False
    warnings: tuple[str, ...] = ()
    writable: bool = True


class Store(Protocol):
    """Stores conversations.

    Every call names the owner, and raises ConversationError for what is not that owner's.

    A call that changes something returns only when the change is durable.
    """

    async def open(self) -> None:
        """Prepare the store; called once, before anything else."""
        ...

    async def close(self) -> None:
        """Close files and connections."""
        ...

    async def health(self) -> Health:
        """Return which store this is and whether it works, checked now."""
        ...

    async def begin(self, owner: str, title: str) -> Conversation:
        """Make an empty conversation with an unguessable id (128 random bits)."""
        ...

    async def conversations(self, owner: str, search: str = "") -> list[Conversation]:
        """Return the owner's conversations, last used first.

        With search, only those whose title or texts contain it.

        Upper and lower case count as the same.
        """
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
        """Return the turns of the conversation in order.

        Args:
            owner: Who owns the conversation.
            conversation: Its id.
            last: How many to return, counted from the end; None for all.
            before: Leave out turns from this number on.
        """
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

    def turn_lock(self, conversation: str) -> AbstractAsyncContextManager[None]:
        """Return a lock on the conversation: first come, first served, across all tabs and processes of this store."""
        ...
