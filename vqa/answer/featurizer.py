"""Featurizer of questions and answers, shared by training and inference.

Questions become token ids, and the answers of people become shares of the known answers.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.han import HAN_RANGE
from data.metrics.vqa_accuracy import normalize_answer
from data.records import LANGUAGES, Language
from data.text.clean import fold
from data.text.padding import pad_rows
from data.text.vocab import UNK, Vocab

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]

MAX_LENGTH = 64
_NGRAM_SIZES = (1, 2, 3)
_MARK: Mapping[Language, str] = {"zh": "<zh>", "en": "<en>"}
_PIECE = re.compile(rf"[{HAN_RANGE}]|[^\W_{HAN_RANGE}]+")
# Questions come in British spelling too; the corpora have the American one.
_SPELLINGS = {"colour": "color", "colours": "colors", "coloured": "colored", "grey": "gray", "centre": "center"}


def tokenize(text: str) -> list[str]:
    """Split a text into folded words, Chinese into characters, without punctuation.

    >>> tokenize("What's the COLOUR of 那只猫？")
    ['what', 's', 'the', 'color', 'of', '那', '只', '猫']
    """
    return [_SPELLINGS.get(piece, piece) for piece in _PIECE.findall(fold(text))]


def canonicalize_answer(answer: str) -> str:
    """Return an answer in the form that is compared, in American spelling.

    >>> canonicalize_answer("The grey one"), canonicalize_answer("灰色")
    ('gray 1', '灰色')
    """
    return " ".join(_SPELLINGS.get(word, word) for word in normalize_answer(answer).split())


@dataclass(frozen=True)
class AnswerChoice:
    """One answer: its word in each language, empty where it has none.

    A number is written alike in both.
    """

    en: str = ""
    zh: str = ""

    def __post_init__(self) -> None:
        if not self.en and not self.zh:
            raise ValueError("an answer has a word in at least one language")

    def word(self, language: Language) -> tuple[str, Language]:
        """Return the word, and the language it is in.

        It is the other language's word where this language has none.
        """
        one, other = (self.en, self.zh) if language == "en" else (self.zh, self.en)
        if one or not any(map(str.isalpha, other)):
            return one or other, language
        return other, "en" if language == "zh" else "zh"


@dataclass(frozen=True)
class Featurizer:
    """Convert questions to ids and answers to shares of the choices.

    vocab holds the words of the questions and the tokens of the languages. choices are the answers by number. max_length is the
    most ids of a question.
    """

    vocab: Vocab
    choices: tuple[AnswerChoice, ...]
    max_length: int = MAX_LENGTH

    def __post_init__(self) -> None:
        lacking = [mark for mark in _MARK.values() if self.vocab.id(mark) == UNK]
        if lacking:
            raise ValueError(f"the vocabulary of questions has no {', '.join(lacking)}")
        if not self.choices:
            raise ValueError("there is no answer to choose from; expected at least one")

    @classmethod
    def build(
        cls, questions: Iterable[tuple[str, Language]], choices: Sequence[AnswerChoice], size: int, min_count: int = 2
    ) -> Featurizer:
        """Build the featurizer of these answers and of the words of the questions.

        Args:
            questions: The questions and their languages.
            choices: The answers.
            size: The most tokens of the vocabulary.
            min_count: How often a token must occur.
        """
        vocab = Vocab.build((tokenize(text) for text, _ in questions), size - len(_MARK), min_count)
        return cls(Vocab((*vocab.tokens, *_MARK.values())), tuple(choices))

    def token_ids(self, question: str, language: Language) -> list[int]:
        """Return the language token's id and the ids of the first max_length - 1 tokens."""
        return [self.vocab.id(_MARK[language]), *map(self.vocab.id, tokenize(question)[: self.max_length - 1])]

    def encode(self, questions: Sequence[tuple[str, Language]]) -> Ids:
        """Return questions as int64 [B, T], padded with PAD. T is the longest of them."""
        rows = [self.token_ids(text, language) for text, language in questions]
        return pad_rows(rows)

    def ngram_ids(self, question: str, language: Language, buckets: int) -> list[int]:
        """Return the buckets, from 1 on, of the n-grams of one to three tokens of a question, its beginning and end included.

        Source:
            Weinberger et al. 2009, Feature Hashing for Large Scale Multitask Learning.
        """
        tokens = [_MARK[language], *tokenize(question)[: self.max_length - 1], "</s>"]
        grams = (tokens[first : first + size] for size in _NGRAM_SIZES for first in range(len(tokens) - size + 1))
        # A checksum is the same in every process, unlike hash().
        return [1 + zlib.crc32(" ".join(gram).encode()) % buckets for gram in grams]

    def encode_ngrams(self, questions: Sequence[tuple[str, Language]], buckets: int) -> Ids:
        """Return the n-grams of questions as int64 [B, M], padded with 0."""
        return pad_rows([self.ngram_ids(text, language, buckets) for text, language in questions])

    def has_known_word(self, ids: Sequence[int]) -> bool:
        """Return whether a question, as token_ids() gives it, has a known word."""
        return any(id != UNK for id in ids[1:])

    def answer_index(self, answer: str, language: Language) -> int | None:
        """Return the number of the choice that an answer means; None if there is none."""
        return self._indices[language].get(canonicalize_answer(answer))

    def encode_answers(self, answers: Sequence[Sequence[str]], languages: Sequence[Language]) -> Floats:
        """Return the share of people who gave each answer, float32 [B, A].

        People whose answer is no choice are left out. A row of zeros means that nobody gave a known answer.

        Source:
            Kazemi and Elqursh 2017, section 3, average the log-probabilities of all correct answers; Teney et al. 2018, Tips and
            Tricks, section 3.2, find soft targets to matter. Here they stay a distribution, since the page shows one.
        """
        made = np.zeros((len(answers), len(self.choices)), dtype=np.float32)
        for row, (people, language) in enumerate(zip(answers, languages, strict=True)):
            for number, share in self.answer_shares(people, language).items():
                made[row, number] = share
        return made

    def answer_shares(self, people: Sequence[str], language: Language) -> dict[int, float]:
        """Return one row of encode_answers() by answer number, without the zeros."""
        found = Counter(number for answer in people if (number := self.answer_index(answer, language)) is not None)
        return {number: count / found.total() for number, count in found.items()}

    def decode(self, number: int, language: Language) -> tuple[str, Language]:
        """Return the word of a choice and the language it is in."""
        return self.choices[number].word(language)

    @cached_property
    def _indices(self) -> dict[Language, dict[str, int]]:
        found: dict[Language, dict[str, int]] = {language: {} for language in LANGUAGES}
        for number, choice in enumerate(self.choices):
            for language in LANGUAGES:
                # A word that two choices share belongs to the more frequent one, which stands first.
                found[language].setdefault(canonicalize_answer(choice.word(language)[0]), number)
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values for from_dict."""
        choices = [[choice.en, choice.zh] for choice in self.choices]
        return {"vocab": self.vocab.to_dict(), "choices": choices, "longest": self.max_length}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Featurizer:
        """Build the featurizer that to_dict wrote.

        Raises:
            ValueError: A value is out of range.
            TypeError: A value has another type.
            KeyError: A value is missing.
        """
        choices = tuple(AnswerChoice(str(en), str(zh)) for en, zh in raw["choices"])
        return cls(Vocab.from_dict(raw["vocab"]), choices, int(raw["longest"]))


def select_choices(
    answers: Iterable[tuple[Sequence[str], Language]], most: int, known: Iterable[AnswerChoice] = ()
) -> list[AnswerChoice]:
    """Return the most frequent answers as choices.

    Each question counts once, however many people answered it. Ties are sorted by word.

    Args:
        answers: The answers that people gave to each question, and its language.
        most: The most choices.
        known: Choices with words in both languages, which are used where their word occurs.
    """
    counts: dict[AnswerChoice, float] = {}
    words: dict[tuple[Language, str], AnswerChoice] = {}
    for choice in known:
        for language in LANGUAGES:
            word, spoken = choice.word(language)
            words.setdefault((spoken, canonicalize_answer(word)), choice)
    for people, language in answers:
        for answer in people:
            word = canonicalize_answer(answer)
            if word:
                # A number is one answer in both languages. A list is shown with its commas but compared without them.
                shown = ", ".join(filter(None, map(canonicalize_answer, answer.split(","))))
                new = (
                    AnswerChoice(en=shown)
                    if language == "en" or not any(map(str.isalpha, word))
                    else AnswerChoice(zh=shown)
                )
                choice = words.setdefault((language, word), new)
                counts[choice] = counts.get(choice, 0.0) + 1 / len(people)
    ranked = sorted(counts, key=lambda choice: (-counts[choice], choice.en, choice.zh))
    return ranked[:most]
