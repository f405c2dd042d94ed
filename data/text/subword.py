"""Split texts into subwords.

One vocabulary covers both languages, so one generator can write either.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from data.text.vocab import EOS, SPECIAL, UNK


class SubwordTokenizer:
    """Byte-pair encoding over characters.

    The first ids are SPECIAL, followed by the marks.

    Marks are control tokens that no text can spell, such as the language to write in. Each punctuation mark and digit is a
    token of its own. A space becomes part of the word after it, so decoding restores the text.

    Source: Sennrich et al. 2016, Neural Machine Translation of Rare Words with Subword Units.
    """

    def __init__(self, merges: Sequence[tuple[str, str]], tokens: Sequence[str], marks: Sequence[str] = ()) -> None:
        """Build the tokenizer from its parts.

        Args:
            merges: The merged pairs in the order in which they were learned.
            tokens: All tokens in the order of their ids, SPECIAL and marks first.
            marks: The names of the control tokens.

        Raises:
            ValueError: The tokens do not begin with SPECIAL and the marks, one occurs twice, or a merge has an unknown token.
        """
        self.marks = tuple(marks)
        self.tokens = tuple(tokens)
        self.merges = tuple((one, other) for one, other in merges)
        first = (*SPECIAL, *self.marks)
        if self.tokens[: len(first)] != first:
            raise ValueError(
                f"a subword vocabulary begins with {first}; this one begins with {self.tokens[: len(first)]}"
            )
        if len(set(self.tokens)) != len(self.tokens):
            raise ValueError("a token occurs twice in the subword vocabulary")
        # Special names are left out, since a person may type "<eos>".
        known = {token: id for id, token in enumerate(self.tokens) if id >= len(first) or id == UNK}
        if strange := next((pair for pair in self.merges if not known.keys() >= {*pair, "".join(pair)}), None):
            raise ValueError(f"the merge {strange} has a token that is not in the subword vocabulary")
        self._tokenizer = _build_tokenizer(models.BPE(known, list(self.merges), unk_token=SPECIAL[UNK]))

    @classmethod
    def build(cls, texts: Iterable[str], size: int, marks: Sequence[str] = (), min_count: int = 2) -> SubwordTokenizer:
        """Learn the merges that shorten the texts most.

        Args:
            texts: The texts to learn from.
            size: The most tokens, SPECIAL and marks included.
            marks: The names of the control tokens.
            min_count: How often a pair must occur to be merged.
        """
        first = (*SPECIAL, *marks)
        tokenizer = _build_tokenizer(models.BPE(unk_token=SPECIAL[UNK]))
        kept = list(texts)
        # The trainer would choose among equally rare characters at random, and all ids after them would change.
        counts = Counter(character for text in kept for character in text.replace(" ", _SPACE))
        alphabet = sorted(counts, key=lambda character: (-counts[character], character))[: max(64, int(size * 0.7))]
        trainer = trainers.BpeTrainer(
            vocab_size=size - len(first) + 1,
            min_frequency=min_count,
            initial_alphabet=alphabet,
            limit_alphabet=len(alphabet),
            special_tokens=[SPECIAL[UNK]],
            show_progress=False,
            max_token_length=16,
        )
        tokenizer.train_from_iterator(kept, trainer)
        made = json.loads(tokenizer.to_str())["model"]
        learned = sorted((token for token in made["vocab"] if token != SPECIAL[UNK]), key=made["vocab"].__getitem__)
        clash = set(learned) & set(first)
        assert not clash, clash  # punctuation stands alone, so no text merges to "<"..."'>'
        return cls([tuple(pair) for pair in made["merges"]], (*first, *learned), marks)

    def __len__(self) -> int:
        return len(self.tokens)

    def mark_id(self, name: str) -> int:
        """Return the id of a mark.

        Raises:
            ValueError: There is no mark of that name.
        """
        return len(SPECIAL) + self.marks.index(name)

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text.

        It is UNK for a character that was not in the training texts.
        """
        return list(self._tokenizer.encode(text).ids)

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of each text."""
        return [list(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts))]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of the ids up to the first EOS.

        Special tokens and marks are left out.

        Raises:
            IndexError: An id is outside the vocabulary.

        >>> subword = SubwordTokenizer.build(["你好 world, hello world", "你好吗 hello"] * 3, 60)
        >>> subword.decode(subword.encode("你好 hello world"))
        '你好 hello world'
        """
        kept: list[str] = []
        for id in ids:
            if id == EOS:
                break
            if not 0 <= id < len(self.tokens):
                raise IndexError(f"id {id} is outside the vocabulary of {len(self.tokens)} tokens")
            if id >= len(SPECIAL) + len(self.marks):
                kept.append(self.tokens[id])
        return "".join(kept).replace(_SPACE, " ").strip()

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of tokens and merges; equal vocabularies have equal digests."""
        return hashlib.sha256(json.dumps([self.tokens, self.merges], ensure_ascii=False).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values for `from_dict`."""
        learned = self.tokens[len(SPECIAL) + len(self.marks) :]
        return {
            "tokens": list(learned),
            "merges": [" ".join(pair) for pair in self.merges],
            "marks": list(self.marks),
            "digest": self.digest,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> SubwordTokenizer:
        """Build a tokenizer from what `to_dict` returned.

        Raises:
            ValueError: The tokens do not fit the digest.
        """
        merges = [(one, other) for one, other in (pair.split(" ") for pair in raw["merges"])]
        made = cls(merges, (*SPECIAL, *raw["marks"], *raw["tokens"]), raw["marks"])
        if raw.get("digest") != made.digest:
            raise ValueError(
                "the digest does not fit the tokens of the subword vocabulary; the file was changed or mixed up with another one"
            )
        return made


_SPACE = "\u2581"


def _build_tokenizer(model: models.BPE) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(replacement=_SPACE, prepend_scheme="never"),
            pre_tokenizers.Punctuation("isolated"),
            pre_tokenizers.Digits(individual_digits=True),
        ]
    )
    tokenizer.decoder = decoders.Metaspace(replacement=_SPACE)
    return tokenizer
