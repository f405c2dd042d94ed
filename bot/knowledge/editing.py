"""Entries that a person types in or changes.

They are checked, so that no question gets two replies.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.knowledge import entries
from bot.knowledge.database import KnowledgeError
from bot.knowledge.entries import BY_HAND, Change, Stored, build_key, digest, to_one_line
from bot.knowledge.learning import OTHERWISE
from bot.knowledge.queries import OWN, require_entry
from data.formats.errors import validate_entry
from data.records import Entry, Language, Place
from data.text.clean import clean, fold
from data.text.language import language_of

_ID_STEM = "hand"


def validate(questions: Sequence[str], reply: str) -> tuple[list[str], str]:
    """Return the texts as they are stored.

    They are cleaned; blank and repeated questions are dropped.

    Raises:
        KnowledgeError: Nothing is left, or a text is too long.
    """
    reply = clean(reply)
    phrasings: dict[str, str] = {}
    for question in filter(None, map(to_one_line, questions)):
        phrasings.setdefault(fold(question), question)
    for question in list(phrasings.values()) or [""]:
        if why := validate_entry(question, reply):
            raise KnowledgeError(f"This cannot be an entry: {why}. Change it and try again.")
    return list(phrasings.values()), reply


def edit(connection: sqlite3.Connection, id: str, questions: list[str], reply: str) -> Entry:
    """Give the entry of that id these validated texts and return it.

    Raises KnowledgeError.
    """
    stored = require_entry(connection, id)
    old = stored.entry
    language = language_of("\n".join((*questions, reply)), old.language)
    before = {fold(question) for question in old.questions} if language == old.language else set()
    fresh = [question for question in questions if fold(question) not in before]
    _refuse_taken(connection, old.place.file, language, fresh, id)
    _refuse_disagreeing(connection, language, questions if reply != old.reply else fresh, reply, id)
    entry = replace(old, language=language, questions=tuple(questions), reply=reply)
    if entry != old:
        Change(connection).put(replace(stored, entry=entry, edited=True))
    return entry


def add(connection: sqlite3.Connection, questions: list[str], reply: str, language: Language | None) -> Entry:
    """Make an entry of these validated texts and return it. Raises KnowledgeError."""
    language = language or language_of("\n".join((*questions, reply)), OTHERWISE)
    _refuse_taken(connection, BY_HAND, language, questions, "")
    _refuse_disagreeing(connection, language, questions, reply, "")
    (last,) = connection.execute("SELECT coalesce(max(row), 0) FROM entries WHERE file = ?", (BY_HAND,)).fetchone()
    key = entries.choose_key(connection, build_key(BY_HAND, questions[0], language))
    id = entries.choose_id(connection, _ID_STEM, key)
    entry = Entry(id, language, tuple(questions), reply, Place(BY_HAND, last + 1))
    Change(connection).put(Stored(entry, key, digest(questions, reply)))
    return entry


def _refuse_taken(
    connection: sqlite3.Connection, file: str, language: Language, questions: Iterable[str], id: str
) -> None:
    """Raise KnowledgeError if another entry of the file has one of the questions."""
    where = "+file = ? AND language = ? AND id <> ? AND id IN (SELECT entry FROM questions WHERE folded = ?)"
    for question in questions:
        for stored in entries.read(connection, where, (file, language, id, fold(question))):
            raise KnowledgeError(
                f"{question!r} is a question of {stored.entry.id} already, from the same place ({stored.entry.place}). Edit that "
                "entry, or leave the question out."
            )


def _refuse_disagreeing(
    connection: sqlite3.Connection, language: Language, questions: Iterable[str], reply: str, id: str
) -> None:
    """Raise KnowledgeError if another of the owner's entries disagrees.

    It disagrees if it gives one of the questions another reply.
    """
    where = (
        f"{OWN} AND language = ? AND id <> ? AND reply <> ? AND id IN (SELECT entry FROM questions WHERE folded = ?)"
    )
    for question in questions:
        for stored in entries.read(connection, where, (language, id, reply, fold(question))):
            raise KnowledgeError(
                f"{question!r} has another reply already: {stored.entry.id} ({stored.entry.place}). Edit or forget that entry, "
                "or leave the question out."
            )
