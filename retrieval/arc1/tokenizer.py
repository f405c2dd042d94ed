"""Query and replies to word ids of a fixed length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.text.tokenizer import TextTokenizer
from data.text.vocab import Vocab


@dataclass(frozen=True)
class PairTokenizer:
    """Turn a query and its replies into word ids, padded or cut to max_words."""

    vocab: Vocab
    max_words: int

    def encode(self, query: str, replies: Sequence[str]) -> dict[str, NDArray[np.int64]]:
        """Return query and reply int64 [B, max_words], padded with PAD.

        The same query stands beside each reply.
        """
        text = TextTokenizer(self.vocab, "words", self.max_words)
        asked, said = (self._pad(text.encode(part)[0]) for part in ([query], replies))
        return {"query": np.repeat(asked, len(replies), axis=0), "reply": said}

    def _pad(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.pad(ids, ((0, 0), (0, self.max_words - ids.shape[1])))

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values; from_dict takes them."""
        return {"vocab": self.vocab.to_dict(), "longest": self.max_words}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> PairTokenizer:
        """Build the tokenizer from what to_dict returned.

        Raises:
            ValueError or KeyError: These are not its values.
        """
        return cls(Vocab.from_dict(raw["vocab"]), int(raw["longest"]))
