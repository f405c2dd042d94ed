"""Errors in files that are read: of one row, or of the whole file."""

from __future__ import annotations

from dataclasses import dataclass

from data.records import Pair, Place
from data.text.clean import clean

MAX_BYTES = 50 * 2**20
MAX_QUESTION = 500
MAX_REPLY = 4000

_SHOWN = 80


class FormatError(ValueError):
    """A file cannot be used at all; the message says what was given, what is expected and what to do."""


@dataclass(frozen=True)
class RejectedRow:
    """A row or line that was not accepted.

    Args:
        place: Where it is.
        given: The beginning of its content.
        why: The reason.
    """

    place: Place
    given: str
    why: str


def reject_row(place: Place, given: str, why: str) -> RejectedRow:
    """Return a RejectedRow with the content as one short printable line."""
    return RejectedRow(place, shorten(given), why)


def shorten(text: str) -> str:
    """Return the beginning of the text as one short printable line."""
    line = " ".join(clean(text[: 4 * _SHOWN]).split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def validate_entry(question: str, reply: str) -> str | None:
    """Return why a question and its reply cannot be an entry; None if they can. Lengths are those of cleaned text.

    >>> validate_entry("什么是CNN", "  "), validate_entry("what is a CNN", "A network.")
    ('the reply is empty', None)
    """
    question, reply = clean(question), clean(reply)
    if not question:
        return "the question is empty"
    if not reply:
        return "the reply is empty"
    if len(question) > MAX_QUESTION:
        return f"the question has {len(question)} characters; at most {MAX_QUESTION} are allowed"
    if len(reply) > MAX_REPLY:
        return f"the reply has {len(reply)} characters; at most {MAX_REPLY} are allowed"
    return None


def validate_pair(question: str, reply: str, place: Place) -> Pair | RejectedRow:
    """Return the pair unchanged, or a RejectedRow if it cannot be an entry."""
    why = validate_entry(question, reply)
    return Pair(question, reply, place) if why is None else reject_row(place, question or reply, why)
