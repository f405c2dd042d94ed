"""How pairs become entries: phrasings of one reply gathered, repetitions merged, contradictions refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from bot.knowledge.entries import Change, Stored, digest, find, free_id, free_key, key_of, one_line, read
from data.formats.refusal import Refusal, fault, refusal
from data.records import Entry, Language, Pair, Place
from data.text.clean import clean, fold
from data.text.language import language_of

OTHERWISE: Language = "en"
"""The language of a text that has no word of either."""


@dataclass(frozen=True)
class Report:
    """What came of learning: pairs that changed something, pairs that were known already, and the rows that were refused."""

    taken: int
    merged: int
    refused: tuple[Refusal, ...]


@dataclass
class Draft:
    """What the file says of one reply: its phrasings by their folded form, in order; row is the first one's."""

    language: Language
    reply: str
    row: int
    phrasings: dict[str, str] = field(default_factory=dict)


@dataclass
class Gathered:
    """Everything a file says, before any of it is stored. repeated counts the pairs that say again what was said."""

    drafts: list[Draft]
    refused: list[Refusal]
    repeated: int


def gather(pairs: Iterable[Pair | Refusal], progress: Callable[[int], None] | None) -> Gathered:
    """The drafts of all pairs: one for each reply and language; a second reply to a question is refused."""
    drafts: dict[tuple[Language, str], Draft] = {}
    said: dict[tuple[Language, str], tuple[Draft, Place]] = {}
    result = Gathered([], [], 0)
    for count, pair in enumerate(pairs, start=1):
        if progress is not None:
            progress(count)
        if isinstance(pair, Refusal):
            result.refused.append(pair)
            continue
        if why := fault(pair.question, pair.reply):
            result.refused.append(refusal(pair.place, pair.question, why))
            continue
        question, reply = one_line(pair.question), clean(pair.reply)
        language, folded = language_of(f"{question}\n{reply}", OTHERWISE), fold(question)
        draft = drafts.get((language, reply))
        earlier, place = said.get((language, folded), (None, pair.place))
        if earlier is not None and earlier is not draft:
            why = f"the same question has another reply at {place}; change one of the two"
            result.refused.append(refusal(pair.place, pair.question, why))
        elif earlier is not None:
            result.repeated += 1
        else:
            if draft is None:
                draft = drafts[language, reply] = Draft(language, reply, pair.place.row)
            draft.phrasings[folded] = question
            said[language, folded] = (draft, pair.place)
    result.drafts = list(drafts.values())
    return result


def store(change: Change, file: str, drafts: Iterable[Draft]) -> tuple[int, int]:
    """Put the drafts into the knowledge; the numbers of phrasings taken and merged.

    An entry of the same file is found again by its key, else by its reply, and keeps its id. Learning adds and updates; what
    a file no longer says stays until it is forgotten. A draft that says what it said the last time changes nothing, so that
    what a person edited stays edited.
    """
    known = list(read(change.connection, "file = ?", (file,)))
    by_key = {stored.key: stored for stored in known}
    by_reply = {(stored.entry.language, stored.entry.reply): stored for stored in known}
    keyed = [(draft, key_of(file, next(iter(draft.phrasings.values())), draft.language)) for draft in drafts]
    claimed = {by_key[key].entry.id for _, key in keyed if key in by_key}
    taken = merged = 0
    for draft, key in keyed:
        old = by_key.get(key)
        if old is None:
            old = by_reply.get((draft.language, draft.reply))
            old = None if old is None or old.entry.id in claimed else old
        if old is not None:
            claimed.add(old.entry.id)
            # Read again: an earlier draft may have taken phrasings from it, even the last one.
            old = find(change.connection, old.entry.id)
        new = _store(change, file, draft, key, old)
        taken += new
        merged += len(draft.phrasings) - new
    return taken, merged


def _store(change: Change, file: str, draft: Draft, key: str, old: Stored | None) -> int:
    """Put one draft into its entry, or into a new one; the number of phrasings that were not known."""
    given = digest(draft.phrasings.values(), draft.reply)
    place = Place(file, draft.row)
    if old is not None and old.given == given:
        change.move(old, place)
        return 0
    phrasings = draft.phrasings
    if old is None or old.entry.reply == draft.reply:
        phrasings = {folded: text for folded, text in phrasings.items() if not _elsewhere(change, file, draft, folded)}
    _take_away(change, file, draft.language, phrasings, "" if old is None else old.entry.id)
    if old is not None:
        kept = {fold(text): text for text in old.entry.questions}
        new = len(phrasings.keys() - kept.keys()) if old.entry.reply == draft.reply else len(phrasings)
        entry = replace(old.entry, questions=tuple((kept | phrasings).values()), reply=draft.reply, place=place)
        change.put(replace(old, entry=entry, given=given))
        return new
    if phrasings:
        key = free_key(change.connection, key)
        id = free_id(change.connection, file, key)
        change.put(Stored(Entry(id, draft.language, tuple(phrasings.values()), draft.reply, place), key, given))
    return len(phrasings)


def _elsewhere(change: Change, file: str, draft: Draft, folded: str) -> bool:
    """Whether another file's entry already gives this reply to this question."""
    row = change.connection.execute(
        "SELECT 1 FROM questions JOIN entries ON id = entry WHERE folded = ? AND language = ? AND reply = ? AND file <> ?",
        (folded, draft.language, draft.reply, file),
    ).fetchone()
    return row is not None


def _take_away(change: Change, file: str, language: Language, phrasings: Iterable[str], id: str) -> None:
    """Take the folded phrasings from the file's other entries: within a file, a question has one reply, the one said last."""
    for folded in phrasings:
        # The + keeps SQLite from walking through the whole file for each phrasing.
        where = "+file = ? AND language = ? AND id <> ? AND id IN (SELECT entry FROM questions WHERE folded = ?)"
        for stored in list(read(change.connection, where, (file, language, id, folded))):
            left = tuple(text for text in stored.entry.questions if fold(text) != folded)
            if left:
                # Not to be found by a question it has lost, and not to pass for what its file gave last.
                key = stored.key
                if fold(stored.entry.questions[0]) == folded:
                    key = free_key(change.connection, key_of(file, left[0], language))
                change.put(replace(stored, entry=replace(stored.entry, questions=left), key=key, given=""))
            else:
                change.remove(stored.entry.id)
