"""What matching models learn from: a query, a text that answers it, and texts beside it that do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from data.records import Dialog, Entry, LabelledPair, Pair, Selection

CONTEXT = 3
"""How many turns a query may have: itself and two before it."""


@dataclass(frozen=True)
class Example:
    """context: what was said, oldest first, the query last. right answers it; wrong were there to choose and do not.

    kind names what it belongs with, such as its language: only the replies of its own kind are what it is told apart from.
    """

    context: tuple[str, ...]
    right: str
    wrong: tuple[str, ...] = ()
    kind: str = ""


def build_dialog_examples(dialogs: Iterable[Dialog], kind: str = "") -> Iterator[Example]:
    """Every utterance but the first as the answer to those before it."""
    for dialog in dialogs:
        texts = [utterance.text for utterance in dialog.utterances]
        for place in range(1, len(texts)):
            yield Example(tuple(texts[max(0, place - CONTEXT) : place]), texts[place], kind=kind)


def build_selection_examples(selections: Iterable[Selection]) -> Iterator[Example]:
    """One example for each right candidate; a query without one teaches nothing here."""
    for selection in selections:
        wrong = tuple(text for text, label in zip(selection.candidates, selection.labels, strict=True) if not label)
        for text, label in zip(selection.candidates, selection.labels, strict=True):
            if label:
                yield Example(selection.context[-CONTEXT:], text, wrong)


def build_pair_examples(pairs: Iterable[Pair]) -> Iterator[Example]:
    """A question and its reply."""
    for pair in pairs:
        yield Example((pair.question,), pair.reply)


def build_labelled_examples(pairs: Iterable[LabelledPair]) -> Iterator[Example]:
    """Texts that mean the same; a text's pairs that do not become its wrong ones."""
    kept = list(pairs)
    unlike: dict[str, list[str]] = {}
    for pair in kept:
        if not pair.label:
            unlike.setdefault(pair.first, []).append(pair.second)
    for pair in kept:
        if pair.label:
            yield Example((pair.first,), pair.second, tuple(unlike.get(pair.first, ())))


def build_entry_examples(entries: Iterable[Entry]) -> Iterator[Example]:
    """Every phrasing of an entry as the answer to the one before it, round and round: phrasings that ask the same thing."""
    for entry in entries:
        for place, question in enumerate(entry.questions):
            if len(entry.questions) > 1:
                yield Example((question,), entry.questions[place - 1])
