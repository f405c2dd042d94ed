"""Text to the ids of subword pieces."""

from __future__ import annotations

from collections.abc import Sequence

from tokenizers import Tokenizer

UNKNOWN, BEGIN, END = 0, 1, 2


class PieceTokenizer:
    """A unigram subword model between a begin and an end mark; thread-safe.

    Source: Kudo 2018, Subword Regularization, section 3.2; the model is that of Google's sentence encoder.
    """

    def __init__(self, model: str, max_pieces: int) -> None:
        """model is the JSON of the tokenizers library; max_pieces counts the two marks."""
        self._tokenizer = Tokenizer.from_str(model)
        self._max_pieces = max_pieces

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of each text with begin and end marks; a long text is cut."""
        found = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [[BEGIN, *one.ids[: self._max_pieces - 2], END] for one in found]
