"""Questions to ids, and what people answered to shares of the answers that are known: for training and serving alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.metrics.vqa_accuracy import normalize_answer
from data.records import LANGUAGES, Language
from data.text.clean import fold
from data.text.vocab import PAD, UNK, Vocab

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]

LONGEST = 64
_MARK: Mapping[Language, str] = {"zh": "<zh>", "en": "<en>"}
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_PIECE = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+")
# People ask in the spelling they learned; the corpora have the American one.
_SPELT = {"colour": "color", "colours": "colors", "coloured": "colored", "grey": "gray", "centre": "center"}


def tokens(text: str) -> list[str]:
    """The folded words of a text, Chinese ones character by character; signs are left out.

    >>> tokens("What's the COLOUR of 那只猫？")
    ['what', 's', 'the', 'color', 'of', '那', '只', '猫']
    """
    return [_SPELT.get(piece, piece) for piece in _PIECE.findall(fold(text))]


def spelt(answer: str) -> str:
    """The answer as it is compared, in American spelling.

    >>> spelt("The grey one"), spelt("灰色")
    ('gray 1', '灰色')
    """
    return " ".join(_SPELT.get(word, word) for word in normalize_answer(answer).split())


@dataclass(frozen=True)
class Choice:
    """One answer: its word in each language, empty where it has none. A number is written alike in both."""

    en: str = ""
    zh: str = ""

    def __post_init__(self) -> None:
        if not self.en and not self.zh:
            raise ValueError("an answer has a word in at least one language")

    def word(self, language: Language) -> tuple[str, Language]:
        """The word and the language it is in: the other one where there is no word of this one."""
        one, other = (self.en, self.zh) if language == "en" else (self.zh, self.en)
        if one or not any(map(str.isalpha, other)):
            return one or other, language
        return other, "en" if language == "zh" else "zh"


@dataclass(frozen=True)
class Codec:
    """The vocabulary of questions, which holds the marks of the languages, the answers by their number, the longest question."""

    vocab: Vocab
    choices: tuple[Choice, ...]
    longest: int = LONGEST

    def __post_init__(self) -> None:
        lacking = [mark for mark in _MARK.values() if self.vocab.id(mark) == UNK]
        if lacking:
            raise ValueError(f"the vocabulary of questions has no {', '.join(lacking)}")
        if not self.choices:
            raise ValueError("there is no answer to choose from; expected at least one")

    @classmethod
    def build(
        cls, questions: Iterable[tuple[str, Language]], choices: Sequence[Choice], size: int, least: int = 2
    ) -> Codec:
        """The codec of these answers and of the size most frequent tokens, among those that occur at least so often."""
        vocab = Vocab.build((tokens(text) for text, _ in questions), size - len(_MARK), least)
        return cls(Vocab((*vocab.tokens, *_MARK.values())), tuple(choices))

    def ids(self, question: str, language: Language) -> list[int]:
        """The mark of the language and the ids of the first longest - 1 tokens."""
        return [self.vocab.id(_MARK[language]), *map(self.vocab.id, tokens(question)[: self.longest - 1])]

    def encode(self, questions: Sequence[tuple[str, Language]]) -> Ids:
        """int64 [B, T] of questions, filled up with PAD; T is the longest of them."""
        rows = [self.ids(text, language) for text, language in questions]
        made = np.full((len(rows), max(map(len, rows), default=1)), PAD, dtype=np.int64)
        for number, row in enumerate(rows):
            made[number, : len(row)] = row
        return made

    def knows(self, ids: Sequence[int]) -> bool:
        """Whether a question, as ids() gives it, has a word that is known."""
        return any(id != UNK for id in ids[1:])

    def number(self, answer: str, language: Language) -> int | None:
        """The number of the choice that a person's answer says; None if it is not among them."""
        return self._numbers[language].get(spelt(answer))

    def targets(self, answers: Sequence[Sequence[str]], languages: Sequence[Language]) -> Floats:
        """float32 [B, A]: which share of the people whose answer is known gave it. A row of zeros where nobody's is.

        The log-probabilities of all correct answers are averaged in Kazemi and Elqursh 2017, section 3; soft targets are what
        Teney et al. 2018, Tips and Tricks, section 3.2 find to matter. They stay a distribution here, since the page shows one.
        """
        made = np.zeros((len(answers), len(self.choices)), dtype=np.float32)
        for row, (people, language) in enumerate(zip(answers, languages, strict=True)):
            for number, share in self.shares(people, language).items():
                made[row, number] = share
        return made

    def shares(self, people: Sequence[str], language: Language) -> dict[int, float]:
        """A row of targets() by the numbers of its answers, without the zeros."""
        found = Counter(number for answer in people if (number := self.number(answer, language)) is not None)
        return {number: count / found.total() for number, count in found.items()}

    def decode(self, number: int, language: Language) -> tuple[str, Language]:
        """The word of a choice and the language it is in."""
        return self.choices[number].word(language)

    @cached_property
    def _numbers(self) -> dict[Language, dict[str, int]]:
        found: dict[Language, dict[str, int]] = {language: {} for language in LANGUAGES}
        for number, choice in enumerate(self.choices):
            for language in LANGUAGES:
                # The more frequent choice, which stands first, keeps a word that two of them share.
                found[language].setdefault(spelt(choice.word(language)[0]), number)
        return found

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        choices = [[one.en, one.zh] for one in self.choices]
        return {"vocab": self.vocab.to_dict(), "choices": choices, "longest": self.longest}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Codec:
        """The codec that to_dict wrote. Raises ValueError, TypeError or KeyError if raw is not one."""
        choices = tuple(Choice(str(en), str(zh)) for en, zh in raw["choices"])
        return cls(Vocab.from_dict(raw["vocab"]), choices, int(raw["longest"]))


def choices_of(
    answered: Iterable[tuple[Sequence[str], Language]], most: int, known: Iterable[Choice] = ()
) -> list[Choice]:
    """The most frequent answers, at most so many, as choices: those that are known, with both their words, and new ones.

    answered is what people said to each question, which counts once however many they were. Ties in the order of the words.
    """
    counts: dict[Choice, float] = {}
    words: dict[tuple[Language, str], Choice] = {}
    for choice in known:
        for language in LANGUAGES:
            word, spoken = choice.word(language)
            words.setdefault((spoken, spelt(word)), choice)
    for people, language in answered:
        for answer in people:
            word = spelt(answer)
            if word:
                # A number is one answer, whoever gave it. A list is shown as one, though it is compared without its commas.
                shown = ", ".join(filter(None, map(spelt, answer.split(","))))
                new = Choice(en=shown) if language == "en" or not any(map(str.isalpha, word)) else Choice(zh=shown)
                choice = words.setdefault((language, word), new)
                counts[choice] = counts.get(choice, 0.0) + 1 / len(people)
    ranked = sorted(counts, key=lambda one: (-counts[one], one.en, one.zh))
    return ranked[:most]
