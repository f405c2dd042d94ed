"""The vocabulary: tokens and their ids.

The four special ids are defined here and nowhere else.
"""

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
    """The tokens in the order of their ids. The first four are SPECIAL.

    Raises:
        ValueError: The tokens do not begin with SPECIAL, or one occurs twice.
    """

    tokens: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.tokens[: len(SPECIAL)] != SPECIAL:
            raise ValueError(f"a vocabulary begins with {SPECIAL}; this one begins with {self.tokens[: len(SPECIAL)]}")
        if len(set(self.tokens)) != len(self.tokens):
            raise ValueError("a token occurs twice in the vocabulary")

    @classmethod
    def build(cls, texts: Iterable[Sequence[str]], size: int, min_count: int = 1) -> Vocab:
        """Build a vocabulary of the most frequent tokens.

        Equal counts are ordered by token.

        Args:
            texts: The tokens of each text.
            size: The most tokens, the special ones included.
            min_count: How often a token must occur.

        >>> Vocab.build([["猫", "cat"], ["猫"]], size=6).tokens[4:]
        ('猫', 'cat')
        """
        counts = Counter(token for text in texts for token in text)
        for special in SPECIAL:
            counts.pop(special, None)
        ranked = sorted(
            (token for token, count in counts.items() if count >= min_count), key=lambda token: (-counts[token], token)
        )
        return cls((*SPECIAL, *ranked[: max(0, size - len(SPECIAL))]))

    def __len__(self) -> int:
        return len(self.tokens)

    def id(self, token: str) -> int:
        """Return the id of a token.

        It is UNK for an unknown one and for the name of a special token.
        """
        return self._ids.get(token, UNK)

    @cached_property
    def _ids(self) -> dict[str, int]:
        # Special tokens are left out, since a person may type "<eos>".
        return {token: number for number, token in enumerate(self.tokens) if number >= len(SPECIAL)}

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of the tokens in order.

        Equal vocabularies have equal digests.
        """
        return hashlib.sha256(json.dumps(self.tokens, ensure_ascii=False).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values for `from_dict`."""
        return {"tokens": list(self.tokens[len(SPECIAL) :]), "digest": self.digest}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Vocab:
        """Build a vocabulary from what `to_dict` returned.

        Raises:
            ValueError: The tokens do not fit the digest.
        """
        vocab = cls((*SPECIAL, *raw["tokens"]))
        if raw.get("digest") != vocab.digest:
            raise ValueError(
                "the digest does not fit the tokens of the vocabulary; the file was changed or mixed up with another one"
            )
        return vocab
