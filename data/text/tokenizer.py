"""Texts to arrays of ids and back: the one way in and out, for training and serving alike."""

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
    """A vocabulary, the unit that texts are cut into, the most ids a text may have, and whether BOS and EOS go round it."""

    vocab: Vocab
    unit: Unit
    longest: int
    framed: bool = False

    def __post_init__(self) -> None:
        if self.longest < (3 if self.framed else 1):
            raise ValueError(f"longest is {self.longest}: there is no room for a token")
        if self.unit not in _CUT:
            raise ValueError(f"unit is {self.unit!r}; expected one of {', '.join(_CUT)}")

    def tokens(self, text: str) -> list[str]:
        """The text cut into units."""
        return list(_CUT[self.unit](text))

    def encode(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Ids int64 [B, T], padded at the end with PAD, and lengths int64 [B]; T is the longest of the texts, at least 1.

        A text longer than longest is cut at the end; a framed one keeps its EOS.
        """
        room = self.longest - 2 * self.framed
        rows = [[self.vocab.id(token) for token in self.tokens(text)[:room]] for text in texts]
        if self.framed:
            rows = [[BOS, *row, EOS] for row in rows]
        lengths = np.asarray([len(row) for row in rows], dtype=np.int64)
        return pad_rows(rows), lengths

    def decode(self, ids: NDArray[np.int64]) -> list[str]:
        """The texts of ids int64 [B, T], up to EOS, without PAD and BOS. Raises IndexError for an id that is no token's."""
        texts = []
        for row in ids:
            kept: list[str] = []
            for id in row.tolist():
                if id == EOS:
                    break
                if not 0 <= id < len(self.vocab):
                    raise IndexError(f"{id} is no id of a vocabulary of {len(self.vocab)} tokens")
                if id not in (PAD, BOS):
                    kept.append("\N{REPLACEMENT CHARACTER}" if id == UNK else self.vocab.tokens[id])
            texts.append("".join(kept) if self.unit == "characters" else " ".join(kept))
        return texts

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        return {"vocab": self.vocab.to_dict(), "unit": self.unit, "longest": self.longest, "framed": self.framed}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> TextTokenizer:
        """The codec that to_dict wrote. Raises ValueError or KeyError if raw is not one."""
        return cls(Vocab.from_dict(raw["vocab"]), raw["unit"], int(raw["longest"]), bool(raw["framed"]))
