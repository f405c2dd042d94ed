"""Captions to ids and ids to captions, in training and serving alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.metrics.tokens import tokens as characters
from data.records import LANGUAGES, CaptionedPicture, Language
from data.text.clean import fold
from data.text.token_spacing import capitalize_sentences
from data.text.vocab import EOS, PAD, SPECIAL, Vocab

Ids = NDArray[np.int64]

MARKS = tuple(f"<{language}>" for language in LANGUAGES)
LEAST: Mapping[Language, int] = {"zh": 3, "en": 4}
"""How often a token must occur in training to be one."""

_ALL = 1_000_000
# What stands after an apostrophe is a token of its own, as corpora have it: "man 's".
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*|'(?:s|t|re|ll|ve|d|m)\b")


def tokens(caption: str, language: Language) -> tuple[str, ...]:
    """The words of an English caption, the characters (and Latin words) of a Chinese one; folded, punctuation left out.

    Whatever a caption is measured against is cut by this too.

    >>> tokens("The man 's T-shirt is red .", "en"), tokens("穿着Ｔ恤的後衛。", "zh")
    (('the', 'man', "'s", 't-shirt', 'is', 'red'), ('穿', '着', 't', '恤', '的', '后', '卫'))
    """
    folded = fold(caption)
    return tuple(characters(folded) if language == "zh" else _WORD.findall(folded.replace("’", "'")))


def shown(cut: Sequence[str], language: Language) -> str:
    """The caption of these tokens as it is shown; empty for none.

    >>> shown(["a", "man", "'s", "dog"], "en"), shown(["穿", "t", "恤", "的", "3", "个", "人"], "zh")
    ("A man's dog.", '穿T恤的3个人。')
    """
    if not cut:
        return ""
    if language == "en":
        return capitalize_sentences(" ".join(cut).replace(" '", "'")) + "."
    text = ""
    for one in cut:
        # A lone Latin letter is the shape or the name of a thing: T恤, V字.
        piece = one.upper() if len(one) == 1 else one
        text += f" {piece}" if text and text[-1].isascii() and piece[0].isascii() else piece
    return f"{text}。"


@dataclass(frozen=True)
class Codec:
    """How captions of both languages become ids of one vocabulary: the special ones, a mark for each language, the tokens.

    words are the tokens that may be written in each language; some, such as "3", are of both. A caption begins after the mark of
    its language and ends with EOS. longest is the most ids of a caption, EOS included.
    """

    words: Mapping[Language, tuple[str, ...]]
    longest: int = 26

    def __post_init__(self) -> None:
        if set(self.words) != set(LANGUAGES):
            raise ValueError(
                f"the words are of {', '.join(self.words) or 'no language'}, expected {', '.join(LANGUAGES)}"
            )
        if self.longest < 2:
            raise ValueError(f"longest is {self.longest}: there is no room for a token and the end")

    @classmethod
    def build(
        cls, examples: Iterable[CaptionedPicture], least: Mapping[Language, int] = LEAST, longest: int = 26
    ) -> Codec:
        """The codec with all tokens that occur at least so often in the captions of a language, the most frequent first."""
        cut: dict[Language, list[tuple[str, ...]]] = {language: [] for language in LANGUAGES}
        for one in examples:
            for language, captions in one.captions.items():
                cut[language] += [tokens(caption, language) for caption in captions]
        first = len(SPECIAL)
        return cls({name: Vocab.build(texts, _ALL, least[name]).tokens[first:] for name, texts in cut.items()}, longest)

    @cached_property
    def vocab(self) -> Vocab:
        """The special tokens, the marks, then the words of each language; one of both stands with the first."""
        words = (word for language in LANGUAGES for word in self.words[language])
        # No text is cut into a token with a bracket, so no caption can spell a mark.
        return Vocab((*SPECIAL, *MARKS, *dict.fromkeys(words)))

    def mark(self, language: Language) -> int:
        """The id that a caption in the language begins after."""
        return len(SPECIAL) + LANGUAGES.index(language)

    def encode(self, caption: str, language: Language) -> list[int]:
        """The ids of the caption with EOS at its end, at most longest."""
        return [*(self.vocab.id(token) for token in tokens(caption, language)[: self.longest - 1]), EOS]

    def tokens(self, ids: Iterable[int]) -> tuple[str, ...]:
        """The tokens of ids up to the first EOS. Raises IndexError for an id that is no token's."""
        made: list[str] = []
        for id in ids:
            if id == EOS:
                break
            if not 0 <= id < len(self.vocab):
                raise IndexError(f"{id} is no id of a vocabulary of {len(self.vocab)} tokens")
            made.append(self.vocab.tokens[id])
        return tuple(made)

    def shown(self, ids: Iterable[int], language: Language) -> str:
        """The caption of ids as it is shown, up to the first EOS; empty for none."""
        return shown(self.tokens(ids), language)

    def unwritten(self, language: Language) -> tuple[int, ...]:
        """The ids that are never part of a caption in the language: special ones, marks, and what only the other one has."""
        return self._unwritten[language]

    @cached_property
    def _unwritten(self) -> dict[Language, tuple[int, ...]]:
        # Thousands of ids for every search.
        made: dict[Language, tuple[int, ...]] = {}
        for language in LANGUAGES:
            written = {EOS, *(self.vocab.id(word) for word in self.words[language])}
            made[language] = tuple(id for id in range(len(self.vocab)) if id not in written)
        return made

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        words = {language: list(self.words[language]) for language in LANGUAGES}
        return {"words": words, "longest": self.longest, "digest": self.vocab.digest}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Codec:
        """The codec that to_dict wrote. Raises ValueError, KeyError or TypeError if raw is not one."""
        codec = cls({language: tuple(raw["words"][language]) for language in LANGUAGES}, int(raw["longest"]))
        if raw.get("digest") != codec.vocab.digest:
            raise ValueError("the digest does not fit the words: the file was changed or mixed with another")
        return codec


def padded(rows: Sequence[Sequence[int]]) -> Ids:
    """int64 [B, T] of rows of ids, filled up with PAD; T is the longest of them, at least 1."""
    made = np.full((len(rows), max(1, max(map(len, rows), default=1))), PAD, dtype=np.int64)
    for number, row in enumerate(rows):
        made[number, : len(row)] = row
    return made
