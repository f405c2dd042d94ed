"""Encode texts as arrays of ids and decode them, for training and serving alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from data.text.clean import fold
from data.text.padding import pad_rows
from data.text.segment import grams, words
from data.text.vocab import BOS, EOS, PAD, UNK, Vocab

Unit = Literal["words", "characters", "grams"]
_CUT = {"words": words, "characters": lambda text: list(fold(text)), "grams": grams}


@dataclass(frozen=True)
class TextTokenizer:
    """Splits texts into words, characters or character n-grams and maps them to ids.

    Args:
        vocab: The known tokens.
        unit: What a text is split into.
        max_length: The most ids of a text, BOS and EOS included.
        framed: Whether BOS stands before and EOS after the ids of a text.

    Raises:
        ValueError: max_length leaves no room for a token, or unit is unknown.
    """

    vocab: Vocab
    unit: Unit
    max_length: int
    framed: bool = False

    def __post_init__(self) -> None:
        if self.max_length < (3 if self.framed else 1):
            raise ValueError(
                f"max_length is {self.max_length}, which leaves no room for a token; give at least {3 if self.framed else 1}"
            )
        if self.unit not in _CUT:
            raise ValueError(f"unit is {self.unit!r}; expected one of {', '.join(_CUT)}")

    def tokenize(self, text: str) -> list[str]:
        """Split a text into units."""
        return list(_CUT[self.unit](text))

    def encode(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return ids int64 [B, T], padded with PAD, and lengths int64 [B].

        T is the length of the longest text, at least 1. A text of more than max_length ids is cut at the end; a framed one
        keeps its EOS.
        """
        room = self.max_length - 2 * self.framed
        rows = [[self.vocab.id(token) for token in self.tokenize(text)[:room]] for text in texts]
        if self.framed:
            rows = [[BOS, *row, EOS] for row in rows]
        lengths = np.asarray([len(row) for row in rows], dtype=np.int64)
        return pad_rows(rows), lengths

    def decode(self, ids: NDArray[np.int64]) -> list[str]:
        """Return the texts of ids int64 [B, T], each up to its EOS, without PAD and BOS.

        Raises:
            IndexError: An id is outside the vocabulary.
        """
        texts = []
        for row in ids:
            kept: list[str] = []
            for id in row.tolist():
                if id == EOS:
                    break
                if not 0 <= id < len(self.vocab):
                    raise IndexError(f"id {id} is outside the vocabulary of {len(self.vocab)} tokens")
                if id not in (PAD, BOS):
                    kept.append("\N{REPLACEMENT CHARACTER}" if id == UNK else self.vocab.tokens[id])
            texts.append("".join(kept) if self.unit == "characters" else " ".join(kept))
        return texts

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values for `from_dict`; max_length is stored as "longest"."""
        return {"vocab": self.vocab.to_dict(), "unit": self.unit, "longest": self.max_length, "framed": self.framed}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> TextTokenizer:
        """Build a tokenizer from what `to_dict` returned.

        Raises:
            ValueError: The vocabulary does not fit its digest, or a value is out of range.
            KeyError: A value is missing.
        """
        return cls(Vocab.from_dict(raw["vocab"]), raw["unit"], int(raw["longest"]), bool(raw["framed"]))
