"""What is said of input that cannot be taken: one row of a file, or the whole of it."""

from __future__ import annotations

from dataclasses import dataclass

from data.records import Pair, Place
from data.text.clean import clean

MAX_BYTES = 50 * 2**20
MAX_QUESTION = 500
MAX_REPLY = 4000

_SHOWN = 80


class FormatError(ValueError):
    """A file that cannot be used at all: what was given, what is expected and what to do. Nothing of it is taken."""


@dataclass(frozen=True)
class RejectedRow:
    """A row or line that was not taken: where it is, the beginning of what it says, and why."""

    place: Place
    given: str
    why: str


def reject_row(place: Place, given: str, why: str) -> RejectedRow:
    """The refusal, with what was given as one short printable line."""
    return RejectedRow(place, shorten(given), why)


def shorten(text: str) -> str:
    """Return the beginning of the text as one short printable line."""
    line = " ".join(clean(text[: 4 * _SHOWN]).split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def validate_entry(question: str, reply: str) -> str | None:
    """Why this question and reply cannot be an entry, or None if they can. Lengths are counted in characters, cleaned.

    >>> fault("什么是CNN", "  "), fault("what is a CNN", "A network.")
    ('the reply is empty', None)
    """
    question, reply = clean(question), clean(reply)
    if not question:
        return "the question is empty"
    if not reply:
        return "the reply is empty"
    if len(question) > MAX_QUESTION:
        return f"the question has {len(question)} characters; at most {MAX_QUESTION} are taken"
    if len(reply) > MAX_REPLY:
        return f"the reply has {len(reply)} characters; at most {MAX_REPLY} are taken"
    return None


def validate_pair(question: str, reply: str, place: Place) -> Pair | RejectedRow:
    """The pair as it was given, or the refusal if it cannot be an entry."""
    why = validate_entry(question, reply)
    return Pair(question, reply, place) if why is None else reject_row(place, question or reply, why)
