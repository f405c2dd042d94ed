"""Training examples of matching models: a query, its right text, and wrong ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from data.records import Dialog, LabelledPair, Pair, Selection

CONTEXT = 3
"""How many turns a query may have: itself and two before it."""


@dataclass(frozen=True)
class Example:
    """A query with its right answer.

    kind names what it belongs with, such as its language: only the replies of its own kind are what it is told apart from.

    Args:
        context: What was said, oldest first; the query is last.
        right: The text that answers it.
        wrong: Texts that do not.
        kind: Examples of one kind are trained together.
    """

    context: tuple[str, ...]
    right: str
    wrong: tuple[str, ...] = ()
    kind: str = ""


def build_dialog_examples(dialogs: Iterable[Dialog], kind: str = "") -> Iterator[Example]:
    """Yield every utterance but the first as the answer to those before it."""
    for dialog in dialogs:
        texts = [utterance.text for utterance in dialog.utterances]
        for place in range(1, len(texts)):
            yield Example(tuple(texts[max(0, place - CONTEXT) : place]), texts[place], kind=kind)


def build_selection_examples(selections: Iterable[Selection]) -> Iterator[Example]:
    """Yield an example for each right candidate.

    Args:
        query without one yields nothing.
    """
    for selection in selections:
        wrong = tuple(text for text, label in zip(selection.candidates, selection.labels, strict=True) if not label)
        for text, label in zip(selection.candidates, selection.labels, strict=True):
            if label:
                yield Example(selection.context[-CONTEXT:], text, wrong)


def build_pair_examples(pairs: Iterable[Pair]) -> Iterator[Example]:
    """Yield each question with its reply."""
    for pair in pairs:
        yield Example((pair.question,), pair.reply)


def build_labelled_examples(pairs: Iterable[LabelledPair]) -> Iterator[Example]:
    """Yield pairs that mean the same; unlike pairs of a text become its wrong ones."""
    kept = list(pairs)
    unlike: dict[str, list[str]] = {}
    for pair in kept:
        if not pair.label:
            unlike.setdefault(pair.first, []).append(pair.second)
    for pair in kept:
        if pair.label:
            yield Example((pair.first,), pair.second, tuple(unlike.get(pair.first, ())))
