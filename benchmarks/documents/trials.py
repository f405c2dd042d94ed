"""The questions of the benchmark, and what is found for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.documents.build_files import FILES
from bot.knowledge.document_learning import Encoder, encode_passages
from data.documents import cut_passages, read_document
from data.records import LANGUAGES, Language, Passage
from retrieval.passages.features import Measures
from retrieval.passages.index import PassageHit, PassageIndex
from retrieval.passages.vectors import PassageVectors

Split = Literal["dev", "test"]
_HERE = Path(__file__).parent
_BETWEEN = re.compile(r"[\s|]+")
_NONE = "-"


@dataclass(frozen=True)
class Question:
    """A question; answer is a piece of the passage that answers it, empty where none does. Every other one is for testing."""

    text: str
    language: Language
    file: str
    answer: str
    split: Split

    def is_answered_by(self, passage: Passage) -> bool:
        """Return whether a passage holds the answer."""
        return bool(self.answer) and passage.file == self.file and _squeeze(self.answer) in _squeeze(passage.text)


@dataclass(frozen=True)
class Trial:
    """A question, the passages found for it, and the ids of those that answer it."""

    question: Question
    hits: tuple[PassageHit, ...]
    right: frozenset[str]


def _squeeze(text: str) -> str:
    return _BETWEEN.sub("", text)


def read_questions(language: Language) -> Iterator[Question]:
    """Yield the questions of a language: a line each, with the document and a piece of the answer, tabs between."""
    lines = (_HERE / f"questions.{language}.tsv").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        text, source, answer = line.split("\t")
        split: Split = "test" if number % 2 else "dev"
        yield Question(text, language, FILES[f"{language}-{source}"], "" if answer == _NONE else answer, split)


def read_passages(files: Sequence[Path]) -> list[Passage]:
    """Return the passages of documents."""
    return [passage for file in files for passage in cut_passages(read_document(file))]


def build_index(passages: Sequence[Passage], encoder: Encoder, width: int) -> PassageIndex:
    """Return the index of passages, whose ids are their numbers."""
    made: dict[int, PassageVectors] = {}
    for places, encoded in encode_passages(encoder, passages):
        made |= {place: PassageVectors.from_bytes(raw, width) for place, raw in zip(places, encoded, strict=True)}
    return PassageIndex.of(
        [str(place) for place in range(len(passages))], passages, [made[n] for n in range(len(passages))]
    )


def run_trials(index: PassageIndex, encoder: Encoder, measures: Measures) -> list[Trial]:
    """Return what the index finds for each question."""
    trials = []
    for language in LANGUAGES:
        questions = list(read_questions(language))
        vectors = encoder.encode([question.text for question in questions])
        for question, vector in zip(questions, vectors, strict=True):
            right = frozenset(
                id for id, passage in zip(index.ids, index.passages, strict=True) if question.is_answered_by(passage)
            )
            if question.answer and not right:
                raise ValueError(
                    f"no passage of {question.file} holds {question.answer!r}; correct questions.{language}.tsv"
                )
            trials.append(Trial(question, tuple(index.measure(question.text, vector, measures)), right))
    return trials
