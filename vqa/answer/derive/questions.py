"""From the captions of photographs to questions with answers, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from data.records import LANGUAGES, Language
from vqa.answer.answers import text_of
from vqa.answer.derive.balance import balanced
from vqa.answer.derive.facts import Fact, Form, Kind, evidence, facts
from vqa.answer.derive.wording import ask
from vqa.answer.derive.yesno import judged


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a photograph with its answer, as text and as the concept it names."""

    image: str
    question: str
    answer: str
    concept: str
    kind: Kind
    form: Form
    language: Language
    fact: Fact


def facts_of(image: str, captions: Mapping[Language, Sequence[str]]) -> tuple[list[Fact], list[Fact]]:
    """What the captions of one photograph agree on: facts with their answers, and all that yes or no is sure of.

    Pure. Not yet balanced: that takes a corpus.
    """
    seen = evidence(image, captions)
    return facts(seen), judged(seen)


def derive(photographs: Iterable[tuple[str, Mapping[Language, Sequence[str]]]], seed: int = 0) -> list[Question]:
    """The balanced questions of a corpus of (image, captions), every fact asked in both languages; sorted by photograph.

    The same for the same captions and seed, in whatever order they come.
    Ren, Kiros and Zemel 2015, Exploring Models and Data for Image Question Answering, section 3.2.
    """
    known: list[Fact] = []
    sure: list[Fact] = []
    for image, captions in photographs:
        told, weighed = facts_of(image, captions)
        known += told
        sure += weighed
    return [
        Question(fact.image, ask(fact, language, seed), text_of(fact.answer, language), fact.answer, fact.kind, fact.form, language, fact)
        for fact in balanced(known, sure, seed)
        for language in LANGUAGES
    ]
