"""Generate questions with answers from captions, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from data.records import LANGUAGES, Language
from vqa.answer.answers import answer_text
from vqa.answer.question_generation.balance import balance_facts
from vqa.answer.question_generation.fact import Fact, Form, Kind
from vqa.answer.question_generation.facts import find_facts, parse_captions
from vqa.answer.question_generation.templates import write_question
from vqa.answer.question_generation.yesno import find_yes_no_facts


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a photograph with its answer, as text and as a concept."""

    image: str
    question: str
    answer: str
    concept: str
    kind: Kind
    form: Form
    language: Language
    fact: Fact


def find_all_facts(image: str, captions: Mapping[Language, Sequence[str]]) -> tuple[list[Fact], list[Fact]]:
    """Return the facts that the captions of one photograph agree on.

    They are not balanced yet, which takes a whole corpus.

    Returns:
        Facts with open answers, and those whose answer is a certain yes or no.
    """
    evidence = parse_captions(image, captions)
    return find_facts(evidence), find_yes_no_facts(evidence)


def generate_questions(
    photographs: Iterable[tuple[str, Mapping[Language, Sequence[str]]]], seed: int = 0
) -> list[Question]:
    """Generate the balanced questions of a corpus, sorted by photograph.

    Every fact is asked in both languages. The result depends only on captions and seed, not on the order of the photographs.

    Args:
        photographs: The name and the captions of each photograph.
        seed: The seed of the selection and the wording.

    Source:
        Ren, Kiros and Zemel 2015, Exploring Models and Data for Image Question Answering, section 3.2.
    """
    known: list[Fact] = []
    sure: list[Fact] = []
    for image, captions in photographs:
        told, weighed = find_all_facts(image, captions)
        known += told
        sure += weighed
    return [
        Question(
            fact.image,
            write_question(fact, language, seed),
            answer_text(fact.answer, language),
            fact.answer,
            fact.kind,
            fact.form,
            language,
            fact,
        )
        for fact in balance_facts(known, sure, seed)
        for language in LANGUAGES
    ]
