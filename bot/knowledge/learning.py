"""Learning pairs from a file.

Phrasings of one reply are grouped, repetitions merged, contradictions refused and old replies replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from bot.knowledge.entries import Change, Stored, build_key, choose_id, choose_key, digest, find, read, to_one_line
from data.formats.errors import RejectedRow, Sentence, reject_row, shorten, validate_entry
from data.formats.starter import FOLDER
from data.records import Entry, Language, Pair, Place
from data.text.clean import clean, fold
from data.text.language import language_of

OTHERWISE: Language = "en"
"""The language of a text that has no word of either."""


@dataclass(frozen=True)
class Disagreement:
    """A question that a file answers differently than an entry does.

    place is that of the file's pair, entry the id of the entry and entry_place its place.

    reply and other are the beginnings of the file's reply and of the entry's. left are questions that the entry goes on
    answering with its old reply.
    """

    question: str
    place: Place
    reply: str
    entry: str
    entry_place: Place
    other: str
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sample:
    """An entry as a file gives it: its phrasings, its reply, where it stands."""

    questions: tuple[str, ...]
    reply: str
    place: Place


@dataclass(frozen=True)
class Report:
    """What came of learning: every pair of the file is counted in one of these.

    taken: pairs that are new. merged: pairs that were known already. refused: rows that were not taken. replaced: questions
    that had another reply, of this file or another, and have the file's now. kept: questions whose reply a person wrote, so that
    the file's was not taken. samples: up to three entries of the file, its first, middle and last.
    """

    taken: int
    merged: int
    refused: tuple[RejectedRow, ...]
    replaced: tuple[Disagreement, ...] = ()
    kept: tuple[Disagreement, ...] = ()
    samples: tuple[Sample, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the file gave nothing at all: no pair that is new, known, changed or kept."""
        return not (self.taken or self.merged or self.replaced or self.kept)


@dataclass
class Draft:
    """One reply of a file with its phrasings.

    phrasings and rows are by the folded form, in order; row is that of the first phrasing.
    """

    language: Language
    reply: str
    row: int
    phrasings: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)


@dataclass
class DraftSet:
    """Everything a file says, before any of it is stored.

    repeated counts the pairs that say again what was said.
    """

    drafts: list[Draft]
    refused: list[RejectedRow]
    repeated: int


def collect_drafts(pairs: Iterable[Pair | RejectedRow], progress: Callable[[int], None] | None) -> DraftSet:
    """Return one draft for each reply and language.

    Pairs that give one question different replies are refused.
    """
    drafts: dict[tuple[Language, str], Draft] = {}
    first: dict[tuple[Language, str], Pair] = {}
    later: dict[tuple[Language, str], list[Pair]] = {}
    result = DraftSet([], [], 0)
    for count, pair in enumerate(pairs, start=1):
        if progress is not None:
            progress(count)
        if isinstance(pair, RejectedRow):
            result.refused.append(pair)
            continue
        if why := validate_entry(pair.question, pair.reply):
            result.refused.append(reject_row(pair.place, pair.question, why))
            continue
        question, reply = to_one_line(pair.question), clean(pair.reply)
        key = language_of(f"{question}\n{reply}", OTHERWISE), fold(question)
        if first.setdefault(key, pair) is not pair:
            later.setdefault(key, []).append(pair)
    for (language, folded), pair in first.items():
        again = later.get((language, folded), [])
        reply = clean(pair.reply)
        if any(clean(repeat.reply) != reply for repeat in again):
            result.refused += _refuse_contradictions([pair, *again])
            continue
        result.repeated += len(again)
        draft = drafts.setdefault((language, reply), Draft(language, reply, pair.place.row))
        draft.phrasings[folded] = to_one_line(pair.question)
        draft.rows[folded] = pair.place.row
    # By line, as a person goes through the file; what stands in one line keeps its order.
    result.refused.sort(key=lambda refusal: (refusal.place.file, refusal.place.row))
    result.drafts = list(drafts.values())
    return result


def _refuse_contradictions(pairs: Sequence[Pair]) -> Iterator[RejectedRow]:
    """Yield a rejection of each pair, with the place of one that disagrees.

    Which of them is right cannot be told.
    """
    for pair in pairs:
        place = next(other.place for other in pairs if clean(other.reply) != clean(pair.reply))
        why = Sentence(
            f"the same question has another reply at {place}; neither was taken. Keep the right one and learn the file again",
            f"同一个问题在 {place} 有别的答案，两条都没有收下。请留下对的一条，再导入一次",
        )
        yield reject_row(pair.place, pair.question, why)


def choose_samples(drafts: Sequence[Draft], file: str) -> tuple[Sample, ...]:
    """Return the first, the middle and the last draft as samples."""
    chosen = sorted({0, len(drafts) // 2, len(drafts) - 1}) if drafts else []
    return tuple(
        Sample(tuple(drafts[at].phrasings.values()), drafts[at].reply, Place(file, drafts[at].row)) for at in chosen
    )


@dataclass
class Outcome:
    """What came of storing drafts, phrasing by phrasing."""

    taken: int = 0
    merged: int = 0
    replaced: list[Disagreement] = field(default_factory=list)
    kept: list[Disagreement] = field(default_factory=list)


def store_drafts(change: Change, file: str, drafts: Iterable[Draft]) -> Outcome:
    """Put the drafts into the knowledge.

    An entry of the same file is found again by its key, else by its reply, and keeps its id. Learning adds and updates; what
    a file no longer says stays until it is forgotten. A draft that says what it said the last time changes nothing. A reply
    that a person wrote stays; any other reply to the same question gives way, whichever file it came from.
    """
    known = list(read(change.connection, "file = ?", (file,)))
    by_key = {stored.key: stored for stored in known}
    by_reply = {(stored.entry.language, stored.entry.reply): stored for stored in known}
    keyed = [(draft, build_key(file, next(iter(draft.phrasings.values())), draft.language)) for draft in drafts]
    claimed = {by_key[key].entry.id for _, key in keyed if key in by_key}
    outcome = Outcome()
    for draft, key in keyed:
        old = by_key.get(key)
        if old is None:
            old = by_reply.get((draft.language, draft.reply))
            old = None if old is None or old.entry.id in claimed else old
        if old is not None:
            claimed.add(old.entry.id)
            # Read again: an earlier draft may have taken phrasings from it, even the last one.
            old = find(change.connection, old.entry.id)
        _store(change, file, draft, key, old, outcome)
    outcome.replaced = [_add_remaining(change, disagreement) for disagreement in outcome.replaced]
    return outcome


def _store(change: Change, file: str, draft: Draft, key: str, old: Stored | None, outcome: Outcome) -> None:
    """Put one draft into its entry, or into a new one."""
    given = digest(draft.phrasings.values(), draft.reply)
    place = Place(file, draft.row)
    if old is not None and old.given == given:
        change.move(old, place)
        outcome.merged += len(draft.phrasings)
        return
    phrasings = dict(draft.phrasings)
    if old is not None and old.is_by_hand and old.entry.reply != draft.reply:
        # Told once: the entry remembers that its file now says something else.
        change.put(replace(old, entry=replace(old.entry, place=place), given=given))
        own = {fold(text) for text in old.entry.questions}
        own |= {next(iter(phrasings))} if old.key == key else set()
        for folded in own & phrasings.keys():
            outcome.kept.append(_describe_disagreement(file, draft, folded, old))
            del phrasings[folded]
        if not phrasings:
            return
        # The rest is nothing that the person wrote about.
        old, key = None, build_key(file, next(iter(phrasings.values())), draft.language)
        given = digest(phrasings.values(), draft.reply)
    gone = _make_room(change, file, draft, phrasings, old, outcome)
    kept = {} if old is None else {fold(text): text for text in old.entry.questions}
    for folded in phrasings:
        if old is not None and folded in kept and old.entry.reply != draft.reply:
            outcome.replaced.append(_describe_disagreement(file, draft, folded, old))
        elif folded in kept:
            outcome.merged += 1
        elif folded not in gone:
            outcome.taken += 1
    if old is not None:
        entry = replace(old.entry, questions=tuple((kept | phrasings).values()), reply=draft.reply, place=place)
        change.put(replace(old, entry=entry, given=given))
    elif phrasings:
        key = choose_key(change.connection, key)
        id = choose_id(change.connection, file, key)
        change.put(Stored(Entry(id, draft.language, tuple(phrasings.values()), draft.reply, place), key, given))


def _make_room(
    change: Change, file: str, draft: Draft, phrasings: dict[str, str], old: Stored | None, outcome: Outcome
) -> set[str]:
    """Take the phrasings away from other replies, so that a question has one reply.

    The reply that was learned last counts, unless a person wrote the other.

    Phrasings that need not or must not be stored are deleted. Returns those that were taken from another reply.
    """
    replaced = set()
    where = f"file NOT LIKE '{FOLDER}/%' AND language = ? AND id <> ? AND id IN (SELECT entry FROM questions WHERE folded = ?)"
    for folded in list(phrasings):
        values = (draft.language, "" if old is None else old.entry.id, folded)
        others = list(read(change.connection, where, values))
        against = [other for other in others if other.entry.reply != draft.reply]
        if protected := next((other for other in against if other.is_by_hand), None):
            outcome.kept.append(_describe_disagreement(file, draft, folded, protected))
            del phrasings[folded]
            continue
        for other in others:
            if other in against:
                outcome.replaced.append(_describe_disagreement(file, draft, folded, other))
                replaced.add(folded)
            if other in against or other.entry.place.file == file:
                _remove_phrasing(change, other, folded)
        is_elsewhere = any(other not in against and other.entry.place.file != file for other in others)
        # A reply that changes is not left to another file, which may change as well.
        if is_elsewhere and (old is None or old.entry.reply == draft.reply):
            del phrasings[folded]
            outcome.merged += folded not in replaced
    return replaced


def _add_remaining(change: Change, disagreement: Disagreement) -> Disagreement:
    """Return the disagreement with the questions that the entry of another file still answers as before."""
    if disagreement.entry_place.file == disagreement.place.file:
        return disagreement
    stored = find(change.connection, disagreement.entry)
    return disagreement if stored is None else replace(disagreement, left=stored.entry.questions)


def _describe_disagreement(file: str, draft: Draft, folded: str, other: Stored) -> Disagreement:
    place = Place(file, draft.rows[folded])
    entry = other.entry
    return Disagreement(
        draft.phrasings[folded], place, shorten(draft.reply), entry.id, entry.place, shorten(entry.reply)
    )


def _remove_phrasing(change: Change, stored: Stored, folded: str) -> None:
    """Take the folded phrasing from the entry."""
    entry = stored.entry
    left = tuple(text for text in entry.questions if fold(text) != folded)
    if not left:
        change.remove(entry.id)
        return
    # It must not be found by a question it has lost, nor pass for what its file gave: the file may be learned again.
    key = stored.key
    if fold(entry.questions[0]) == folded:
        key = choose_key(change.connection, build_key(entry.place.file, left[0], entry.language))
    change.put(replace(stored, entry=replace(entry, questions=left), key=key, given=""))
