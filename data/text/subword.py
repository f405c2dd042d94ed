"""Text to subwords and back: one vocabulary for both languages, so that one generator can write either."""

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
    """Byte-pair encoding (Sennrich et al. 2016) over characters; the first ids are SPECIAL and then the marks.

    Marks are tokens that no text can spell, such as the language to write in. Punctuation and digits stand alone; a space
    becomes part of the word after it, so that decoding gives the text back.
    """

    def __init__(self, merges: Sequence[tuple[str, str]], tokens: Sequence[str], marks: Sequence[str] = ()) -> None:
        """tokens are all of them in the order of their ids, SPECIAL and marks first. Raises ValueError if they are not."""
        self.marks = tuple(marks)
        self.tokens = tuple(tokens)
        self.merges = tuple((one, other) for one, other in merges)
        first = (*SPECIAL, *self.marks)
        if self.tokens[: len(first)] != first:
            raise ValueError(
                f"a subword vocabulary begins with {first}; this one begins with {self.tokens[: len(first)]}"
            )
        if len(set(self.tokens)) != len(self.tokens):
            raise ValueError("a token stands in the subword vocabulary twice")
        # The special names are kept out of what the tokenizer knows: a person may well type "<eos>".
        known = {token: id for id, token in enumerate(self.tokens) if id >= len(first) or id == UNK}
        if strange := next((pair for pair in self.merges if not known.keys() >= {*pair, "".join(pair)}), None):
            raise ValueError(f"the merge {strange} is of tokens that are not in the subword vocabulary")
        self._tokenizer = _build_tokenizer(models.BPE(known, list(self.merges), unk_token=SPECIAL[UNK]))

    @classmethod
    def build(cls, texts: Iterable[str], size: int, marks: Sequence[str] = (), least: int = 2) -> SubwordTokenizer:
        """The size tokens that shorten the texts most, SPECIAL and marks included; pairs seen fewer than least times are none."""
        first = (*SPECIAL, *marks)
        tokenizer = _build_tokenizer(models.BPE(unk_token=SPECIAL[UNK]))
        kept = list(texts)
        # Left to the trainer, which of equally rare characters are known is chance, and with it every id after them.
        counts = Counter(character for text in kept for character in text.replace(" ", _SPACE))
        alphabet = sorted(counts, key=lambda one: (-counts[one], one))[: max(64, int(size * 0.7))]
        trainer = trainers.BpeTrainer(
            vocab_size=size - len(first) + 1,
            min_frequency=least,
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
        """The id of a mark. Raises ValueError if there is none of that name."""
        return len(SPECIAL) + self.marks.index(name)

    def encode(self, text: str) -> list[int]:
        """The ids of a text; UNK for a character that no text of the training had."""
        return list(self._tokenizer.encode(text).ids)

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of many texts at once."""
        return [list(one.ids) for one in self._tokenizer.encode_batch(list(texts))]

    def decode(self, ids: Sequence[int]) -> str:
        """The text up to the first EOS; special ids and marks are left out. Raises IndexError for an id that is no token's.

        >>> subword = Subword.build(["你好 world, hello world", "你好吗 hello"] * 3, 60)
        >>> subword.text(subword.ids("你好 hello world"))
        '你好 hello world'
        """
        kept: list[str] = []
        for id in ids:
            if id == EOS:
                break
            if not 0 <= id < len(self.tokens):
                raise IndexError(f"{id} is no id of a vocabulary of {len(self.tokens)} tokens")
            if id >= len(SPECIAL) + len(self.marks):
                kept.append(self.tokens[id])
        return "".join(kept).replace(_SPACE, " ").strip()

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of tokens and merges: two vocabularies are the same if their digests are."""
        return hashlib.sha256(json.dumps([self.tokens, self.merges], ensure_ascii=False).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        learned = self.tokens[len(SPECIAL) + len(self.marks) :]
        return {
            "tokens": list(learned),
            "merges": [" ".join(pair) for pair in self.merges],
            "marks": list(self.marks),
            "digest": self.digest,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> SubwordTokenizer:
        """The vocabulary that to_dict wrote. Raises ValueError if its tokens are not those it was written with."""
        merges = [(one, other) for one, other in (pair.split(" ") for pair in raw["merges"])]
        made = cls(merges, (*SPECIAL, *raw["marks"], *raw["tokens"]), raw["marks"])
        if raw.get("digest") != made.digest:
            raise ValueError(
                "the subword vocabulary's digest does not fit its tokens: the file was changed or mixed with another"
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
