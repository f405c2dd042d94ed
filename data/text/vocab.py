"""Tokens to ids and back. The four special ids are defined here and nowhere else."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

PAD, BOS, EOS, UNK = 0, 1, 2, 3
SPECIAL = ("<pad>", "<bos>", "<eos>", "<unk>")


@dataclass(frozen=True)
class Vocab:
    """The tokens in the order of their ids; the first four are SPECIAL."""

    tokens: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.tokens[: len(SPECIAL)] != SPECIAL:
            raise ValueError(f"a vocabulary begins with {SPECIAL}; this one begins with {self.tokens[: len(SPECIAL)]}")
        if len(set(self.tokens)) != len(self.tokens):
            raise ValueError("a token stands in the vocabulary twice")

    @classmethod
    def build(cls, texts: Iterable[Sequence[str]], size: int, least: int = 1) -> Vocab:
        """The size most frequent tokens that occur at least so often, specials included; ties in the order of the tokens.

        >>> Vocab.build([["猫", "cat"], ["猫"]], size=6).tokens[4:]
        ('猫', 'cat')
        """
        counts = Counter(token for text in texts for token in text)
        for special in SPECIAL:
            counts.pop(special, None)
        ranked = sorted(
            (token for token, count in counts.items() if count >= least), key=lambda one: (-counts[one], one)
        )
        return cls((*SPECIAL, *ranked[: max(0, size - len(SPECIAL))]))

    def __len__(self) -> int:
        return len(self.tokens)

    def id(self, token: str) -> int:
        """The token's id; UNK for one that is not there, and for the name of a special token."""
        return self._ids.get(token, UNK)

    @cached_property
    def _ids(self) -> dict[str, int]:
        # The specials have no name that a text could spell: a person may well type "<eos>".
        return {token: number for number, token in enumerate(self.tokens) if number >= len(SPECIAL)}

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the tokens in order: two vocabularies are the same if their digests are."""
        return hashlib.sha256(json.dumps(self.tokens, ensure_ascii=False).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        return {"tokens": list(self.tokens[len(SPECIAL) :]), "digest": self.digest}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Vocab:
        """The vocabulary that to_dict wrote. Raises ValueError if its tokens are not those it was written with."""
        vocab = cls((*SPECIAL, *raw["tokens"]))
        if raw.get("digest") != vocab.digest:
            raise ValueError(
                "the vocabulary's digest does not fit its tokens: the file was changed or mixed with another"
            )
        return vocab
