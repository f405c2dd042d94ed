"""Conversations to ids and ids to replies, for every generator, in training and serving alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.records import LANGUAGES, Language
from data.text.clean import fold
from data.text.detokenize import Truecaser, detokenize
from data.text.subword import SubwordTokenizer
from data.text.vocab import BOS, EOS, PAD, UNK
from generation.examples import CONTEXT, STYLES, Exchange, Style

Ids = NDArray[np.int64]

_TURN, _ASKED = "<turn>", "<asked>"
MARKS = (*(f"<{name}>" for name in (*LANGUAGES, *STYLES)), _TURN, _ASKED)


@dataclass(frozen=True)
class DialogTokenizer:
    """How contexts become source ids and replies target ids.

    A source begins with marks for the language and the style to write in (Keskar et al. 2019, CTRL), then come up to three
    turns, folded, each after a mark, then EOS; of a longer one the end is kept. A target is the reply, folded too, then
    EOS: few words are then many, and capitals and full-width marks come back by rule (data.text.detokenize). source and target
    are the longest of each in ids.

    With asked, the model is to write what was said before the reply: one net learns both ways, which is what a mutual-information
    score needs (Li et al. 2016, A Diversity-Promoting Objective Function, section 4.2).
    """

    subword: SubwordTokenizer
    truecase: Truecaser
    source: int = 72
    target: int = 40

    def encode_source(
        self, context: Sequence[str], language: Language, style: Style = "talk", backward: bool = False
    ) -> list[int]:
        """The ids of what was said, at most source of them. Raises ValueError for an empty context."""
        if not context:
            raise ValueError("a context has at least one turn, the message itself")
        mark = self.subword.mark_id
        first = [mark(f"<{language}>"), mark(f"<{style}>"), *([mark(_ASKED)] if backward else [])]
        said: list[int] = []
        for turn in context[-CONTEXT:]:
            # Nothing beyond the last source ids can be kept, and a character is seldom more than one id.
            said += [mark(_TURN), *self.subword.encode(fold(turn[-8 * self.source :]))]
        return [*first, *said[len(first) + 1 - self.source :], EOS]

    def encode_target(self, reply: str) -> list[int]:
        """The ids of a reply with EOS at its end, at most target of them."""
        return [*self.subword.encode(fold(reply))[: self.target - 1], EOS]

    def encode_forward(self, exchange: Exchange) -> tuple[list[int], list[int]]:
        """Source and target of the reply to what was said."""
        source = self.encode_source(exchange.context, exchange.language, exchange.style)
        return source, self.encode_target(exchange.reply)

    def encode_backward(self, exchange: Exchange) -> tuple[list[int], list[int]]:
        """Source and target of what was said before the reply."""
        source = self.encode_source([exchange.reply], exchange.language, exchange.style, backward=True)
        return source, self.encode_target(exchange.context[-1])

    def decode(self, ids: Iterable[int]) -> str:
        """The reply as it is shown, up to the first EOS."""
        return detokenize(self.subword.decode([int(id) for id in ids]), self.truecase)

    @property
    def suppressed_ids(self) -> tuple[int, ...]:
        """The ids that are never part of a reply."""
        marks = (self.subword.mark_id(name) for name in self.subword.marks)
        return (PAD, BOS, UNK, *marks)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        words = dict(self.truecase.words)
        return {"subword": self.subword.to_dict(), "truecase": words, "source": self.source, "target": self.target}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> DialogTokenizer:
        """The codec that to_dict wrote. Raises ValueError or KeyError if raw is not one, or has other marks."""
        subword = SubwordTokenizer.from_dict(raw["subword"])
        if subword.marks != MARKS:
            raise ValueError(f"the generator's marks are {subword.marks}, expected {MARKS}: it is of another version")
        return cls(subword, Truecaser(raw["truecase"]), int(raw["source"]), int(raw["target"]))
