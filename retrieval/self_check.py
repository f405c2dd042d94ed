"""Self-check: would an owner's entries be found, and which are confusable?"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from data.records import Entry
from retrieval.hit import Hit
from retrieval.hybrid import Hybrid

# More would take minutes and say the same: with 300 questions a share is known to about 6 points.
_MOST = 300
_FOLDS = 5
_OFFERED = 3
_SEED = 7


@dataclass(frozen=True)
class Confusable:
    """Two entries, and the probability of one when the other's question is asked."""

    entry: Entry
    other: Entry
    probability: float


@dataclass(frozen=True)
class SelfCheck:
    """The result of asking a knowledge its own questions.

    Of asked phrasings, each removed from the index before it was asked, answered got their own entry, offered had it among the
    three best and were not answered, and wrong got another entry's answer. confusable are pairs of entries with different
    replies, the most confusable first. alone are the entries with one phrasing, of which this check knows nothing.
    """

    entries: int
    asked: int
    answered: int
    offered: int
    wrong: int
    confusable: tuple[Confusable, ...]
    alone: tuple[Entry, ...]


def check_entries(
    index: Hybrid,
    entries: Sequence[Entry],
    answer_threshold: float,
    silent: Collection[str] = (),
    seed: int = _SEED,
    advance: Callable[[float], object] = lambda share: None,
) -> SelfCheck:
    """Ask a knowledge its own questions; nothing in the index changes.

    Args:
        index: The index of the knowledge, with its calibration and its vectors.
        entries: The owner's entries, all of them in the index.
        answer_threshold: The probability from which on an entry is the answer.
        silent: The parts of the starter corpus that are not looked at.
        seed: Of the sample, where there are more questions than are asked.
        advance: Is told the share that is done, from 0 to 1.

    Raises:
        ValueError: The index has no calibration.
    """
    chance = random.Random(seed)
    sample = list(entries) if len(entries) <= _MOST else chance.sample(list(entries), _MOST)
    several = [entry for entry in entries if len(entry.questions) > 1]
    left_out = several if len(several) <= _MOST else chance.sample(several, _MOST)
    steps = len(sample) + len(left_out)
    confusable = []
    for done, (entry, hits) in enumerate(_ask_without(index, entries, sample, silent), start=1):
        confusable += list(_find_confusable(entry, hits, answer_threshold))
        advance(done / steps)
    answered = offered = wrong = asked = 0
    for entry, hits in _ask_left_out(index, entries, left_out, silent, chance):
        best = [hit.entry.id for hit in hits[:_OFFERED]]
        is_answered = bool(hits) and hits[0].probability >= answer_threshold
        answered += is_answered and best[0] == entry.id
        wrong += is_answered and best[0] != entry.id and hits[0].entry.reply != entry.reply
        offered += not is_answered and entry.id in best
        asked += 1
        advance((len(sample) + asked) / steps)
    return SelfCheck(
        len(entries),
        asked,
        answered,
        offered,
        wrong,
        tuple(sorted(_unique(confusable), key=lambda pair: -pair.probability)),
        tuple(entry for entry in entries if len(entry.questions) == 1),
    )


def _find_confusable(entry: Entry, hits: Sequence[Hit], threshold: float) -> Iterator[Confusable]:
    """Yield the entries that would be answered if the asked one did not exist."""
    for hit in hits:
        is_other = hit.entry.reply != entry.reply and hit.entry.language == entry.language
        if is_other and hit.probability >= threshold / 2:
            yield Confusable(entry, hit.entry, hit.probability)


def _ask_without(
    index: Hybrid, entries: Sequence[Entry], asked: Sequence[Entry], silent: Collection[str]
) -> Iterator[tuple[Entry, list[Hit]]]:
    """Yield each entry with the hits of its question in an index without it.

    Args:
        fifth of the entries are missing at a time.
    """
    for fold in range(_FOLDS):
        part = asked[fold::_FOLDS]
        gone = {entry.id for entry in part}
        without = _build_index(index, [entry for entry in entries if entry.id not in gone]) if part else index
        for entry in part:
            yield entry, without.search(entry.questions[0], entry.language, silent=silent)


def _build_index(index: Hybrid, entries: Sequence[Entry]) -> Hybrid:
    """Return an index of these entries with the calibration and vectors of another.

    All vectors are there already; only those of phrasings in this index are looked at.
    """
    return replace(
        Hybrid().update(entries), calibration=index.calibration, dense_index=index.dense_index, judge=index.judge
    )


def _ask_left_out(
    index: Hybrid, entries: Sequence[Entry], asked: Sequence[Entry], silent: Collection[str], chance: random.Random
) -> Iterator[tuple[Entry, list[Hit]]]:
    """Yield each entry with the hits of one phrasing that was removed from the index.

    Args:
        fifth of the entries lose a phrasing at a time.
    """
    places = {entry.id: chance.randrange(len(entry.questions)) for entry in asked}
    for fold in range(_FOLDS):
        part = asked[fold::_FOLDS]
        if not part:
            continue
        gone = {entry.id: places[entry.id] for entry in part}
        kept = [
            replace(
                entry, questions=tuple(text for place, text in enumerate(entry.questions) if place != gone[entry.id])
            )
            if entry.id in gone
            else entry
            for entry in entries
        ]
        without = _build_index(index, kept)
        for entry in part:
            yield entry, without.search(entry.questions[places[entry.id]], entry.language, silent=silent)


def _unique(pairs: Sequence[Confusable]) -> list[Confusable]:
    """Return each pair once, with the higher probability of its two directions."""
    best: dict[frozenset[str], Confusable] = {}
    for pair in pairs:
        key = frozenset((pair.entry.id, pair.other.id))
        if key not in best or best[key].probability < pair.probability:
            best[key] = pair
    return list(best.values())
