"""Encode conversations as ids and decode replies, in training and serving."""

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
    """Turns contexts into source ids and replies into target ids.

    A source begins with marks for the language and the style to write in (Keskar et al. 2019, CTRL). Up to three folded turns
    follow, each after a mark, then EOS. A source that is too long keeps its end. A target is the folded reply and EOS. Folding
    makes words more frequent; `data.text.detokenize` restores capitals and full-width punctuation by rule.

    One net also learns the backward direction, from the reply to the message. Mutual information needs that (Li et al. 2016, A
    Diversity-Promoting Objective Function, section 4.2).

    Args:
        subword: The subword tokenizer, with MARKS.
        truecase: The words with capitals.
        source: The most ids of a source.
        target: The most ids of a target.
    """

    subword: SubwordTokenizer
    truecase: Truecaser
    source: int = 72
    target: int = 40

    def encode_source(
        self, context: Sequence[str], language: Language, style: Style = "talk", backward: bool = False
    ) -> list[int]:
        """Return the ids of a context, at most self.source of them.

        Args:
            context: What was said, oldest first.
            language: The language to write in.
            style: The style to write in.
            backward: Whether the model is to write the message that the context replies to.

        Raises:
            ValueError: The context is empty.
        """
        if not context:
            raise ValueError("a context has at least one turn, the message itself")
        mark = self.subword.mark_id
        first = [mark(f"<{language}>"), mark(f"<{style}>"), *([mark(_ASKED)] if backward else [])]
        said: list[int] = []
        for turn in context[-CONTEXT:]:
            # At most the last self.source ids are kept, and a character is seldom more than one id.
            said += [mark(_TURN), *self.subword.encode(fold(turn[-8 * self.source :]))]
        return [*first, *said[len(first) + 1 - self.source :], EOS]

    def encode_target(self, reply: str) -> list[int]:
        """Return the ids of a reply followed by EOS, at most self.target of them."""
        return [*self.subword.encode(fold(reply))[: self.target - 1], EOS]

    def encode_forward(self, exchange: Exchange) -> tuple[list[int], list[int]]:
        """Return source and target for learning the reply from the context."""
        source = self.encode_source(exchange.context, exchange.language, exchange.style)
        return source, self.encode_target(exchange.reply)

    def encode_backward(self, exchange: Exchange) -> tuple[list[int], list[int]]:
        """Return source and target for learning the message from the reply."""
        source = self.encode_source([exchange.reply], exchange.language, exchange.style, backward=True)
        return source, self.encode_target(exchange.context[-1])

    def decode(self, ids: Iterable[int]) -> str:
        """Return the reply as it is shown, up to the first EOS."""
        return detokenize(self.subword.decode([int(id) for id in ids]), self.truecase)

    @property
    def suppressed_ids(self) -> tuple[int, ...]:
        """Return the ids that never occur in a reply."""
        marks = (self.subword.mark_id(name) for name in self.subword.marks)
        return (PAD, BOS, UNK, *marks)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values for `from_dict`."""
        words = dict(self.truecase.words)
        return {"subword": self.subword.to_dict(), "truecase": words, "source": self.source, "target": self.target}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> DialogTokenizer:
        """Build a tokenizer from what `to_dict` returned.

        Raises:
            ValueError: The marks are those of another version, or the subwords do not fit their digest.
            KeyError: A value is missing.
        """
        subword = SubwordTokenizer.from_dict(raw["subword"])
        if subword.marks != MARKS:
            raise ValueError(f"the generator's marks are {subword.marks}, expected {MARKS}: it is of another version")
        return cls(subword, Truecaser(raw["truecase"]), int(raw["source"]), int(raw["target"]))
