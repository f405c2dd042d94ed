"""Tokenizer of captions, shared by training and inference."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from data.metrics.tokens import tokens as split_characters
from data.records import LANGUAGES, CaptionedPicture, Language
from data.text.clean import fold
from data.text.token_spacing import capitalize_sentences
from data.text.vocab import EOS, SPECIAL, Vocab

LANGUAGE_TOKENS = tuple(f"<{language}>" for language in LANGUAGES)
MIN_COUNTS: Mapping[Language, int] = {"zh": 3, "en": 4}
"""How often a token must occur in the training captions of a language to enter the vocabulary."""

_ALL = 1_000_000
# A suffix after an apostrophe is a token of its own, as in the corpora: "man 's".
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*|'(?:s|t|re|ll|ve|d|m)\b")


def tokenize(caption: str, language: Language) -> tuple[str, ...]:
    """Split a caption into folded tokens, without punctuation.

    English gives words, Chinese characters and Latin words. References are split by the same function for the metrics.

    >>> tokenize("The man 's T-shirt is red .", "en"), tokenize("穿着Ｔ恤的後衛。", "zh")
    (('the', 'man', "'s", 't-shirt', 'is', 'red'), ('穿', '着', 't', '恤', '的', '后', '卫'))
    """
    folded = fold(caption)
    return tuple(split_characters(folded) if language == "zh" else _WORD.findall(folded.replace("’", "'")))


def detokenize(cut: Sequence[str], language: Language) -> str:
    """Return the caption of these tokens as it is shown; empty for no tokens.

    >>> detokenize(["a", "man", "'s", "dog"], "en"), detokenize(["穿", "t", "恤", "的", "3", "个", "人"], "zh")
    ("A man's dog.", '穿T恤的3个人。')
    """
    if not cut:
        return ""
    if language == "en":
        return capitalize_sentences(" ".join(cut).replace(" '", "'")) + "."
    text = ""
    for token in cut:
        # A single Latin letter names a shape or a thing: T恤, V字.
        piece = token.upper() if len(token) == 1 else token
        text += f" {piece}" if text and text[-1].isascii() and piece[0].isascii() else piece
    return f"{text}。"


@dataclass(frozen=True)
class Tokenizer:
    """Convert captions of both languages to ids of one vocabulary.

    The vocabulary holds the special tokens, a token for each language, and the words. words are the tokens that may be generated
    in each language; some, such as "3", belong to both. A caption starts after the token of its language and ends with EOS.
    max_length is the most ids of a caption, EOS included.
    """

    words: Mapping[Language, tuple[str, ...]]
    max_length: int = 26

    def __post_init__(self) -> None:
        if set(self.words) != set(LANGUAGES):
            raise ValueError(
                f"the words are of {', '.join(self.words) or 'no language'}, expected {', '.join(LANGUAGES)}"
            )
        if self.max_length < 2:
            raise ValueError(f"max_length is {self.max_length}: there is no room for a token and the end")

    @classmethod
    def build(
        cls, examples: Iterable[CaptionedPicture], min_counts: Mapping[Language, int] = MIN_COUNTS, max_length: int = 26
    ) -> Tokenizer:
        """Build the tokenizer from captioned pictures.

        Args:
            examples: The captioned pictures.
            min_counts: How often a token must occur in the captions of each language. Frequent tokens come first.
            max_length: The most ids of a caption, EOS included.
        """
        cut: dict[Language, list[tuple[str, ...]]] = {language: [] for language in LANGUAGES}
        for example in examples:
            for language, captions in example.captions.items():
                cut[language] += [tokenize(caption, language) for caption in captions]
        first = len(SPECIAL)
        return cls(
            {name: Vocab.build(texts, _ALL, min_counts[name]).tokens[first:] for name, texts in cut.items()}, max_length
        )

    @cached_property
    def vocab(self) -> Vocab:
        """Return the special tokens, the language tokens, and the words of each language.

        A word of both languages stands once, with the first language.
        """
        words = (word for language in LANGUAGES for word in self.words[language])
        # No text gives a token with a bracket, so no caption can contain a language token.
        return Vocab((*SPECIAL, *LANGUAGE_TOKENS, *dict.fromkeys(words)))

    def language_id(self, language: Language) -> int:
        """Return the id of the language token, after which a caption starts."""
        return len(SPECIAL) + LANGUAGES.index(language)

    def encode(self, caption: str, language: Language) -> list[int]:
        """Return the ids of a caption with EOS at the end, at most max_length."""
        return [*(self.vocab.id(token) for token in tokenize(caption, language)[: self.max_length - 1]), EOS]

    def id_tokens(self, ids: Iterable[int]) -> tuple[str, ...]:
        """Return the tokens of ids up to the first EOS.

        Raises:
            IndexError: An id is not in the vocabulary.
        """
        made: list[str] = []
        for id in ids:
            if id == EOS:
                break
            if not 0 <= id < len(self.vocab):
                raise IndexError(f"{id} is no id of a vocabulary of {len(self.vocab)} tokens")
            made.append(self.vocab.tokens[id])
        return tuple(made)

    def decode(self, ids: Iterable[int], language: Language) -> str:
        """Return the caption of ids as it is shown, up to the first EOS; empty for none."""
        return detokenize(self.id_tokens(ids), language)

    def suppressed_ids(self, language: Language) -> tuple[int, ...]:
        """Return the ids that no caption in the language contains.

        These are the special tokens but EOS, the language tokens, and the words of the other language alone.
        """
        return self._suppressed_ids[language]

    @cached_property
    def _suppressed_ids(self) -> dict[Language, tuple[int, ...]]:
        # Computed once, since every search needs these thousands of ids.
        made: dict[Language, tuple[int, ...]] = {}
        for language in LANGUAGES:
            written = {EOS, *(self.vocab.id(word) for word in self.words[language])}
            made[language] = tuple(id for id in range(len(self.vocab)) if id not in written)
        return made

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values for from_dict."""
        words = {language: list(self.words[language]) for language in LANGUAGES}
        return {"words": words, "longest": self.max_length, "digest": self.vocab.digest}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Tokenizer:
        """Build the tokenizer that to_dict wrote.

        Raises:
            ValueError: The words do not match the digest, or a value is out of range.
            KeyError: A value is missing.
            TypeError: A value has another type.
        """
        tokenizer = cls({language: tuple(raw["words"][language]) for language in LANGUAGES}, int(raw["longest"]))
        if raw.get("digest") != tokenizer.vocab.digest:
            raise ValueError("the digest does not fit the words: the file was changed or mixed up with another")
        return tokenizer
